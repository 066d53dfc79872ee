"""Jobs in flight while one part of the service after the other is killed.

What must hold at the end: every job has ended, once, with the picture of its own input, and belongs
to who sent it; there is no job more and none less.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import numpy as np
import psutil
from sqlalchemy import select

from deployments.types import Image, frozen
from graph import Studio
from serve_app.blobs import FolderBlobs
from serve_app.client import Client, Job
from serve_app.database import Database, JobInput, Result
from serve_app.database import Job as Row
from serve_app.intake import decode, encode
from tests.live import Live, until
from tests.mariadb import MariaDb

OWNERS = 4
IN_FLIGHT = 4
"""Jobs that are under way whenever something is killed."""
_ENDED = ("succeeded", "failed", "canceled", "expired")
_AWAY_SECONDS = 5.0
_RETURN_SECONDS = 240.0


def photo(number: int, size: tuple[int, int] = (384, 288)) -> Image:
    """A disc on a ground, both of colours that no other number has. H×W."""
    colours = np.random.default_rng(number).integers(0, 256, (2, 3), np.uint8)
    rows, columns = np.mgrid[: size[0], : size[1]]
    disc = (rows - size[0] / 2) ** 2 + (columns - size[1] / 2) ** 2 < (min(size) / 3) ** 2
    return frozen(colours[disc.astype(np.intp)])


@dataclass
class Sent:
    """A job as its sender knows it; `ended` is what was first heard of its end."""

    number: int
    client: Client
    job: Job
    ended: Job | None = None

    @property
    def key(self) -> str:
        """The sender's own name for it."""
        return f"chaos-{self.number}"


@dataclass
class Chaos:
    """`count` jobs of several owners, and more where so few are left that a strike would hit none;
    and what is done to the service meanwhile."""

    service: Live
    count: int
    server: MariaDb | None = None
    say: Callable[[str], None] = lambda _: None
    sent: list[Sent] = field(default_factory=list)

    def run(self) -> None:
        """Send, strike, wait, look. Raises AssertionError for whatever is not as it must be."""
        clients = [Client(self.service.address, patience=_RETURN_SECONDS) for _ in range(OWNERS)]
        try:
            self._send(clients, self.count)
            self._strike_all(clients)
            self._wait()
            self._look()
        finally:
            for client in clients:
                client.close()

    def strikes(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """What is killed, in this order."""
        yield "a model's replica", lambda: self.service.replica("anime").kill()
        yield "the runner", lambda: self.service.replica("runner").kill()
        yield "the ingress", lambda: self.service.replica("ingress").kill()
        yield "Serve's controller", self._kill_controller
        if self.server:
            yield "the database server", partial(self._kill_server, self.server)
        yield "everything", self._kill_everything

    def _send(self, clients: list[Client], many: int) -> None:
        for number in range(len(self.sent), len(self.sent) + many):
            client = clients[number % OWNERS]
            job = client.anime(encode(photo(number)), key=f"chaos-{number}")
            self.sent.append(Sent(number, client, job))
        self.say(f"{many} jobs sent")

    def _strike_all(self, clients: list[Client]) -> None:
        strikes = list(self.strikes())
        for number, (name, strike) in enumerate(strikes, 1):
            due = self.count * number // (len(strikes) + 2)
            until(partial(self._has_ended, due), _RETURN_SECONDS, f"{due} jobs ended", pause=0.1)
            with self._nothing_ends():
                flying = self._under_way()
                self._send(clients, max(IN_FLIGHT - len(flying), 0))
                flying = self._under_way()
                assert len(flying) >= IN_FLIGHT
                strike()
            began = time.monotonic()
            until(partial(self._any_ended, flying), _RETURN_SECONDS, f"work after {name}", 0.1)
            self.say(f"killed {name}: the next job ended {time.monotonic() - began:.1f} s later")

    @contextmanager
    def _nothing_ends(self) -> Iterator[None]:
        """The model stands still, however quick it is."""
        model = self.service.replica("anime")
        model.suspend()
        try:
            yield
        finally:
            with suppress(psutil.NoSuchProcess):  # it is what was killed
                model.resume()

    def _under_way(self) -> list[Sent]:
        self._any_ended(self.sent)
        return [sent for sent in self.sent if sent.ended is None]

    def _has_ended(self, wanted: int) -> bool:
        return len(self.sent) - len(self._under_way()) >= wanted

    def _any_ended(self, among: Sequence[Sent]) -> bool:
        """Asks for those that are not known to have ended."""
        for sent in among:
            if sent.ended is None:
                job = sent.client.job(sent.job["id"])
                sent.ended = job if job["status"] in _ENDED else None
        return any(sent.ended for sent in among)

    def _kill_controller(self) -> None:
        (controller,) = self.service.processes("ServeController")
        controller.kill()

    def _kill_server(self, server: MariaDb) -> None:
        server.kill()
        time.sleep(_AWAY_SECONDS)
        server.start()

    def _kill_everything(self) -> None:
        self.service.kill()
        self.service.start()

    def _wait(self) -> None:
        for sent in self.sent:
            job = sent.client.wait(sent.job, timeout=_RETURN_SECONDS)
            sent.ended = sent.ended or job
        self.say("every job has ended")

    def _look(self) -> None:
        studio = Studio()
        for sent in self.sent:
            self._look_at(sent, studio)
        self._look_at_owners()
        self._look_at_tables()
        self._look_at_logs()

    def _look_at(self, sent: Sent, studio: Studio) -> None:
        now = sent.client.job(sent.job["id"])
        assert sent.ended
        assert (now["status"], now["finished_at"]) == ("succeeded", sent.ended["finished_at"])
        assert now["result"] == sent.ended["result"]
        drawn = decode(sent.client.result(now))
        assert np.array_equal(drawn, studio.anime(photo(sent.number)).image), "another's picture"
        again = sent.client.anime(encode(photo(sent.number)), key=sent.key)
        assert again["id"] == sent.job["id"], "the same request makes no second job"

    def _look_at_owners(self) -> None:
        """Each sees the own jobs and nobody else's."""
        for number in range(OWNERS):
            mine = {one.job["id"] for one in self.sent if one.number % OWNERS == number}
            others = {one.job["id"] for one in self.sent} - mine
            client = self.sent[number].client
            headers = {"Authorization": f"Bearer {client.token}"}
            with httpx.Client(base_url=client.base_url, headers=headers, timeout=60) as http:
                shown = http.get("/v1/jobs", params={"limit": 100}).json()["jobs"]
                assert {job["id"] for job in shown} == mine
                assert {http.get(f"/v1/jobs/{one}").status_code for one in others} == {404}

    def _look_at_tables(self) -> None:
        """No job more or less, one result each, and every picture that a row names."""
        url = self.service.environment.get("FITTING_ROOM_DATABASE_URL")
        database = Database(url or f"sqlite:///{self.service.data / 'fitting-room.sqlite3'}")
        with database.reading() as session:
            rows = session.scalars(select(Row)).all()
            columns = (JobInput.blob, Result.blob)
            named = [name for column in columns for name in session.scalars(select(column))]
        database.close()
        assert len(rows) == len(self.sent)
        assert len(named) == len(set(named)) == 2 * len(self.sent)
        assert set(named) <= set(FolderBlobs(self.service.data / "pictures").names())
        more = {row.attempt for row in rows if row.attempt > 1}
        self.say(f"attempts beyond the first: {sum(row.attempt - 1 for row in rows)} {more}")

    def _look_at_logs(self) -> None:
        """No token and nothing of a picture is in any log, whoever wrote it."""
        tokens = {str(one.client.token) for one in self.sent}
        words = re.compile("|".join(map(re.escape, tokens)).encode())
        logs = [*self.service.folder.rglob("*.log"), *self.service.folder.rglob("*.out")]
        logs += [*self.service.folder.rglob("*.err"), self.service.folder / "log"]
        assert len(logs) > 10
        told = [log.name for log in logs if words.search(log.read_bytes())]
        assert told == []


def settings_of(server: MariaDb | None) -> dict[str, Any]:
    """Those of a service on the database server, or on SQLite. A job may be hit by every strike:
    that many deaths are not its fault."""
    url = {"FITTING_ROOM_DATABASE_URL": server.make("fitting_room_chaos")} if server else {}
    return {"FITTING_ROOM_ATTEMPTS": "8", **url}
