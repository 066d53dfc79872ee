"""The gallery: people and garments that come with the service, those of the operator's folder, and
those that admins uploaded."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import secrets
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from PIL import Image as Pillow
from pydantic import BaseModel, ConfigDict, Field

from serve_app.blobs import Picture
from serve_app.errors import PresetUnknown
from serve_app.intake import Limits, accept, decode, default_limits
from serve_app.uploads import Uploads

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GALLERY = Path(__file__).parent / "gallery"
CATEGORIES = ("upper", "lower", "dress")
_THUMBNAIL_QUALITY = 70
"""A page shows dozens of them."""
_PICTURES = (".jpg", ".jpeg", ".png", ".webp")

PresetKind = Literal["person", "garment"]


class Preset(BaseModel):
    """One picture of the gallery."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(pattern="^[A-Za-z0-9_-]{1,64}$")
    file: str = Field(exclude=True)
    kind: PresetKind
    category: str = ""
    title: str = ""
    credit: str = ""
    licence: str = ""
    uploaded: bool = Field(default=False, exclude=True)


class Presets:
    """All that `gallery.toml` in `folder` lists (nothing where there is no such file), then what is
    in the operator's folder `more`, then the `uploads`."""

    def __init__(
        self,
        folder: Path = GALLERY,
        limits: Limits | None = None,
        *,
        more: Path | None = None,
        uploads: Uploads | None = None,
    ) -> None:
        self._limits = limits
        self._uploads = uploads
        own = [(preset, folder) for preset in _read(folder / "gallery.toml")]
        theirs = [(preset, more) for preset in _in_folder(more)] if more else []
        found = {preset.id: (preset, place) for preset, place in [*own, *theirs]}
        self._presets = {name: preset for name, (preset, _) in found.items()}
        self._places = {name: place for name, (_, place) in found.items()}
        self.picture = lru_cache(maxsize=256)(self._picture)
        self.thumbnail = lru_cache(maxsize=1024)(self._thumbnail)
        self._digest = cache(self._file_digest)

    def list(self, kind: PresetKind, category: str | None = None) -> list[Preset]:
        """In the files' order; the latest upload last."""
        return [
            preset
            for preset in [*self._presets.values(), *self._uploaded()]
            if preset.kind == kind and category in (None, preset.category)
        ]

    def random(self, kind: PresetKind) -> Preset:
        """Any one of the kind. Raises PresetUnknown where there is none."""
        presets = self.list(kind)
        if not presets:
            raise PresetUnknown(f"The gallery has no {kind}.")
        return secrets.choice(presets)

    def get(self, preset_id: str, kind: PresetKind | None = None) -> Preset:
        """Raises PresetUnknown."""
        preset = self._presets.get(preset_id) or next(
            (one for one in self._uploaded() if one.id == preset_id), None
        )
        if preset is None or kind not in (None, preset.kind):
            raise PresetUnknown(f"The gallery has no {kind or 'picture'} {preset_id[:64]!r}.")
        return preset

    def file(self, preset_id: str) -> tuple[bytes, str, str]:
        """The file as it is, its media type, and its SHA-256. Raises PresetUnknown."""
        data, media_type = self._bytes(self.get(preset_id))
        return data, media_type, hashlib.sha256(data).hexdigest()

    def sha256(self, preset_id: str) -> str:
        """Of the file. Raises PresetUnknown."""
        preset = self.get(preset_id)
        if preset.uploaded and self._uploads:
            return self._uploads.sha256(preset_id)
        return self._digest(preset_id)

    def _uploaded(self) -> Iterator[Preset]:
        for row in self._uploads.all() if self._uploads else ():
            kind: PresetKind = "person" if row.kind == "person" else "garment"
            yield Preset(
                id=row.id,
                file=row.blob,
                kind=kind,
                category=row.category,
                title=row.title,
                credit=row.credit,
                licence=row.licence,
                uploaded=True,
            )

    def _bytes(self, preset: Preset) -> tuple[bytes, str]:
        if preset.uploaded and self._uploads:
            return self._uploads.read(preset.file), "image/jpeg"
        path = self._places[preset.id] / preset.file
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return path.read_bytes(), kind

    def _file_digest(self, preset_id: str) -> str:
        return hashlib.sha256(self._bytes(self._presets[preset_id])[0]).hexdigest()

    def _picture(self, preset_id: str) -> Picture:
        """As a job's input. Kept in memory: the same ones are asked for again and again."""
        return accept(self.file(preset_id)[0], self._limits)

    def _thumbnail(self, preset_id: str, width: int) -> bytes:
        """A WebP of so many px, or as many as there are. Raises PresetUnknown."""
        limits = replace(self._limits or default_limits(), max_side=2 * width)
        small = Pillow.fromarray(decode(self.file(preset_id)[0], limits))
        file = io.BytesIO()
        small.save(file, "WEBP", quality=_THUMBNAIL_QUALITY, method=6)
        return file.getvalue()


def _read(path: Path) -> list[Preset]:
    if not path.is_file():
        return []
    return [Preset(**item) for item in _toml(path).get("items", [])]


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def _in_folder(folder: Path) -> list[Preset]:
    """What `gallery.toml` lists, and every other picture in `persons` and `garments/CATEGORY`, with
    the credit and the licence that the file's `[defaults]` say."""
    path = folder / "gallery.toml"
    table = _toml(path) if path.is_file() else {}
    said = table.get("defaults", {})
    listed = [Preset(**{**said, **item}) for item in table.get("items", [])]
    known = {preset.file for preset in listed}
    return [*listed, *(one for one in _unlisted(folder, said) if one.file not in known)]


def _unlisted(folder: Path, said: dict[str, Any]) -> Iterator[Preset]:
    places: list[tuple[str, PresetKind, str]] = [("persons", "person", "person")]
    places += [(f"garments/{category}", "garment", category) for category in CATEGORIES]
    for place, kind, category in places:
        for path in sorted((folder / place).glob("*")):
            if path.suffix.lower() in _PICTURES:
                words = path.stem.replace("-", " ").replace("_", " ")
                yield Preset(
                    **said,
                    id=_id_of(path.stem),
                    file=f"{place}/{path.name}",
                    kind=kind,
                    category=category,
                    title=words[:1].upper() + words[1:],
                )


def _id_of(stem: str) -> str:
    """The file's name where that can stand in an address, else a short sum of it."""
    plain = all(letter.isascii() and (letter.isalnum() or letter in "_-") for letter in stem)
    if plain and len(stem) <= 64:
        return stem
    return hashlib.sha256(stem.encode()).hexdigest()[:16]
