"""The service is killed part by part, and at last as a whole, and no job is lost or done twice.

Few jobs and one model, so that it takes a minute; `python -m benchmarks.chaos` has forty jobs in
flight and every model up.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos import Chaos, settings_of
from tests.live import Small, live
from tests.mariadb import MariaDb, close_server, open_server
from weights.store import Store

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

JOBS = 4


@pytest.fixture
def durable() -> Iterator[MariaDb]:
    """A database server that may be killed."""
    server = open_server(durable=True)
    yield server
    close_server(server)


def test_no_job_is_lost_on_sqlite(store: Store) -> None:
    with live(Small, store, settings_of(None)) as service:
        Chaos(service, JOBS).run()


def test_no_job_is_lost_on_mariadb(store: Store, durable: MariaDb) -> None:
    with live(Small, store, settings_of(durable)) as service:
        Chaos(service, JOBS, durable).run()
