"""How often somebody may ask: sliding windows of a minute, shared by all replicas.

Each replica counts in its own memory and tells the database whenever it has let a tenth of a limit
pass, so that most requests cost no statement. Therefore several replicas together let through at
most a tenth of the limit more for each of them beyond the first; limits below twenty are exact. The
libraries that do this for several processes need a Redis or a Memcached beside the service.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from serve_app.database import Database, RateLimit, now, rows_touched
from serve_app.errors import DatabaseUnavailable, RateLimited

WINDOW = 60.0
_PARTS = 10
_KNOWN_AT_ONCE = 50_000
"""Whoever was not seen for the longest time is forgotten by this replica, not by the database."""


@dataclass
class _Count:
    """What this replica knows of one bucket: `told` is everybody's, `untold` its own alone."""

    window: int
    before: int = 0
    told: int = 0
    untold: int = 0

    def used(self, fraction: float) -> int:
        """Requests in the last minute, those of the window before taken as evenly spread."""
        return int(self.before * (1 - fraction)) + self.told + self.untold


class Rates:
    """Counts by kind of limit and by whom it holds for. Synchronous, for any thread."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = now) -> None:
        self.database = database
        self.clock = clock
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, kind: str, who: str, limit: int) -> None:
        """Count one request. A limit of 0 is none. Raises RateLimited."""
        if not limit:
            return
        window, fraction = self._moment()
        bucket = f"{kind}:{hashlib.sha256(who.encode()).hexdigest()[:40]}"
        with self._lock:
            count = self._count(bucket, window)
            if count.used(fraction) >= limit:
                raise _refusal(kind, limit, count, fraction)
            count.untold += 1
            telling = count.untold if count.untold >= max(1, limit // _PARTS) else 0
        if telling and self._tell(bucket, count, telling) and count.used(fraction) > limit:
            raise _refusal(kind, limit, count, fraction)

    def _moment(self) -> tuple[int, float]:
        window, seconds = divmod(self.clock().timestamp(), WINDOW)
        return int(window), seconds / WINDOW

    def _count(self, bucket: str, window: int) -> _Count:
        count = self._counts.get(bucket) or _Count(window)
        if count.window != window:
            last = count.told + count.untold if count.window == window - 1 else 0
            count = _Count(window, before=last)
        self._counts[bucket] = count
        self._counts.move_to_end(bucket)
        if len(self._counts) > _KNOWN_AT_ONCE:
            self._counts.popitem(last=False)
        return count

    def _tell(self, bucket: str, count: _Count, amount: int) -> bool:
        """Add to the shared count, and learn it. False: the database is away, count on alone."""
        try:
            told, before = self._shared(bucket, count.window, amount)
        except DatabaseUnavailable:
            return False
        with self._lock:
            count.told = max(told, count.told)
            count.untold -= amount
            count.before = max(before, count.before)
        return True

    def _shared(self, bucket: str, window: int, amount: int) -> tuple[int, int]:
        """This window's count and the last one's, with ours in it."""
        while not self._add(bucket, window, amount):
            pass  # another replica made the row between our two statements: now it is there
        names = [f"{bucket}:{window}", f"{bucket}:{window - 1}"]
        query = select(RateLimit.bucket, RateLimit.count.label("total")).where(
            RateLimit.bucket.in_(names)
        )
        with self.database.reading() as session:
            found = {row.bucket: int(row.total) for row in session.execute(query)}
        return found.get(names[0], 0), found.get(names[1], 0)

    def _add(self, bucket: str, window: int, amount: int) -> bool:
        name = f"{bucket}:{window}"
        more = update(RateLimit).where(RateLimit.bucket == name)
        expires_at = self.clock() + timedelta(seconds=3 * WINDOW)
        try:
            with self.database.writing() as session:
                changed = session.execute(more.values(count=RateLimit.count + amount))
                if not rows_touched(changed):
                    session.add(RateLimit(bucket=name, count=amount, expires_at=expires_at))
        except IntegrityError:
            return False
        return True


def _refusal(kind: str, limit: int, count: _Count, fraction: float) -> RateLimited:
    seconds = math.floor(WINDOW * _wait(limit, count, fraction)) + 1
    return RateLimited(f"More than {limit} {kind} in a minute.", seconds=min(max(seconds, 1), 60))


def _wait(limit: int, count: _Count, fraction: float) -> float:
    """Windows until one request fits again."""
    here = count.told + count.untold
    if here >= limit:
        return 1 - fraction + 1 - limit / here
    return 1 - (limit - here) / max(count.before, 1) - fraction
