"""Erasing what somebody left here, and handing it out.

Pictures go before the rows that name them: what breaks off in between can be done again. On SQLite
rows are overwritten with zeros and its log is emptied; docs/8-retention.md tells of MySQL.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session

from serve_app.blobs import BlobMissing
from serve_app.database import Base, Database, Draft, Job, JobInput, Panel, Result, User, retried
from serve_app.errors import JobNotFound
from serve_app.intake import encode, unpack
from serve_app.jobs import Jobs
from serve_app.jobs.desk import owned
from serve_app.rows import blob_names

_REMEMBERED = timedelta(hours=1)
"""Longer than any model remembers anything (deployments/memory.py)."""
_BATCH = 100
_SECRET = frozenset(
    {"hash", "secret_hash", "webhook_secret", "blob", "portrait", "parameters_hash"}
)
"""Columns that are no use to their owner and of use to a thief."""
_SUFFIXES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
}


class Privacy:
    """What a person may ask of the pictures and rows that are theirs.

    `forget` makes the models forget the pictures that are stored under some names; it must not
    raise.
    """

    def __init__(self, jobs: Jobs, forget: Callable[[Sequence[str]], None]) -> None:
        self.jobs = jobs
        self.database = jobs.database
        self._forget = forget

    def erase_job(self, user_id: str, job_id: str) -> None:
        """Erase a job: pictures, result, what models remember of them, rows.

        Raises JobNotFound, StorageUnavailable, DatabaseUnavailable; then it may be asked for again.
        """
        with self.database.reading() as session:
            names = self._remembered(session, [owned(session, user_id, job_id).id])
        self._erase([job_id], names, user_id)
        scrub(self.database)

    def erase_user(self, user_id: str) -> None:
        """Erase somebody with all that is theirs, tokens last.

        Raises StorageUnavailable, DatabaseUnavailable; then it may be asked for again.
        """
        self._erase_drafts(user_id)
        self._erase_portrait(user_id)
        while not self._remove(user_id):
            with self.database.reading() as session:
                mine = select(Job.id).where(Job.user_id == user_id).limit(_BATCH)
                ids = session.scalars(mine).all()
                names = self._remembered(session, ids)
            self._erase(ids, names, user_id)
        scrub(self.database)

    def erase_jobs(self, user_id: str, kind: str | None = None) -> int:
        """Erase all jobs of the user, of one kind if so wanted. How many there were.

        Raises as `erase_job` does, save JobNotFound.
        """
        count, last = 0, ""
        mine = [Job.user_id == user_id, *([Job.kind == kind] if kind else [])]
        while True:
            page = select(Job.id).where(*mine, Job.id > last).order_by(Job.id).limit(_BATCH)
            with self.database.reading() as session:
                ids = session.scalars(page).all()
                names = self._remembered(session, ids)
            if not ids:
                break
            self._erase(ids, names, user_id)
            count, last = count + len(ids), ids[-1]
        scrub(self.database)
        return count

    def export_user(self, user_id: str) -> Iterator[bytes]:
        """A ZIP archive, piece by piece: `account.json`, and for each job a folder with `job.json`
        and its pictures."""
        pipe = _Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
            with self.database.reading() as session:
                _add(archive, "account.json", _json(_account(session, user_id)))
            yield pipe.drain()
            if name := self._portrait(user_id):
                for path, data in _as_file("portrait", self.jobs.blobs.read(name), "image/webp"):
                    _add(archive, path, data)
            for name, data in self._drafts(user_id):
                _add(archive, name, data)
                yield pipe.drain()
            for job in self._all_jobs(user_id):
                for name, data in self._files(job):
                    _add(archive, f"{job.id}/{name}", data, job.created_at)
                    yield pipe.drain()
        yield pipe.drain()

    def _remembered(self, session: Session, job_ids: Sequence[str]) -> list[str]:
        """The blobs of those jobs that a model may have seen of late."""
        recent = self.jobs.clock() - _REMEMBERED
        seen = select(Job.id).where(Job.id.in_(job_ids), Job.started_at > recent)
        return [name for job_id in session.scalars(seen) for name in blob_names(session, job_id)]

    def _erase(self, job_ids: Sequence[str], remembered: Sequence[str], user_id: str) -> None:
        if remembered:
            self._forget(remembered)
        for job_id in job_ids:
            with suppress(JobNotFound):  # somebody else erased it meanwhile
                self.jobs.delete(user_id, job_id)

    def _erase_portrait(self, user_id: str) -> None:
        self.jobs.erase([name] if (name := self._portrait(user_id)) else [])

    def _portrait(self, user_id: str) -> str | None:
        with self.database.reading() as session:
            return session.scalar(select(User.portrait).where(User.id == user_id))

    def _erase_drafts(self, user_id: str) -> None:
        """Their rows go with the user's. One that comes in at this moment is an orphan then, and
        erased as such."""
        mine = select(Draft.blob).where(Draft.user_id == user_id, Draft.blob.is_not(None))
        with self.database.reading() as session:
            names = session.scalars(mine).all()
        self.jobs.erase(name for name in names if name)

    @retried
    def _remove(self, user_id: str) -> bool:
        """The user's row, and with it every row that hangs on it. False: there are jobs still.

        A request that is under way cannot add a job meanwhile: it needs the row that is locked.
        """
        with self.database.writing() as session:
            user = session.get(User, user_id, with_for_update=True)
            if session.scalar(select(Job.id).where(Job.user_id == user_id).limit(1)):
                return False
            if user is not None:
                session.delete(user)
            return True

    def _all_jobs(self, user_id: str) -> Iterator[Job]:
        last = ""
        while True:
            with self.database.reading() as session:
                mine = select(Job).where(Job.user_id == user_id, Job.id > last)
                found = session.scalars(mine.order_by(Job.id).limit(_BATCH)).all()
            yield from found
            if len(found) < _BATCH:
                return
            last = found[-1].id

    def _drafts(self, user_id: str) -> Iterator[tuple[str, bytes]]:
        mine = select(Draft).where(Draft.user_id == user_id, Draft.blob.is_not(None))
        with self.database.reading() as session:
            found = session.scalars(mine).all()
        for one in found:
            with suppress(BlobMissing):  # its time was over meanwhile
                data = self.jobs.blobs.read(one.blob or "")
                yield from _as_file(f"drafts/{one.id}", data, one.media_type or "")

    def _files(self, job: Job) -> Iterator[tuple[str, bytes]]:
        with self.database.reading() as session:
            about = _owned_rows(session, "job_id", job.id)
            inputs = session.scalars(select(JobInput).where(JobInput.job_id == job.id)).all()
            made = {"result": session.get(Result, job.id), "panel": session.get(Panel, job.id)}
        yield "job.json", _json({**_row(job), **about})
        stored = [(one.role, one.blob, one.media_type) for one in inputs]
        stored += [(role, one.blob, one.media_type) for role, one in made.items() if one]
        for role, blob, media_type in stored:
            with suppress(BlobMissing):  # its time was over meanwhile
                yield from _as_file(role, self.jobs.blobs.read(blob), media_type)


def scrub(database: Database) -> None:
    """Empty SQLite's log, in which rows that were erased still stand. Where somebody reads at this
    moment it is done by the next erasure, or by SQLite itself."""
    if database.engine.dialect.name != "sqlite":
        return
    connection = database.engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _account(session: Session, user_id: str) -> dict[str, Any]:
    user = session.get(User, user_id)
    about = _owned_rows(session, "user_id", user_id, besides=Job.__tablename__)
    return {"user": _row(user) if user else None, **about}


def _owned_rows(
    session: Session, column: str, owner: str, besides: str = ""
) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table that names its owner in `column`, by the table's name."""
    return {
        table.name: [_plain(row._asdict()) for row in _rows(session, table, column, owner)]
        for table in Base.metadata.sorted_tables
        if column in table.columns and table.name != besides
    }


def _rows(session: Session, table: Table, column: str, owner: str) -> Sequence[Row[Any]]:
    return session.execute(select(table).where(table.columns[column] == owner)).all()


def _row(entity: Base) -> dict[str, Any]:
    return _plain({one.key: getattr(entity, one.key) for one in entity.__mapper__.column_attrs})


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _SECRET}


def _json(value: Any) -> bytes:
    def other(one: datetime) -> str:
        return one.isoformat()

    return json.dumps(value, default=other, indent=1, ensure_ascii=False).encode()


def _as_file(role: str, data: bytes, media_type: str) -> Iterator[tuple[str, bytes]]:
    """With bare pixels as a PNG: PPM is opened by few."""
    if media_type in _SUFFIXES:
        yield f"{role}.{_SUFFIXES[media_type]}", data
    else:
        yield f"{role}.png", encode(unpack(data))


def _add(archive: zipfile.ZipFile, name: str, data: bytes, moment: datetime | None = None) -> None:
    when = moment or datetime(1980, 1, 1)  # noqa: DTZ001 - the first moment that ZIP knows
    entry = zipfile.ZipInfo(name, when.timetuple()[:6])
    entry.external_attr = 0o600 << 16
    archive.writestr(entry, data)


class _Pipe(io.RawIOBase):
    """What is written into it comes out by `drain`, so that no archive is ever held whole."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(self._pieces[-1])

    def drain(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
