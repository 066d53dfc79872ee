"""The ingress deployment: the application on Ray Serve, and its door to the runner."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ray
from fastapi import FastAPI
from ray import serve
from ray.serve.handle import DeploymentHandle
from ray.serve.metrics import Counter

from serve_app.application import build_app
from serve_app.catalogue import Catalogue, Gpu
from serve_app.context import Context
from serve_app.jobs import Snapshot
from serve_app.routes.views import job_view
from serve_app.settings import Settings

_FORGET_SECONDS = 10.0
_LOG = logging.getLogger("ray.serve")


@serve.deployment(
    name="ingress",
    # Most of them wait: for a job that is held back, or between two events of a stream.
    max_ongoing_requests=1000,
    health_check_period_s=2.0,
    ray_actor_options={"num_cpus": 0.1},
)
@serve.ingress()
class Ingress:
    """Answers clients. All that must last is in the database, so any replica answers anything."""

    def __init__(
        self, settings: Settings, runner: DeploymentHandle[Any] | None, catalogue: Catalogue
    ) -> None:
        self._runner = runner
        self._loop = asyncio.get_running_loop()
        context = Context.of(
            settings,
            catalogue,
            wake=self._wake,
            unready=_unready,
            forget=self._forget,
            gpus=_gpus,
            answered=_counting(),
        )
        self._telling = self._loop.create_task(context.webhooks.run(_as_read))
        self._app = build_app(context, old_clients=settings.old_clients)
        self._wake()  # the first call finds the way, which takes longer than those after it

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Ray Serve asks for the application once the replica is built."""
        return self._app

    def _wake(self) -> None:
        """Sent and forgotten: without an answer a runner finds the job when it next looks.

        To every replica: the one that a router picks may have its hands full.
        """
        if self._runner is None:
            return
        try:
            # Nothing is sent before somebody asks for the answers.
            asyncio.run_coroutine_threadsafe(
                self._runner.broadcast("wake").results_async(), self._loop
            )
        except Exception:
            _LOG.warning("The runners could not be woken.", exc_info=True)

    def _forget(self, names: Sequence[str]) -> None:
        """Waits, because the pictures are erased right after. Where it fails, the models still
        forget when their memory's time is over."""
        if self._runner is None:
            return
        try:
            self._runner.forget.remote(names).result(timeout_s=_FORGET_SECONDS)
        except Exception as error:
            _LOG.warning("The models could not be told to forget: %s", type(error).__name__)


def _as_read(snapshot: Snapshot) -> Mapping[str, Any]:
    """The job as its owner reads it, for webhooks."""
    return job_view(snapshot).model_dump(mode="json")


def _counting() -> Callable[[str], None]:
    """Counts answers that took no model, by their source, among the metrics of the cluster."""
    counter = Counter(
        "fitting_room_ready_answers",
        description="Jobs that were answered from what had been made ahead of time.",
        tag_keys=("source",),
    )
    return lambda source: counter.inc(tags={"source": source})


def _gpus() -> Sequence[Gpu]:
    """Of the machines that are up, those that have any."""
    return [
        Gpu(machine=node["NodeID"], name=_accelerator(resources), count=resources["GPU"])
        for node in ray.nodes()  # type: ignore[no-untyped-call]
        if node["Alive"] and (resources := node["Resources"]).get("GPU")
    ]


def _accelerator(resources: Mapping[str, float]) -> str:
    """Ray tells the kind as the name of a resource."""
    kinds = (name.partition(":")[2] for name in resources if name.startswith("accelerator_type:"))
    return next(kinds, "GPU")


def _unready() -> Mapping[str, str]:
    """The deployments of this application that are not healthy, each with its state."""
    try:
        name = serve.get_replica_context().app_name
        found = serve.status().applications[name].deployments
    except Exception as error:
        return {"cluster": f"The state of the models is not known: {type(error).__name__}."}
    return {
        f"model {deployment}": state.message or f"It is {state.status.value.lower()}."
        for deployment, state in found.items()
        if state.status.value != "HEALTHY"
    }
