"""What the routes work with. Made once a process; the routes know nothing of where it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from serve_app.blobs import Blobs, open_blobs
from serve_app.catalogue import Catalogue
from serve_app.database import Database
from serve_app.identity import Identity
from serve_app.intake import Limits
from serve_app.jobs import Jobs
from serve_app.presets import Presets
from serve_app.settings import Settings


def _nothing() -> None:
    """Nobody is there to be woken: the runner finds the job when it looks."""


def _all_ready() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Context:
    """The parts of the service. `wake` tells a runner that there is work and must not raise;
    `unready` names the models that cannot answer yet, each with the reason.
    """

    settings: Settings
    database: Database
    blobs: Blobs
    jobs: Jobs
    identity: Identity
    presets: Presets
    catalogue: Catalogue
    limits: Limits
    wake: Callable[[], None] = _nothing
    unready: Callable[[], Mapping[str, str]] = _all_ready

    @classmethod
    def of(
        cls,
        settings: Settings,
        catalogue: Catalogue,
        wake: Callable[[], None] = _nothing,
        unready: Callable[[], Mapping[str, str]] = _all_ready,
    ) -> Context:
        """All parts from the settings; the tables are made where they are missing."""
        database = Database(settings.database)
        database.upgrade()
        blobs = open_blobs(settings)
        limits = Limits.of(settings)
        return cls(
            settings,
            database,
            blobs,
            Jobs(database, blobs, settings),
            Identity(database, settings),
            Presets(limits=limits),
            catalogue,
            limits,
            wake,
            unready,
        )
