"""Claims jobs, runs the flows, commits what they made.

Any number of runners on any number of machines may share one database: whatever a runner tells of a
job counts only while the job is still its own, and a runner that dies loses its jobs to the others.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from ray import serve
from ray.exceptions import RayError, RayTaskError
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle

from deployments.types import Flow, Image, Outcome, Report
from serve_app.blobs import BlobMissing, Picture, open_blobs
from serve_app.clips import ClipLimits, is_clip
from serve_app.database import Database
from serve_app.errors import (
    DatabaseUnavailable,
    InternalError,
    StorageUnavailable,
    body_of,
    is_named,
)
from serve_app.filming import film
from serve_app.intake import Limits, unpack
from serve_app.jobs import ClaimedJob, Jobs
from serve_app.provenance import Mark, marked
from serve_app.settings import Settings

FlowFactory = Callable[[Mapping[str, DeploymentHandle[Any]]], Mapping[str, Flow]]
"""Makes the flows, by the kind of job that each does, from the handles of the models."""
Forget = Callable[[Iterable[Image]], Awaitable[Any]]
"""Makes the models forget pictures, and what they made of them."""

_LOG = logging.getLogger("ray.serve")
_ORPHAN_SECONDS = 3600.0
_PAUSE_SECONDS = 1.0
"""Before a job goes back for the first time, so that three attempts do not burn while a replica is
being replaced; and between two tries to tell a database that is away."""


class JobLost(Exception):
    """The job is canceled, deleted or another runner's: stop working on it."""


class Claims:
    """Works on up to `settings.runner_concurrency` jobs at once, until it is closed."""

    def __init__(
        self,
        jobs: Jobs,
        flows: Mapping[str, Flow],
        settings: Settings,
        forget: Forget | None = None,
    ) -> None:
        self._jobs = jobs
        self._forget = forget
        self._flows = flows
        self._settings = settings
        self._limits = Limits.of(settings)
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._places = asyncio.Semaphore(settings.runner_concurrency)
        self._woken = asyncio.Event()
        self._work: set[asyncio.Task[Any]] = set()
        self._held: dict[str, ClaimedJob] = {}
        self._holding = threading.Lock()
        self._stopped = False
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look for jobs. Needs a running event loop."""
        loops = (self._claim_forever(), self._sweep_forever(), self._erase_orphans_forever())
        self._loops = [asyncio.create_task(loop) for loop in loops]
        for task in self._loops:
            task.add_done_callback(_tell)

    def wake(self) -> None:
        """There is a new job: look now, and do not wait for the next look at the queue."""
        self._woken.set()

    @property
    def alive(self) -> bool:
        """Whether the loops still run."""
        return bool(self._loops) and not any(loop.done() for loop in self._loops)

    def stop(self) -> None:
        """Stop, and put the jobs in work back for others.

        Synchronous, because the process may have no time for anything that comes later.
        """
        with self._holding:
            self._stopped = True
            held = list(self._held.values())
        _cancel([*self._loops, *self._work])
        for job in held:
            with suppress(DatabaseUnavailable):  # then the lease runs out, which comes to the same
                self._jobs.put_back(job.id, job.attempt)

    async def _claim_forever(self) -> None:
        while True:
            await self._places.acquire()
            self._woken.clear()
            job = await self._claim()
            if job is None:
                self._places.release()
                await self._rest()
            else:
                self._begin(job)

    async def _claim(self) -> ClaimedJob | None:
        try:
            return await asyncio.to_thread(self._take)
        except DatabaseUnavailable:
            _LOG.warning("The database does not answer; the runner asks again.")
            return None

    def _take(self) -> ClaimedJob | None:
        """Under the lock, so that stopping waits for a claim that is on its way, and finds it."""
        with self._holding:
            if self._stopped:
                return None
            job = self._jobs.claim(self._name, self._settings.lease_seconds)
            if job is not None:
                self._held[job.id] = job
            return job

    async def _rest(self) -> None:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._woken.wait(), self._settings.poll_seconds)

    def _begin(self, job: ClaimedJob) -> None:
        task = asyncio.create_task(self._attend(job))
        self._work.add(task)
        task.add_done_callback(partial(self._leave, job))

    def _leave(self, job: ClaimedJob, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        if self._held.get(job.id) is job:  # it may have come back as another attempt
            del self._held[job.id]
        self._places.release()
        _tell(task)  # the job's lease will run out

    async def _attend(self, job: ClaimedJob) -> None:
        """One attempt, with signs of life beside it; ends when the attempt or the claim ends."""
        attempt = asyncio.create_task(self._attempt(job))
        signs = asyncio.create_task(self._give_signs(job))
        try:
            await asyncio.wait((attempt, signs), return_when=asyncio.FIRST_COMPLETED)
            if attempt.done():
                attempt.result()
        finally:
            _cancel([attempt, signs])
            await asyncio.gather(attempt, signs, return_exceptions=True)

    async def _give_signs(self, job: ClaimedJob) -> None:
        """Returns when the job is not ours any more."""
        while True:
            await asyncio.sleep(self._settings.lease_seconds / 3)
            with suppress(DatabaseUnavailable):
                if not await asyncio.to_thread(self._jobs.renew, job.id, job.attempt):
                    return

    async def _attempt(self, job: ClaimedJob) -> None:
        try:
            await self._make(job)
        except JobLost:
            _LOG.info("Job %s is not this runner's any more.", job.id)
        except Exception as error:
            if _may_pass(error):
                await self._give_back(job, error)
            else:
                await self._fail(job, error)

    async def _make(self, job: ClaimedJob) -> None:
        clip, pictures = await asyncio.to_thread(self._read, job)

        async def report(stage: str, progress: float) -> None:
            with suppress(DatabaseUnavailable):  # the next one tells more
                if not await asyncio.to_thread(
                    self._jobs.report, job.id, job.attempt, stage, progress
                ):
                    raise JobLost(job.id)

        try:
            if clip:
                picture, outcome = await self._film(job, clip, report)
            else:
                outcome = await self._flows[job.kind](pictures, job.parameters, report)
                picture = await asyncio.to_thread(self._picture, job, outcome)
        except (JobLost, asyncio.CancelledError):
            self._forget_soon(pictures.values())  # it may be lost because it was erased
            raise
        succeed = partial(
            self._jobs.succeed,
            job.id,
            job.attempt,
            result=picture,
            engine=outcome.engine,
            timings=outcome.timings,
            confidence=outcome.confidence,
            category=outcome.category,
            warnings=outcome.warnings,
            panel=await asyncio.to_thread(_panel, job, outcome),
        )
        await self._insist(succeed)

    def _read(self, job: ClaimedJob) -> tuple[bytes | None, dict[str, Image]]:
        """The clip to draw, or else the pictures by their roles."""
        files = {role: self._jobs.blobs.read(name) for role, name in job.inputs.items()}
        if is_clip(files.get("image", b"")):
            return files["image"], {}
        return None, {role: unpack(data, self._limits) for role, data in files.items()}

    async def _film(self, job: ClaimedJob, clip: bytes, report: Report) -> tuple[Picture, Outcome]:
        limits = ClipLimits.of(self._settings)
        flow, visible = self._flows[job.kind], self._is_visible(job)
        return await film(clip, flow, job.parameters, report, limits, visible=visible)

    def _picture(self, job: ClaimedJob, outcome: Outcome) -> Picture:
        mark = Mark.of(job.kind, outcome.engine)
        return marked(outcome.image, mark, visible=self._is_visible(job))

    def _is_visible(self, job: ClaimedJob) -> bool:
        return self._settings.visible_mark or bool(job.parameters.get("visible_mark"))

    async def forget(self, names: Iterable[str]) -> None:
        """Make the models forget the pictures that are stored under these names."""

        def read() -> list[Image]:
            files = [self._jobs.blobs.read(name) for name in names]
            return [unpack(data, self._limits) for data in files if not is_clip(data)]

        if self._forget:
            await self._forget(await asyncio.to_thread(read))

    def _forget_soon(self, pictures: Iterable[Image]) -> None:
        if self._forget and not self._stopped:
            task = asyncio.ensure_future(self._forget(list(pictures)))
            self._work.add(task)
            task.add_done_callback(self._work.discard)

    async def _fail(self, job: ClaimedJob, error: Exception) -> None:
        if not is_named(error):
            _LOG.error("Job %s failed.", job.id, exc_info=error)
            error = InternalError("Something went wrong in the service.")
        await self._insist(partial(self._jobs.fail, job.id, job.attempt, **body_of(error)))

    async def _give_back(self, job: ClaimedJob, error: Exception) -> None:
        """After a while that grows with the attempts: what is away needs time to come back."""
        _LOG.warning("Job %s goes back: %r", job.id, error)
        await asyncio.sleep(_PAUSE_SECONDS * 2 ** (job.attempt - 1))
        fault = body_of(error) if isinstance(error, StorageUnavailable) else None
        await self._insist(partial(self._jobs.put_back, job.id, job.attempt, fault))

    async def _insist(self, tell: Callable[[], bool]) -> None:
        """Tell the database, and again while it is away: a result would be drawn once more for
        nothing. What had been told after all is told in vain. When the lease is over, so is this.
        """
        deadline = time.monotonic() + self._settings.lease_seconds
        while True:
            try:
                await asyncio.to_thread(tell)
            except DatabaseUnavailable:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return

    async def _sweep_forever(self) -> None:
        await _forever(self._settings.sweep_seconds, self._jobs.sweep, self.wake)

    async def _erase_orphans_forever(self) -> None:
        await _forever(_ORPHAN_SECONDS, self._jobs.retention.erase_orphans)


async def _forever(
    seconds: float, work: Callable[[], int], then: Callable[[], None] = lambda: None
) -> None:
    """Every so often; what fails once is tried again the next time."""
    while True:
        try:
            if await asyncio.to_thread(work):
                then()
        except (DatabaseUnavailable, StorageUnavailable) as error:
            _LOG.warning("%s is tried again in %g s: %s", work.__name__, seconds, error)
        await asyncio.sleep(seconds)


def _panel(job: ClaimedJob, outcome: Outcome) -> Picture | None:
    """The pictures on the way in one, where they were asked for."""
    panel = outcome.intermediates.get("panel")
    return None if panel is None else marked(panel, Mark.of(job.kind, outcome.engine), "jpeg")


def _tell(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _LOG.error("A part of the runner broke off.", exc_info=error)


def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    for task in tasks:
        if not task.done():
            task.cancel()


def _may_pass(error: Exception) -> bool:
    """Whether another attempt may go well: a replica died or is full, or storage is away. A model's
    own error comes again, and so does a picture that is gone."""
    if isinstance(error, BlobMissing | RayTaskError):
        return False
    return isinstance(
        error, RayError | RayServeException | DatabaseUnavailable | StorageUnavailable
    )


def _open_jobs(settings: Settings) -> Jobs:
    database = Database(settings.database)
    database.upgrade()
    return Jobs(database, open_blobs(settings), settings)


@serve.deployment(
    name="runner",
    max_ongoing_requests=100,
    health_check_period_s=2.0,
    graceful_shutdown_timeout_s=10.0,
    ray_actor_options={"num_cpus": 0.1},
)
class Runner:
    """The deployment: claims jobs as long as it lives."""

    def __init__(
        self,
        settings: Settings,
        flow_factory: FlowFactory,
        handles: Mapping[str, DeploymentHandle[Any]],
        forget: Callable[[Mapping[str, DeploymentHandle[Any]]], Forget] | None = None,
    ) -> None:
        jobs, flows = _open_jobs(settings), flow_factory(handles)
        self._claims = Claims(jobs, flows, settings, forget(handles) if forget else None)
        self._claims.start()

    async def wake(self) -> None:
        """There is a new job."""
        self._claims.wake()

    async def forget(self, names: Sequence[str]) -> None:
        """Make the models forget the pictures that are stored under these names."""
        await self._claims.forget(names)

    async def check_health(self) -> None:
        """Ray replaces a runner that raises here."""
        if not self._claims.alive:
            raise RuntimeError("the runner's loops have ended")

    def __del__(self) -> None:
        """Ray calls this when the replica is to end."""
        if claims := getattr(self, "_claims", None):
            with suppress(RuntimeError):  # the event loop is closed: there is nothing to stop
                claims.stop()
