"""Makes Ray Serve deployments of plain models. The only file of this folder that imports ray."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from ray import serve
from ray.exceptions import RayTaskError
from ray.serve.deployment import Application, Deployment
from ray.serve.handle import DeploymentHandle, DeploymentResponse
from ray.serve.metrics import Counter, Histogram

from deployments.batch import BatchModel, BatchWorker
from deployments.flags import guises
from deployments.memory import Memory, digest
from deployments.types import Image
from deployments.worker import Worker, build
from weights.errors import WeightsError
from weights.store import Store

MAX_ONGOING = 3
"""One call runs and two wait beside it. With 1, the router's back-off leaves the model idle."""
MAX_QUEUED = 64
"""Calls that one caller may have waiting for a model before BackPressureError."""
HEALTH_PERIOD_SECONDS = 2.0
"""A dead replica is found and replaced within this time; Ray's own 10 s are long for a user."""

_MILLISECONDS = [5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 3e4]


@dataclass(frozen=True)
class Placement:
    """What one replica of a model asks of the cluster, as shares of a CPU and of a GPU, and how
    many calls it answers by one pass."""

    num_cpus: float
    num_gpus: float = 0.0
    num_replicas: int = 1
    batch: int = 1

    @property
    def device(self) -> str:
        """Ray shows a replica the one GPU that it was given, so its index is always 0."""
        return "cuda:0" if self.num_gpus else "cpu"

    @property
    def max_ongoing(self) -> int:
        """While one batch is worked on, the next one gathers."""
        return max(MAX_ONGOING, 2 * self.batch)


class Served:
    """The replica: builds the model, and answers calls for it.

    Without its weights it stands all the same, and answers every call with the error that names
    them: one missing file must not keep the whole service down. When they have come, it works.
    """

    def __init__(
        self, path: str, device: str, gpu_share: float, remembers: bool, batch: int = 1
    ) -> None:
        self._milliseconds = Histogram(
            "fitting_room_forward_ms",
            description="Milliseconds of one forward pass.",
            boundaries=_MILLISECONDS,
        )
        self._errors = Counter(
            "fitting_room_model_errors",
            description="Calls that a model answered with an error.",
            tag_keys=("error",),
        )
        self._build = partial(build, path, device=device, gpu_share=gpu_share)
        self._memory = Memory() if remembers else None
        self._batch = batch
        self._building = asyncio.Lock()
        self._worker: Worker | BatchWorker | None = None
        self._broken = ""
        with suppress(WeightsError):
            self._worker = self._made()

    async def __call__(self, *arguments: Any, **named: Any) -> Any:
        """What the model answers; its errors arrive at the caller inside a RayTaskError."""
        try:
            worker = self._worker or await self._late()
            return await worker(*arguments, **named)
        except Exception as error:
            self._errors.inc(tags={"error": type(error).__name__})
            if "CUDA error" in str(error):
                self._broken = str(error)
            raise

    async def forget(self, digests: Collection[bytes]) -> frozenset[bytes]:
        """Drop every kept answer that was made from one of these arrays. The digests of the arrays
        in those answers."""
        return await self._worker.forget(digests) if self._worker else frozenset()

    def check_health(self) -> None:
        """Ray replaces a replica that raises here. After a CUDA error a process never recovers."""
        if self._broken:
            raise RuntimeError(self._broken)

    async def _late(self) -> Worker | BatchWorker:
        async with self._building:
            if self._worker is None:
                self._worker = await asyncio.to_thread(self._made)
        return self._worker

    def _made(self) -> Worker | BatchWorker:
        model = self._build(store=Store.from_environment())
        if self._batch > 1:
            return BatchWorker(cast("BatchModel", model), self._batch, self._milliseconds.observe)
        return Worker(model, self._memory, self._milliseconds.observe)


def deploy(name: str, path: str, placement: Placement, *, remembers: bool = True) -> Application:
    """The deployment `name` of the model class at `path` ("package.module:Class").

    With `remembers`, answers are kept by the content of the arguments; a model that answers in
    batches has none to keep. Raises ValueError for both.
    """
    if remembers and placement.batch > 1:
        raise ValueError(f"{name} keeps its answers, and so makes them one by one")
    decorate: Any = serve.deployment(
        name=name,
        num_replicas=placement.num_replicas,
        max_ongoing_requests=placement.max_ongoing,
        max_queued_requests=MAX_QUEUED,
        health_check_period_s=HEALTH_PERIOD_SECONDS,
        graceful_shutdown_timeout_s=5.0,
        ray_actor_options={"num_cpus": placement.num_cpus, "num_gpus": placement.num_gpus},
    )
    served: Deployment = decorate(Served)
    return served.bind(path, placement.device, placement.num_gpus, remembers, placement.batch)


class Handles:
    """The models of a cluster, by their deployments' handles (`deployments.course.Models`)."""

    def __init__(self, handles: Mapping[str, DeploymentHandle[Any]]) -> None:
        self._handles = handles

    def start(self, name: str, *arguments: Any, **named: Any) -> Any:
        return self._handles[name].remote(*arguments, **named)

    async def result(self, pending: DeploymentResponse[Any]) -> Any:
        """Raises the model's own error; BackPressureError and Ray's actor errors where the cluster
        failed and not the model."""
        try:
            return await pending
        except RayTaskError as error:
            raise original(error) from None


class Oblivion:
    """Makes a cluster's models forget pictures: every replica of each, and not just one of them."""

    def __init__(self, handles: Mapping[str, DeploymentHandle[Any]]) -> None:
        self._handles = handles

    async def __call__(self, pictures: Iterable[Image]) -> int:
        """Drop what was made from the pictures, what was made from that, and so on. The number of
        pictures, masks, poses and maps that were gone after."""
        sent = list(pictures)
        guised = frozenset(digest(guise) for picture in sent for guise in guises(picture))
        found, known = guised, frozenset[bytes]()
        while fresh := found - known:
            known |= fresh
            found = await self._forget(fresh)
        return len(known) - len(guised - {digest(picture) for picture in sent})

    async def _forget(self, digests: frozenset[bytes]) -> frozenset[bytes]:
        """A model that cannot be reached has no memory left, or loses it with its replica."""
        asked = [handle.broadcast("forget", digests) for handle in self._handles.values()]
        answers = await asyncio.gather(
            *(one.results_async(return_exceptions=True) for one in asked), return_exceptions=True
        )
        # A list for each model, and in it an answer, or an error, for each of its replicas.
        each = [one for answer in answers if isinstance(answer, list) for one in answer]
        return frozenset().union(*(one for one in each if isinstance(one, frozenset)))


def original(error: BaseException) -> BaseException:
    """The error that the model raised, out of the wrapping in which Ray brings it."""
    while isinstance(error, RayTaskError) and isinstance(error.cause, BaseException):
        error = error.cause
    return error
