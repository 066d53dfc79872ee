"""What is sent ahead of a job: a garment that waits for its person."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from serve_app.blobs import Picture
from serve_app.database import Draft, Job, Result, retried
from serve_app.errors import DraftNotFound, ImageMissing
from serve_app.jobs.desk import Desk


class Drafts(Desk):
    """Garments, and people of the gallery chosen for them, by names of the client's.

    A draft is kept as long as a job's inputs, from when its garment was sent.
    """

    def keep_garment(self, user_id: str, name: str, picture: Picture) -> Draft:
        """Store a garment in the place of the one before. Raises StorageUnavailable."""
        with self.stored([picture]) as (blob,):
            draft, before = self._put_garment(user_id, name, blob, picture)
        self.erase(before)
        return draft

    @retried
    def choose_person(self, user_id: str, name: str, person: str) -> Draft:
        """Choose a picture of the gallery; the garment stays."""
        with self.database.writing() as session:
            draft = self._open(session, user_id, name)
            draft.person, draft.job_id = person, None
            session.flush()
            return draft

    @retried
    def made_of(self, draft_id: str, job_id: str) -> None:
        """A job was made of the draft."""
        with self.database.writing() as session:
            draft = session.get(Draft, draft_id, with_for_update=True)
            if draft:
                draft.job_id = job_id

    def draft(self, user_id: str, draft_id: str) -> Draft:
        """Raises DraftNotFound, for somebody else's too, and where its time is over."""
        with self.database.reading() as session:
            found = session.get(Draft, draft_id)
        if found is None or found.user_id != user_id or found.expires_at <= self.clock():
            raise DraftNotFound("There is no such garment.")
        return found

    def draft_called(self, user_id: str, name: str) -> Draft | None:
        """None where there is none of that name, or its time is over."""
        with self.database.reading() as session:
            return self._called(session, user_id, name)

    def garment(self, draft: Draft) -> Picture:
        """The garment's picture as a job takes it. Raises ImageMissing, StorageUnavailable."""
        if draft.blob is None:
            raise ImageMissing("No garment was sent.", "Send the picture of a garment first.")
        data = self.blobs.read(draft.blob)
        return Picture(data, draft.media_type or "", draft.width or 0, draft.height or 0)

    def shown_of(self, thing_id: str) -> tuple[str, str] | None:
        """The blob and the media type of a job's result or of a draft's garment, whoever's it is:
        who is shown it, is for the caller to find out. None: there is none any more."""
        result = (
            select(Result.blob, Result.media_type)
            .join(Job, Job.id == Result.job_id)
            .where(Job.id == thing_id, Job.status == "succeeded", Job.expires_at > self.clock())
        )
        draft = select(Draft.blob, Draft.media_type).where(
            Draft.id == thing_id, Draft.expires_at > self.clock()
        )
        with self.database.reading() as session:
            found = session.execute(result).first() or session.execute(draft).first()
        return (found[0], found[1] or "") if found and found[0] else None

    @retried
    def _put_garment(
        self, user_id: str, name: str, blob: str, picture: Picture
    ) -> tuple[Draft, list[str]]:
        """The draft, and the garment that was in it before."""
        with self.database.writing() as session:
            draft = self._open(session, user_id, name)
            before = [draft.blob] if draft.blob else []
            draft.blob, draft.media_type, draft.job_id = blob, picture.media_type, None
            draft.width, draft.height = picture.width, picture.height
            draft.expires_at = self.clock() + timedelta(hours=self.settings.input_hours)
            session.flush()
            return draft, before

    def _open(self, session: Session, user_id: str, name: str) -> Draft:
        """The draft of that name, locked; a new one where there is none."""
        found = self._called(session, user_id, name, lock=True)
        if found:
            return found
        made = self.clock()
        until = made + timedelta(hours=self.settings.input_hours)
        draft = Draft(user_id=user_id, name=name, created_at=made, expires_at=until)
        session.add(draft)
        return draft

    def _called(
        self, session: Session, user_id: str, name: str, *, lock: bool = False
    ) -> Draft | None:
        query = (
            select(Draft)
            .where(Draft.user_id == user_id, Draft.name == name, Draft.expires_at > self.clock())
            .order_by(Draft.id.desc())
            .limit(1)
        )
        return session.scalars(query.with_for_update() if lock else query).first()
