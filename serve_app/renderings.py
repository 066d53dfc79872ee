"""Try-ons of the gallery's people and garments, done ahead of time and handed out without a model.

A rendering belongs to both pictures by their content and to the engine with its version: change one
of them, and there is none until `fitting-room gallery render` runs again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, func, select

from deployments.types import Outcome
from serve_app.blobs import Blobs, Picture
from serve_app.database import Database, Rendering, now, retried


def key_of(person_sha256: str, garment_sha256: str, engine: str, version: str) -> str:
    """What a rendering is found by."""
    said = "\n".join((person_sha256, garment_sha256, engine, version))
    return hashlib.sha256(said.encode()).hexdigest()


class Renderings:
    """The rows and their pictures."""

    def __init__(
        self, database: Database, blobs: Blobs, clock: Callable[[], datetime] = now
    ) -> None:
        self.database = database
        self.blobs = blobs
        self.clock = clock

    def find(self, key: str) -> Rendering | None:
        with self.database.reading() as session:
            return session.get(Rendering, key)

    def keys(self) -> set[str]:
        """Of all there are."""
        with self.database.reading() as session:
            return set(session.scalars(select(Rendering.key)))

    def count(self) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(Rendering)) or 0

    def keep(self, key: str, person: str, garment: str, outcome: Outcome, picture: Picture) -> None:
        """In the place of an earlier one of that key. Raises StorageUnavailable."""
        blob = self.blobs.write(picture.data)
        row = Rendering(
            key=key,
            person=person,
            garment=garment,
            blob=blob,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            engine=asdict(outcome.engine),
            confidence=outcome.confidence,
            category=outcome.category,
            warnings=list(outcome.warnings),
            made_at=self.clock(),
        )
        self._erase(self._replace(key, row))

    def drop(self, keep: set[str]) -> int:
        """Erase those whose key is not among `keep`. How many there were."""
        gone = self.keys() - keep
        for key in gone:
            self._erase(self._replace(key, None))
        return len(gone)

    @retried
    def _replace(self, key: str, row: Rendering | None) -> str | None:
        """The blob of the one before."""
        with self.database.writing() as session:
            before = session.scalar(select(Rendering.blob).where(Rendering.key == key))
            session.execute(delete(Rendering).where(Rendering.key == key))
            if row is not None:
                session.add(row)
            return before

    def _erase(self, blob: str | None) -> None:
        if blob:
            self.blobs.delete(blob)
