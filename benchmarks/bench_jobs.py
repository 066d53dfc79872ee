"""The tables with a million jobs in them: how fast a job is claimed, looked up, listed, swept.

On SQLite, and on MariaDB where it is installed; both wait for the disk at each commit.
"""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.crowd import fill, owner
from serve_app.blobs import FolderBlobs
from serve_app.database import Database
from serve_app.jobs import Jobs
from serve_app.settings import Settings

ROWS = 1_000_000
WAITING = 5_000


def main() -> None:
    """Fill and measure both databases."""
    with tempfile.TemporaryDirectory(prefix="fr", dir="/tmp") as folder:
        _fill_and_measure(f"sqlite:///{folder}/million.sqlite3")
    from tests.mariadb import close_server, open_server, present

    if present():
        server = open_server(durable=True)
        try:
            _fill_and_measure(server.make())
        finally:
            close_server(server)


def _fill_and_measure(url: str) -> None:
    database = Database(url)
    database.upgrade()
    begun = time.perf_counter()
    fill(database, ROWS, WAITING)
    database.close()
    print(f"\n{url.partition(':')[0]}: {ROWS} rows made in {time.perf_counter() - begun:.0f} s")
    measure(url)


def measure(url: str) -> None:
    """What each thing takes in a database that is filled."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=url)
        jobs = _open(settings)
        user = owner(7)
        waiting = next(one for one in jobs.history(user, limit=100) if one.position)
        last = jobs.every(status="queued", limit=1)[0]
        acts: dict[str, Callable[[], object]] = {
            "status of a job": partial(jobs.snapshot, user, jobs.history(user)[-1].job.id),
            f"status, at place {waiting.position}": partial(jobs.snapshot, user, waiting.job.id),
            "status, last in line": partial(jobs.snapshot, last.user_id, last.id),
            "a page of the history": partial(jobs.history, user, None, 20),
            "looking for lost runners": jobs.take_back,
            "a sweep that finds nothing": jobs.retention.sweep,
            "rows of a new job": partial(_submit, jobs),
            "claim": partial(_claim, jobs),
        }
        for name, work in acts.items():
            _tell(name, work)
        _together(settings)


def _submit(jobs: Jobs) -> None:
    jobs.submit(owner(8), "anime", {}, {})


def _claim(jobs: Jobs) -> None:
    assert jobs.claim("benchmark", 3600)


def _tell(name: str, work: Callable[[], object], times: int = 100) -> None:
    """The processor time is this process's alone, and as good on a machine that is busy."""
    took, used = [], time.process_time()
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - begun))
    used = 1000 * (time.process_time() - used) / times
    took.sort()
    middle, late = statistics.median(took), took[int(0.95 * times)]
    print(f"{name:<28} p50 {middle:7.2f} ms   p95 {late:7.2f} ms   cpu {used:6.2f} ms")


def _together(settings: Settings) -> None:
    """Two runners of two threads each take what waits."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_count_claims, [(settings, 0.1)] * 2, 1)  # imports, connections
        begun = time.perf_counter()
        counts = pool.map(_count_claims, [(settings, 10.0)] * 2, 1)
        took = time.perf_counter() - begun
    print(f"{'two runners together':<28} {sum(counts) / took:.0f} claims/s")


def _count_claims(given: tuple[Settings, float]) -> int:
    settings, seconds = given
    jobs = _open(settings)
    until = time.perf_counter() + seconds

    def claim(number: int) -> int:
        count = 0
        while time.perf_counter() < until and jobs.claim(f"benchmark {number}", 3600):
            count += 1
        return count

    with ThreadPoolExecutor(2) as pool:
        claimed = sum(pool.map(claim, range(2)))
    jobs.database.close()
    return claimed


def _open(settings: Settings) -> Jobs:
    """A queue of any length is taken: what is measured is the database."""
    unlimited = settings.model_copy(update={"queue_limit": ROWS, "user_queue_limit": ROWS})
    return Jobs(Database(settings.database), FolderBlobs(settings.pictures), unlimited)


if __name__ == "__main__":
    main()
