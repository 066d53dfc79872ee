"""What owners say of their jobs, and what they sent for them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from serve_app.database import Report, retried
from serve_app.errors import ResultExpired
from serve_app.jobs.desk import Desk, owned
from serve_app.rows import input_blobs


class Complaints(Desk):
    """Reports, and the pictures that they are about."""

    @retried
    def complain(self, user_id: str, job_id: str, reason: str, words: str) -> None:
        """Raises JobNotFound, for somebody else's job too."""
        made = self.clock()
        with self.database.writing() as session:
            owned(session, user_id, job_id)
            session.add(
                Report(user_id=user_id, job_id=job_id, reason=reason, words=words, created_at=made)
            )

    def complaints(self, limit: int = 50) -> Sequence[Report]:
        """The newest first."""
        with self.database.reading() as session:
            return session.scalars(select(Report).order_by(Report.id.desc()).limit(limit)).all()

    def input_of(self, user_id: str, job_id: str, role: str) -> str:
        """The blob of a picture that was sent. Raises JobNotFound; ResultExpired where it is
        erased."""
        with self.database.reading() as session:
            owned(session, user_id, job_id)
            blob = input_blobs(session, job_id).get(role)
        if blob is None:
            raise ResultExpired("That picture was erased, or never sent.")
        return blob
