"""The folder of weights on this machine: what is there, and how the rest gets there.

Light to import: HTTP, locks and progress bars are loaded when something is fetched.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from weights.errors import (
    LicenceNotAllowed,
    SourceFailed,
    UnknownModel,
    WeightsCorrupt,
    WeightsMissing,
    WeightsUnreachable,
)
from weights.manifest import PACKAGE, FileSpec, ModelSpec, Source, load_manifest, with_own

if TYPE_CHECKING:
    from weights.download import Report
    from weights.sources import Workshop

Licences: TypeAlias = Literal["commercial", "any"]
State: TypeAlias = Literal["ok", "missing", "corrupt"]

LOCK_FILE = "lock.json"
"""SHA-256 by `model/file`, for files whose upstream publishes none."""


@dataclass(frozen=True)
class Verified:
    """What `Store.verify` found of one file."""

    model: str
    file: str
    state: State
    path: Path


@dataclass(frozen=True)
class Store:
    """The weights under `root`, one folder a model. Files not there may come from the folder
    `mirror`. `licences` is the operator's policy: with "commercial", models whose licence forbids
    commercial use are neither fetched nor given out."""

    root: Path
    mirror: Path | None = None
    licences: Licences = "commercial"
    manifest: Mapping[str, ModelSpec] | None = None
    """Other models than those of this package's manifest."""

    @classmethod
    def from_environment(cls) -> Store:
        """The store that FITTING_ROOM_WEIGHTS_DIR, FITTING_ROOM_MIRROR and FITTING_ROOM_LICENCES
        name; by default `weights` in the data folder, no mirror, "commercial". A manifest of the
        operator's own, named by FITTING_ROOM_MANIFEST, adds its models."""
        folder = os.environ.get("FITTING_ROOM_WEIGHTS_DIR")
        mirror = os.environ.get("FITTING_ROOM_MIRROR")
        licences = os.environ.get("FITTING_ROOM_LICENCES", "commercial")
        own = os.environ.get("FITTING_ROOM_MANIFEST")
        if licences not in {"commercial", "any"}:
            raise ValueError(f"FITTING_ROOM_LICENCES is {licences!r}: commercial or any")
        return cls(
            Path(folder).expanduser() if folder else _default_root(),
            Path(mirror).expanduser() if mirror else None,
            "any" if licences == "any" else "commercial",
            with_own(Path(own).expanduser()) if own else None,
        )

    def specs(self) -> Mapping[str, ModelSpec]:
        return load_manifest() if self.manifest is None else self.manifest

    def spec(self, model: str) -> ModelSpec:
        """The manifest's entry. Raises UnknownModel."""
        try:
            return self.specs()[model]
        except KeyError:
            raise UnknownModel(
                f"no model is called {model!r}", "fitting-room weights list"
            ) from None

    def default_names(self) -> list[str]:
        return [spec.name for spec in self.specs().values() if spec.default]

    def allowed(self, model: str) -> bool:
        return self.licences == "any" or self.spec(model).commercial_use

    def allow(self, model: str) -> None:
        """Raises LicenceNotAllowed where the operator's policy does not cover the model."""
        if not self.allowed(model):
            raise LicenceNotAllowed(
                f"{model} may not be used commercially: {self.spec(model).licence}",
                "set FITTING_ROOM_LICENCES=any if your use is covered by its licence",
            )

    def present(self, model: str) -> bool:
        """Whether every file of the model is on this machine (their hashes are not computed)."""
        return all(self._place(model, file).is_file() for file in self.spec(model).files)

    def usable(self, model: str) -> bool:
        """Present, and covered by the licence policy."""
        return self.allowed(model) and self.present(model)

    def path(self, model: str, file: str) -> Path:
        """Where a file of a model lies. Raises UnknownModel, LicenceNotAllowed, WeightsMissing, and
        WeightsCorrupt where its size is not the manifest's."""
        self.allow(model)
        spec = self._file_spec(model, file)
        path = self._place(model, spec)
        if not path.is_file():
            raise WeightsMissing(
                f"{file} of {model} is not here: {path}", f"fitting-room weights fetch {model}"
            )
        if spec.size is not None and path.stat().st_size != spec.size:
            raise WeightsCorrupt(
                f"{path} has {path.stat().st_size} bytes instead of {spec.size}",
                f"fitting-room weights fetch {model}",
            )
        return path

    def verify(self, models: Iterable[str] | None = None) -> list[Verified]:
        """Every file of these models (of all that are here, without names) against its SHA-256."""
        names = [name for name in self.specs() if self._begun(name)] if models is None else models
        return [
            Verified(name, file.name, self._state(name, file), self._place(name, file))
            for name in names
            for file in self.spec(name).files
        ]

    def fetch(self, models: Iterable[str] | None = None, report: Report | None = None) -> None:
        """Brings the files of these models (of the default set, without names) that are missing or
        damaged. Two processes may do so at once: the second waits and finds them there.

        Raises UnknownModel, LicenceNotAllowed, WeightsCorrupt, WeightsUnreachable.
        """
        names = list(self.default_names() if models is None else models)
        for name in names:
            self.allow(name)
        wanted = [(name, file) for name in names for file in self.spec(name).files]
        if not all(self._state(name, file) == "ok" for name, file in wanted):
            self._fetch_files(wanted, report or _silent)

    def _fetch_files(self, wanted: list[tuple[str, FileSpec]], report: Report) -> None:
        from filelock import FileLock

        from weights.sources import Workshop

        self.root.mkdir(parents=True, exist_ok=True)
        with FileLock(self.root / ".fetch.lock"), Workshop(self.root) as shop:
            for name, file in wanted:
                if self._state(name, file) != "ok":
                    self._fetch_file(name, file, shop, report)

    def _fetch_file(self, model: str, file: FileSpec, shop: Workshop, report: Report) -> None:
        from weights.sources import describe, from_mirror

        if file.bundled:
            raise WeightsCorrupt(
                f"{self._place(model, file)} belongs to this package and is missing or damaged",
                "install fitting-room again",
            )
        reasons: list[str] = []
        wrong = False
        sources: list[Source | Path] = [*([self.mirror] if self.mirror else []), *file.sources]
        for source in sources:
            label = f"mirror {source}" if isinstance(source, Path) else describe(source)
            try:
                if isinstance(source, Path):
                    got = from_mirror(source, self._pinned(model, file), shop)
                else:
                    got = self._obtain(source, model, file, shop, report)
                self._accept(model, file, got, label)
                return
            except WeightsCorrupt as error:
                wrong = True
                reasons.append(f"{label}: {error.message}")
            except (SourceFailed, OSError) as error:
                reasons.append(f"{label}: {error}")
        raise _failure(model, file, reasons, wrong)

    def _obtain(
        self, source: Source, model: str, file: FileSpec, shop: Workshop, report: Report
    ) -> Path:
        from weights.sources import obtain

        partial = self._place(model, file).with_name(f".{file.name}.part")
        partial.parent.mkdir(parents=True, exist_ok=True)
        return obtain(source, partial, shop, report)

    def _accept(self, model: str, file: FileSpec, got: Path, label: str) -> None:
        """Moves a fetched file into its place if its hash is right. Pins a hash not yet known."""
        from weights.download import forget
        from weights.sources import sha256_of

        expected, actual = self._pinned(model, file).sha256, sha256_of(got)
        if expected and actual != expected:
            forget(got)
            raise WeightsCorrupt(f"its SHA-256 is {actual}, expected {expected}")
        place = self._place(model, file)
        place.parent.mkdir(parents=True, exist_ok=True)
        _flush(got)
        got.replace(place)
        _flush(place.parent)
        forget(place.with_name(f".{file.name}.part"))
        shutil.rmtree(place.with_name(f".{file.name}.part.pieces"), ignore_errors=True)
        if not expected:
            self._pin(model, file, actual, label)

    def _state(self, model: str, file: FileSpec) -> State:
        from weights.sources import sha256_of

        path = self._place(model, file)
        if not path.is_file():
            return "missing"
        if file.size is not None and path.stat().st_size != file.size:
            return "corrupt"
        expected = self._pinned(model, file).sha256
        return "ok" if not expected or sha256_of(path) == expected else "corrupt"

    def _begun(self, model: str) -> bool:
        return any(self._place(model, file).is_file() for file in self.spec(model).files)

    def _file_spec(self, model: str, file: str) -> FileSpec:
        found = self.spec(model).file(file)
        if found is None:
            known = ", ".join(spec.name for spec in self.spec(model).files)
            raise UnknownModel(f"{model} has no file {file!r}; it has {known}")
        return found

    def _place(self, model: str, file: FileSpec) -> Path:
        return PACKAGE / file.name if file.bundled else self.root / model / file.name

    def _pins(self) -> dict[str, dict[str, str]]:
        try:
            pins: dict[str, dict[str, str]] = json.loads((self.root / LOCK_FILE).read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise WeightsCorrupt(
                f"{self.root / LOCK_FILE} cannot be read: {error}",
                "delete it if you trust what lies beside it",
            ) from error
        return pins

    def _pinned(self, model: str, file: FileSpec) -> FileSpec:
        """The file's spec, with the hash of its first download where upstream publishes none."""
        if file.sha256:
            return file
        pin = self._pins().get(f"{model}/{file.name}", {})
        return FileSpec(file.name, file.sources, file.size, pin.get("sha256", ""), file.bundled)

    def _pin(self, model: str, file: FileSpec, sha256: str, source: str) -> None:
        pins = {**self._pins(), f"{model}/{file.name}": {"sha256": sha256, "source": source}}
        fresh = self.root / f".{LOCK_FILE}.new"
        fresh.write_text(json.dumps(pins, indent=2, sort_keys=True) + "\n", "utf-8")
        _flush(fresh)
        fresh.replace(self.root / LOCK_FILE)


def _failure(
    model: str, file: FileSpec, reasons: list[str], wrong: bool
) -> WeightsCorrupt | WeightsUnreachable:
    tried = "".join(f"\n  - {reason}" for reason in reasons) or "\n  - it has no source"
    kind = WeightsCorrupt if wrong else WeightsUnreachable
    return kind(
        f"{file.name} of {model} could not be had:{tried}",
        "put the file into a folder and name that folder in FITTING_ROOM_MIRROR",
    )


def _default_root() -> Path:
    from platformdirs import user_data_path

    data = os.environ.get("FITTING_ROOM_DATA_DIR")
    folder = Path(data).expanduser() if data else user_data_path("fitting-room", appauthor=False)
    return folder / "weights"


def _flush(path: Path) -> None:
    """Makes a file, or a folder's list of names, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _silent(label: str, done: int, total: int | None) -> None:
    """Nobody watches."""
