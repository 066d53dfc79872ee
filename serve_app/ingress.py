"""The ingress deployment: the application on Ray Serve, and its door to the runner."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from ray import serve
from ray.serve.handle import DeploymentHandle

from serve_app.application import build_app
from serve_app.catalogue import Catalogue
from serve_app.context import Context
from serve_app.settings import Settings

_LOG = logging.getLogger("ray.serve")


@serve.deployment(
    name="ingress",
    max_ongoing_requests=100,
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
        context = Context.of(settings, catalogue, wake=self._wake, unready=_unready)
        self._app = build_app(context)
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
            self._runner.broadcast("wake")
        except Exception:
            _LOG.warning("The runners could not be woken.", exc_info=True)


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
