"""What users agreed to: the operator's terms, and that their pictures are worked on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, TypeAlias, get_args

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from serve_app.database import Consent, Database, now
from serve_app.errors import ConsentMissing
from serve_app.settings import Settings

Matter: TypeAlias = Literal["terms", "pictures"]
MATTERS: tuple[Matter, ...] = get_args(Matter)


class Consents:
    """Every yes is a row with its version and its moment; taking it back ends the row, and no row
    is ever changed into another."""

    def __init__(
        self, database: Database, settings: Settings, clock: Callable[[], datetime] = now
    ) -> None:
        self.database = database
        self.settings = settings
        self.clock = clock

    def agree(self, user_id: str, version: str) -> None:
        """To all that there is in that version. Raises ConsentMissing for one that is not asked."""
        self.check(version)
        with self.database.writing() as session:
            self.note(session, user_id, version)

    def check(self, version: str | None) -> None:
        """Whether it is the version that is asked for, where one is said and one is asked.

        Raises ConsentMissing.
        """
        asked = self.settings.terms_version
        if version and asked and version != asked:
            raise ConsentMissing(f"The terms are those of version {asked}.", self._where())

    def note(self, session: Session, user_id: str, version: str) -> None:
        """In the transaction of somebody else; what stands already is not put down again."""
        standing = {one.kind for one in _standing(session, user_id) if one.version == version}
        for matter in MATTERS:
            if matter not in standing:
                session.add(
                    Consent(user_id=user_id, kind=matter, version=version, given_at=self.clock())
                )

    def take_back(self, user_id: str) -> None:
        """From now on nothing is worked on for the user, where consent is asked for."""
        mine = (Consent.user_id == user_id, Consent.withdrawn_at.is_(None))
        with self.database.writing() as session:
            session.execute(update(Consent).where(*mine).values(withdrawn_at=self.clock()))

    def given(self, user_id: str) -> Sequence[Consent]:
        """All that was ever agreed to, the latest last."""
        mine = select(Consent).where(Consent.user_id == user_id)
        mine = mine.order_by(Consent.given_at, Consent.kind.desc())
        with self.database.reading() as session:
            return session.scalars(mine).all()

    def needed(self, user_id: str) -> None:
        """Before anything is worked on. Raises ConsentMissing where the user has not agreed to what
        the settings ask for."""
        asked = self.settings.terms_version
        if not asked:
            return
        with self.database.reading() as session:
            standing = {one.kind for one in _standing(session, user_id) if one.version == asked}
        if not standing.issuperset(MATTERS):
            raise ConsentMissing(f"The terms of version {asked} were not agreed to.", self._where())

    def _where(self) -> str:
        url = self.settings.terms_url
        read = f"Read {url}, then " if url else "Then "
        return f"{read}POST /v1/me/consents with the version {self.settings.terms_version}."


def _standing(session: Session, user_id: str) -> Sequence[Consent]:
    mine = select(Consent).where(Consent.user_id == user_id, Consent.withdrawn_at.is_(None))
    return session.scalars(mine).all()
