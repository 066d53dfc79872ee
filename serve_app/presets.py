"""The gallery: people and garments that come with the service, in the folder `gallery`."""

from __future__ import annotations

import hashlib
import mimetypes
import secrets
import sys
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from serve_app.blobs import Picture
from serve_app.errors import PresetUnknown
from serve_app.intake import Limits, accept

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GALLERY = Path(__file__).parent / "gallery"

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


class Presets:
    """All that `gallery.toml` in `folder` lists; nothing where there is no such file."""

    def __init__(self, folder: Path = GALLERY, limits: Limits | None = None) -> None:
        self.folder = folder
        self._limits = limits
        self._presets = {preset.id: preset for preset in _read(folder / "gallery.toml")}
        self.picture = cache(self._picture)

    def list(self, kind: PresetKind, category: str | None = None) -> list[Preset]:
        """In the file's order."""
        return [
            preset
            for preset in self._presets.values()
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
        preset = self._presets.get(preset_id)
        if preset is None or kind not in (None, preset.kind):
            raise PresetUnknown(f"The gallery has no {kind or 'picture'} {preset_id[:64]!r}.")
        return preset

    def file(self, preset_id: str) -> tuple[bytes, str, str]:
        """The file as it is, its media type, and its SHA-256. Raises PresetUnknown."""
        path = self.folder / self.get(preset_id).file
        data = path.read_bytes()
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return data, media_type, hashlib.sha256(data).hexdigest()

    def _picture(self, preset_id: str) -> Picture:
        """As a job's input. Kept in memory: the gallery is small, and asked for again and again."""
        return accept(self.file(preset_id)[0], self._limits)


def _read(path: Path) -> list[Preset]:
    if not path.is_file():
        return []
    return [Preset(**item) for item in tomllib.loads(path.read_text("utf-8")).get("items", [])]
