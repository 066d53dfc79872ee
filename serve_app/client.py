"""Clients for the service: submit, wait with progress, download, cancel, delete. `Client` blocks,
`AsyncClient` does not; the two are one, written as steps that either carries out.

What is safe is tried again when the network fails, or the service says that a fault will pass:
whatever only reads, ends or erases, and submits, because each carries an Idempotency-Key of its
own: the job is made once, however often the request arrives.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
import uuid
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeAlias, TypedDict, TypeVar

import httpx

Picture: TypeAlias = Path | bytes | str
"""A file, its bytes, or the id of a preset in the gallery."""
Format: TypeAlias = Literal["png", "jpeg", "webp"]


class EngineInfo(TypedDict):
    """What answered."""

    name: str
    version: str
    licence: str
    commercial_use: bool


class ResultInfo(TypedDict):
    """The picture that a job made. Width and height in px."""

    url: str
    media_type: str
    width: int
    height: int
    bytes: int
    sha256: str


class ErrorInfo(TypedDict):
    """A named error: what happened, and what to do about it."""

    name: str
    message: str
    hint: str


class Job(TypedDict):
    """A job as the service shows it. Times are UTC in ISO 8601, `timings` milliseconds by stage."""

    id: str
    kind: Literal["tryon", "anime"]
    status: Literal["queued", "running", "succeeded", "failed", "canceled", "expired"]
    stage: str | None
    progress: float
    queue_position: int | None
    parameters: dict[str, Any]
    created_at: str
    started_at: str | None
    finished_at: str | None
    expires_at: str
    engine: EngineInfo | None
    timings: dict[str, float]
    confidence: float | None
    warnings: list[str]
    result: ResultInfo | None
    error: ErrorInfo | None


class ServiceError(Exception):
    """The service answered with an error: its public name, what happened, what to do."""

    def __init__(self, name: str, message: str, hint: str, status: int) -> None:
        super().__init__(name, message, hint, status)
        self.name, self.message, self.hint, self.status = name, message, hint, status

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


class PictureDamaged(Exception):
    """What arrived is not the picture that the service has."""

    hint = "Download it again."


_FINAL = frozenset({"succeeded", "failed", "canceled", "expired"})
_PASSING = frozenset(
    {"RateLimited", "QueueFull", "DatabaseUnavailable", "DatabaseBusy", "StorageUnavailable"}
    | {"NotReady"}
)
"""Errors that pass. Others with the same statuses are those of a job, and stay."""
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_HOLD_SECONDS = 15
_JITTER = random.Random()  # noqa: S311 - spreads the tries of many clients


@dataclass(frozen=True)
class Request:
    """A request that is to be made. `safe`: it may be made again though it may have arrived."""

    method: str
    route: str
    options: Mapping[str, Any] = field(default_factory=dict)
    safe: bool = True


@dataclass(frozen=True)
class Pause:
    """Seconds to wait."""

    seconds: float


_Value = TypeVar("_Value")
_Reply: TypeAlias = "httpx.Response | httpx.TransportError | None"
Steps: TypeAlias = Generator[Request | Pause, _Reply, _Value]
"""Asks for requests and pauses, is sent what came of each, and returns the value in the end."""


@dataclass
class _Shared:
    """What both clients are made of.

    Without a token a guest's is asked for. `timeout` is of one request, `patience` of all tries of
    one; both in seconds.
    """

    base_url: str
    token: str | None = None
    timeout: float = 60.0
    patience: float = 60.0

    def _submit(
        self, kind: str, pictures: Mapping[str, Picture], wishes: Mapping[str, Any], key: str | None
    ) -> Steps[Job]:
        files = {n: _upload(value) for n, value in pictures.items() if not isinstance(value, str)}
        presets = {f"{n}_id": value for n, value in pictures.items() if isinstance(value, str)}
        fields = {**presets, **{name: str(value) for name, value in wishes.items()}}
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        options = {"files": files, "data": fields, "headers": headers}
        job: Job = (yield from self._ask("POST", f"/v1/{kind}", options)).json()
        return job

    def _job(self, job_id: str, hold: int = 0) -> Steps[Job]:
        options = {"params": {"wait": hold}} if hold else {}
        job: Job = (yield from self._ask("GET", f"/v1/jobs/{job_id}", options)).json()
        return job

    def _wait(
        self,
        job: Job,
        on_progress: Callable[[Job], None] | None,
        timeout: float,
        interval: float,
    ) -> Steps[Job]:
        deadline = time.monotonic() + timeout
        while job["status"] not in _FINAL:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"job {job['id']} is still {job['status']}")
            if on_progress:
                yield Pause(min(interval, left))
                job = yield from self._job(job["id"])
                on_progress(job)
            else:
                job = yield from self._job(job["id"], hold=max(1, min(_HOLD_SECONDS, int(left))))
        _raise_if_failed(job)
        return job

    def _result(self, job: Job, form: Format | None) -> Steps[bytes]:
        options = {"params": {"format": form}} if form else {}
        answer = yield from self._ask("GET", f"/v1/jobs/{job['id']}/result", options)
        data, known = answer.content, job["result"]
        as_made = known and answer.headers.get("content-type") == known["media_type"]
        if known and as_made and hashlib.sha256(data).hexdigest() != known["sha256"]:
            raise PictureDamaged(f"job {job['id']}")
        return data

    def _ask(
        self, method: str, route: str, options: Mapping[str, Any] | None = None
    ) -> Steps[httpx.Response]:
        given = dict(options or {})
        token = yield from self._bearer()
        given["headers"] = {**given.get("headers", {}), "Authorization": f"Bearer {token}"}
        return (yield from self._insist(Request(method, route, given)))

    def _bearer(self) -> Steps[str]:
        """A guest that nobody hears of would be left behind, so this is no safe request."""
        if self.token is None:
            answer = yield from self._insist(Request("POST", "/v1/auth/guest", safe=False))
            self.token = str(answer.json()["token"])
        return self.token

    def _insist(self, request: Request) -> Steps[httpx.Response]:
        """Make the request, again where that is safe and may help, until patience ends."""
        deadline = time.monotonic() + self.patience
        pause = _FIRST_PAUSE
        while True:
            reply = yield request
            assert reply is not None, "a request is answered"  # noqa: S101 - by our own drivers
            if isinstance(reply, httpx.Response) and reply.is_success:
                return reply
            wait = _asked_for(reply) or pause * _JITTER.uniform(0.5, 1.5)
            if not _may_help(request, reply) or time.monotonic() + wait > deadline:
                raise reply if isinstance(reply, httpx.TransportError) else _error_of(reply)
            yield Pause(wait)
            pause = min(2 * pause, _LONGEST_PAUSE)


@dataclass
class Client(_Shared):
    """One user of the service at `base_url`.

    >>> with Client("http://127.0.0.1:8000") as client:        # doctest: +SKIP
    ...     job = client.tryon(Path("person.jpg"), Path("garment.jpg"))
    ...     picture = client.result(client.wait(job))
    """

    def __post_init__(self) -> None:
        self._http = httpx.Client(
            base_url=self.base_url, timeout=self.timeout, follow_redirects=True
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def tryon(
        self, person: Picture, garment: Picture, *, key: str | None = None, **wishes: Any
    ) -> Job:
        """Submit a try-on; the answer is the job, not yet done.

        `wishes` are the fields of POST /v1/tryon. With a `key` of your own, sending the same again
        within 24 hours gives the same job, from another process too.
        """
        pictures = {"person": person, "garment": garment}
        return self._run(self._submit("tryon", pictures, wishes, key))

    def anime(self, image: Picture, *, key: str | None = None, **wishes: Any) -> Job:
        """Submit an avatar, as `tryon`; the answer is the job, not yet done."""
        return self._run(self._submit("anime", {"image": image}, wishes, key))

    def job(self, job_id: str) -> Job:
        """The job as it stands."""
        return self._run(self._job(job_id))

    def wait(
        self,
        job: Job,
        on_progress: Callable[[Job], None] | None = None,
        timeout: float = 300.0,
        interval: float = 0.25,
    ) -> Job:
        """Wait until the job is done, at most `timeout` seconds; `on_progress` is told how it
        stands, every `interval` seconds.

        Raises ServiceError for a job that failed and TimeoutError for one that is not done yet;
        the job itself lives on and may be waited for again.
        """
        return self._run(self._wait(job, on_progress, timeout, interval))

    def result(self, job: Job, form: Format | None = None) -> bytes:
        """The picture of a job that succeeded, checked against its hash. Raises PictureDamaged."""
        return self._run(self._result(job, form))

    def download(self, job: Job, path: Path, form: Format | None = None) -> Path:
        """The picture as a file, whole or not at all."""
        return _write(path, self.result(job, form))

    def cancel(self, job: Job) -> Job:
        """Stop a job that is queued or running."""
        stopped: Job = self._run(self._ask("POST", f"/v1/jobs/{job['id']}/cancel")).json()
        return stopped

    def delete(self, job: Job) -> None:
        """Erase a job with its pictures. One that is erased already is no error."""
        self._run(_unless_gone(self._ask("DELETE", f"/v1/jobs/{job['id']}")))

    def _run(self, steps: Steps[_Value]) -> _Value:
        reply: _Reply = None
        try:
            while True:
                step = steps.send(reply)
                reply = self._do(step)
        except StopIteration as end:
            value: _Value = end.value
            return value

    def _do(self, step: Request | Pause) -> _Reply:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            return self._http.request(step.method, step.route, **step.options)
        except httpx.TransportError as error:
            return error


@dataclass
class AsyncClient(_Shared):
    """As `Client`, to be awaited.

    >>> async with AsyncClient("http://127.0.0.1:8000") as client:        # doctest: +SKIP
    ...     job = await client.tryon(Path("person.jpg"), Path("garment.jpg"))
    ...     picture = await client.result(await client.wait(job))
    """

    def __post_init__(self) -> None:
        self._http = httpx.AsyncClient(
            base_url=self.base_url, timeout=self.timeout, follow_redirects=True
        )

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def tryon(
        self, person: Picture, garment: Picture, *, key: str | None = None, **wishes: Any
    ) -> Job:
        """As `Client.tryon`."""
        pictures = {"person": person, "garment": garment}
        return await self._run(self._submit("tryon", pictures, wishes, key))

    async def anime(self, image: Picture, *, key: str | None = None, **wishes: Any) -> Job:
        """As `Client.anime`."""
        return await self._run(self._submit("anime", {"image": image}, wishes, key))

    async def job(self, job_id: str) -> Job:
        """As `Client.job`."""
        return await self._run(self._job(job_id))

    async def wait(
        self,
        job: Job,
        on_progress: Callable[[Job], None] | None = None,
        timeout: float = 300.0,
        interval: float = 0.25,
    ) -> Job:
        """As `Client.wait`."""
        return await self._run(self._wait(job, on_progress, timeout, interval))

    async def result(self, job: Job, form: Format | None = None) -> bytes:
        """As `Client.result`."""
        return await self._run(self._result(job, form))

    async def download(self, job: Job, path: Path, form: Format | None = None) -> Path:
        """As `Client.download`."""
        return await asyncio.to_thread(_write, path, await self.result(job, form))

    async def cancel(self, job: Job) -> Job:
        """As `Client.cancel`."""
        stopped: Job = (await self._run(self._ask("POST", f"/v1/jobs/{job['id']}/cancel"))).json()
        return stopped

    async def delete(self, job: Job) -> None:
        """As `Client.delete`."""
        await self._run(_unless_gone(self._ask("DELETE", f"/v1/jobs/{job['id']}")))

    async def _run(self, steps: Steps[_Value]) -> _Value:
        reply: _Reply = None
        try:
            while True:
                step = steps.send(reply)
                reply = await self._do(step)
        except StopIteration as end:
            value: _Value = end.value
            return value

    async def _do(self, step: Request | Pause) -> _Reply:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        try:
            return await self._http.request(step.method, step.route, **step.options)
        except httpx.TransportError as error:
            return error


def _upload(picture: Path | bytes) -> tuple[str, bytes]:
    if isinstance(picture, Path):
        return picture.name, picture.read_bytes()
    return "picture", picture


def _write(path: Path, data: bytes) -> Path:
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    return part.replace(path)


def _unless_gone(steps: Steps[httpx.Response]) -> Steps[None]:
    """What was erased by a try whose answer was lost is gone for the next one."""
    try:
        yield from steps
    except ServiceError as error:
        if error.name != "JobNotFound":
            raise


def _may_help(request: Request, reply: httpx.Response | httpx.TransportError) -> bool:
    if isinstance(reply, httpx.TransportError):
        return request.safe or isinstance(reply, _UNSENT)
    error = _error_of(reply)
    if error.name == "HttpError":  # not the service itself, but what stands before it
        return request.safe and error.status in (404, 408, 429, 500, 502, 503, 504)
    return error.name in _PASSING


def _asked_for(reply: httpx.Response | httpx.TransportError) -> float | None:
    """The seconds in Retry-After."""
    said = reply.headers.get("Retry-After", "") if isinstance(reply, httpx.Response) else ""
    return float(said) if said.isdigit() else None


def _raise_if_failed(job: Job) -> None:
    if job["status"] != "succeeded":
        error = job["error"] or {
            "name": "JobNotDone",
            "message": f"job {job['status']}",
            "hint": "",
        }
        raise ServiceError(error["name"], error["message"], error["hint"], 200)


def _error_of(answer: httpx.Response) -> ServiceError:
    try:
        error = answer.json()["error"]
        return ServiceError(error["name"], error["message"], error["hint"], answer.status_code)
    except (ValueError, KeyError, TypeError):
        return ServiceError("HttpError", answer.text[:200], "", answer.status_code)
