"""Pictures that admins put into the gallery: in the database and the store of pictures, so that
every replica has them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from serve_app.blobs import BlobMissing, Blobs
from serve_app.database import Database, GalleryPicture, retried
from serve_app.errors import PresetUnknown
from serve_app.intake import Limits, decode, to_picture


class Uploads:
    """What is taken is decoded and encoded anew: nothing of the file that came is ever sent on."""

    def __init__(self, database: Database, blobs: Blobs, limits: Limits) -> None:
        self.database = database
        self.blobs = blobs
        self._limits = limits

    def all(self) -> Sequence[GalleryPicture]:
        """The oldest first."""
        with self.database.reading() as session:
            return session.scalars(select(GalleryPicture).order_by(GalleryPicture.id)).all()

    def add(
        self, data: bytes, *, kind: str, category: str, title: str, credit: str, licence: str
    ) -> str:
        """Its id. Raises what `intake.decode` raises, StorageUnavailable."""
        picture = to_picture(decode(data, self._limits), "jpeg")
        blob = self.blobs.write(picture.data)
        row = GalleryPicture(
            kind=kind,
            category=category,
            title=title,
            credit=credit,
            licence=licence,
            blob=blob,
            sha256=picture.sha256,
        )
        try:
            with self.database.writing() as session:
                session.add(row)
                session.flush()
                return row.id
        except BaseException:
            self.blobs.delete(blob)
            raise

    def remove(self, preset_id: str) -> None:
        """Raises PresetUnknown, for what came with the service too."""
        self.blobs.delete(self._row(preset_id).blob)
        self._forget(preset_id)

    def read(self, blob: str) -> bytes:
        """Raises PresetUnknown where it was taken away at this moment."""
        try:
            return self.blobs.read(blob)
        except BlobMissing as error:
            raise PresetUnknown("That picture was taken out of the gallery.") from error

    def sha256(self, preset_id: str) -> str:
        """Raises PresetUnknown."""
        return self._row(preset_id).sha256

    def _row(self, preset_id: str) -> GalleryPicture:
        with self.database.reading() as session:
            row = session.get(GalleryPicture, preset_id)
        if row is None:
            raise PresetUnknown(f"Nobody uploaded {preset_id[:64]!r}.")
        return row

    @retried
    def _forget(self, preset_id: str) -> None:
        with self.database.writing() as session:
            session.execute(delete(GalleryPicture).where(GalleryPicture.id == preset_id))
