"""The line of waiting jobs: who is next, and how many are before somebody.

Rounds, as in fair queueing (Nagle, RFC 970): in each round every user has one job. A job's round is
given out once, when it is submitted, so that the next job is the first entry of an index: no matter
how many jobs one user has waiting, another's first comes in the round that is being served.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.orm import Session

from serve_app.database import Job, User

_QUEUED = Job.status == "queued"


def next_in_line() -> Select[Job]:
    """The job to be claimed, locked; one that another is claiming right now is passed over."""
    in_line = select(Job).where(_QUEUED).order_by(Job.priority, Job.turn, Job.id)
    return in_line.limit(1).with_for_update(skip_locked=True)


def take_turn(session: Session, user_id: str, priority: int) -> int:
    """The round of a user's next job: the one being served, or the one after the user's last.

    Jobs that one user submits at the same moment wait for each other here, each for its round.
    """
    session.execute(select(User.id).where(User.id == user_id).with_for_update())
    waiting = select(Job.turn).where(_QUEUED, Job.priority == priority)
    served = session.scalar(waiting.order_by(Job.turn).limit(1))
    own = session.scalar(waiting.where(Job.user_id == user_id).order_by(Job.turn.desc()).limit(1))
    return max(served or 0, 0 if own is None else own + 1)


def waiting(session: Session, limit: int, user_id: str | None = None) -> int:
    """How many jobs wait, in all or of one user; counting ends at `limit`."""
    found = select(literal(1)).select_from(Job).where(_QUEUED)
    if user_id is not None:
        found = found.where(Job.user_id == user_id)
    return session.scalar(select(func.count()).select_from(found.limit(limit).subquery())) or 0


def position(session: Session, job: Job) -> int | None:
    """1 for the job that is claimed next; None where it does not wait.

    Counted in three parts, each of which is one range of the index.
    """
    if job.status != "queued":
        return None
    same_priority = Job.priority == job.priority
    ahead = [
        _count(Job.priority < job.priority),
        _count(same_priority, Job.turn < job.turn),
        _count(same_priority, Job.turn == job.turn, Job.id <= job.id),
    ]
    return sum(session.execute(select(*ahead)).one())


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count()).select_from(Job).where(_QUEUED, *conditions).scalar_subquery()
