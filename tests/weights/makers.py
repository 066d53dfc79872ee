"""Small manifests for tests."""

from __future__ import annotations

import hashlib
from pathlib import Path

from weights.manifest import FileSpec, ModelSpec, Source
from weights.store import Licences, Store

CONTENT = bytes(range(256)) * 4000


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def model(*files: FileSpec, name: str = "thing", commercial_use: bool = True) -> ModelSpec:
    return ModelSpec(
        name=name,
        title="A thing",
        stage="test",
        files=files,
        licence="Apache-2.0" if commercial_use else "non-commercial",
        commercial_use=commercial_use,
        memory=1,
        home="https://example.com",
        default=True,
    )


def file(*sources: Source, content: bytes = CONTENT, pinned: bool = True) -> FileSpec:
    return FileSpec(
        "thing.bin",
        sources,
        len(content) if pinned else None,
        digest(content) if pinned else "",
    )


def store(
    root: Path, *models: ModelSpec, mirror: Path | None = None, licences: Licences = "commercial"
) -> Store:
    return Store(root, mirror, licences, {spec.name: spec for spec in models})
