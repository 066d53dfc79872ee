"""The service under load: status polls a second, and how long accepting a 2 MB photo takes.

With the proxy that Serve has by default, and with its HAProxy. The clients run on the same cores.
The runner stands still while photos are accepted, so that no model works meanwhile.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable

import aiohttp

from benchmarks.bench_intake import photo_of, spread
from serve_app.client import Client
from serve_app.intake import encode
from tests.chaos import photo
from tests.live import Live, live
from weights.store import Store

CONNECTIONS = 8
SECONDS = 10.0
SUBMITS = 60
PROXIES = {
    "default": {},
    "HAProxy": {"RAY_SERVE_ENABLE_HA_PROXY": "1"},
}
UNLIMITED = {
    f"FITTING_ROOM_RATE_{name}": "0" for name in ("REQUESTS", "SUBMISSIONS", "ADDRESS", "LOGINS")
}

Ask = Callable[[aiohttp.ClientSession], Awaitable[None]]


def main() -> None:
    """Print both tables."""
    store = Store.from_environment()
    for name, environment in PROXIES.items():
        with live(Live, store, {**UNLIMITED, **environment}) as service:
            print(f"\n{name}")
            _measure(service)


def _measure(service: Live) -> None:
    with Client(service.address) as client:
        job = client.anime(encode(photo(1)))
        client.wait(job)
        headers = {"Authorization": f"Bearer {client.token}"}
    address = service.address
    for connections in (1, CONNECTIONS):
        times = _elsewhere(_polls, address, headers, job["id"], connections)
        rate = len(times) / SECONDS
        print(f"status polls, {connections} connections: {rate:6.0f}/s  {spread(times)}")
    runner = service.replica("runner")
    runner.suspend()
    times = _elsewhere(_submits, address, headers, photo_of(2.0))
    runner.resume()
    print(f"a 2 MB photo accepted, one at a time:  {spread(times)}")


def _elsewhere(work: Callable[..., list[float]], *given: object) -> list[float]:
    """In a process of its own, so that measuring does not hold up what is measured."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, given)


def _polls(address: str, headers: dict[str, str], job_id: str, connections: int) -> list[float]:
    async def ask(session: aiohttp.ClientSession) -> None:
        async with session.get(f"/v1/jobs/{job_id}") as answer:
            answer.raise_for_status()
            await answer.read()

    return asyncio.run(_load(address, headers, ask, connections))


async def _load(address: str, headers: dict[str, str], ask: Ask, connections: int) -> list[float]:
    times: list[float] = []

    async def go_on(session: aiohttp.ClientSession, until: float) -> None:
        while time.perf_counter() < until:
            begun = time.perf_counter()
            await ask(session)
            times.append(1000 * (time.perf_counter() - begun))

    async with aiohttp.ClientSession(address, headers=headers) as session:
        await go_on(session, time.perf_counter() + 1)  # the connections, and what is compiled late
        times.clear()
        until = time.perf_counter() + SECONDS
        await asyncio.gather(*(go_on(session, until) for _ in range(connections)))
    return times


def _submits(address: str, headers: dict[str, str], picture: bytes) -> list[float]:
    return asyncio.run(_submit_all(address, headers, picture))


async def _submit_all(address: str, headers: dict[str, str], picture: bytes) -> list[float]:
    times = []
    async with aiohttp.ClientSession(address, headers=headers) as session:
        for _ in range(SUBMITS + 5):
            form = aiohttp.FormData()
            form.add_field("image", picture, filename="me.jpg", content_type="image/jpeg")
            begun = time.perf_counter()
            async with session.post("/v1/anime", data=form) as answer:
                answer.raise_for_status()
                await answer.read()
            times.append(1000 * (time.perf_counter() - begun))
    return times[5:]


if __name__ == "__main__":
    main()
