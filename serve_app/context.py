"""What the routes work with. Made once a process; the routes know nothing of where it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from serve_app.blobs import Blobs, open_blobs
from serve_app.catalogue import Catalogue, Gpu
from serve_app.database import Database
from serve_app.idempotency import Replies
from serve_app.identity import Identity
from serve_app.intake import Limits
from serve_app.jobs import Jobs
from serve_app.presets import GALLERY, Presets
from serve_app.privacy import Privacy
from serve_app.rates import Rates
from serve_app.renderings import Renderings
from serve_app.settings import Settings
from serve_app.uploads import Uploads
from serve_app.webhooks import Webhooks
from serve_app.wechat import WeChat


def _nothing() -> None:
    """Nobody is there to be woken: the runner finds the job when it looks."""


def _no_memory(_names: Sequence[str]) -> None:
    """No model remembers anything."""


def _all_ready() -> Mapping[str, str]:
    return {}


def _nobody_counts(_source: str) -> None:
    """Outside of a cluster."""


def _no_gpus() -> Sequence[Gpu]:
    return ()


@dataclass(frozen=True)
class Context:
    """The parts of the service. `wake` tells a runner that there is work and must not raise;
    `unready` names the models that cannot answer yet, each with the reason; `gpus` are those of the
    cluster.

    `answered` counts an answer that took no model, by what it was taken from.

    `forget` of `of` makes the models forget the pictures stored under some names, and must not
    raise.
    """

    settings: Settings
    database: Database
    blobs: Blobs
    jobs: Jobs
    privacy: Privacy
    identity: Identity
    presets: Presets
    catalogue: Catalogue
    limits: Limits
    replies: Replies
    rates: Rates
    webhooks: Webhooks
    wechat: WeChat
    uploads: Uploads
    renderings: Renderings
    wake: Callable[[], None] = _nothing
    unready: Callable[[], Mapping[str, str]] = _all_ready
    gpus: Callable[[], Sequence[Gpu]] = _no_gpus
    answered: Callable[[str], None] = _nobody_counts

    @classmethod
    def of(
        cls,
        settings: Settings,
        catalogue: Catalogue,
        wake: Callable[[], None] = _nothing,
        unready: Callable[[], Mapping[str, str]] = _all_ready,
        forget: Callable[[Sequence[str]], None] = _no_memory,
        gpus: Callable[[], Sequence[Gpu]] = _no_gpus,
        answered: Callable[[str], None] = _nobody_counts,
    ) -> Context:
        """All parts from the settings; the tables are made where they are missing."""
        database = Database(settings.database)
        database.upgrade()
        blobs = open_blobs(settings)
        limits = Limits.of(settings)
        jobs = Jobs(database, blobs, settings)
        uploads = Uploads(database, blobs, limits)
        return cls(
            settings,
            database,
            blobs,
            jobs,
            Privacy(jobs, forget),
            Identity(database, settings),
            Presets(GALLERY, limits, more=settings.gallery_dir, uploads=uploads),
            catalogue,
            limits,
            Replies(database),
            Rates(database),
            Webhooks(database, jobs, settings),
            WeChat(settings),
            uploads,
            Renderings(database, blobs),
            wake,
            unready,
            gpus,
            answered,
        )
