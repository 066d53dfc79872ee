"""`fitting-room gallery`: what is in it, and its try-ons done ahead of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from serve_app.errors import ServiceError, body_of, is_named, name_of, status_of

if TYPE_CHECKING:
    from graph import Studio
    from serve_app.catalogue import Entry
    from serve_app.presets import Presets
    from serve_app.renderings import Renderings

app = typer.Typer(name="gallery", help="People and garments to try with.", no_args_is_help=True)

_SHARES = 20
"""Parts that the work of one worker is cut into: whoever is quick takes more of them."""

Some = Annotated[list[str] | None, typer.Option(help="Only this one; may be given again.")]


class RenderingStopped(ServiceError):
    """A worker met what every other pair would meet as well."""

    status = 500


@dataclass(frozen=True)
class Pair:
    """Two presets, and what their rendering is found by."""

    person: str
    garment: str
    key: str

    @property
    def name(self) -> str:
        return f"{self.person} × {self.garment}"


@dataclass
class Gallery:
    """The service's presets and renderings, opened in whatever process renders."""

    engine: str
    device: str = "cpu"

    def __getstate__(self) -> dict[str, Any]:
        """What is open here stays here: another process opens its own."""
        return {"engine": self.engine, "device": self.device}

    @cached_property
    def parts(self) -> tuple[Presets, Renderings]:
        from serve_app.blobs import open_blobs
        from serve_app.database import Database
        from serve_app.intake import Limits
        from serve_app.presets import GALLERY, Presets
        from serve_app.renderings import Renderings
        from serve_app.settings import Settings
        from serve_app.uploads import Uploads

        settings = Settings()
        database, blobs = Database(settings.database), open_blobs(settings)
        database.upgrade()
        limits = Limits.of(settings)
        uploads = Uploads(database, blobs, limits)
        presets = Presets(GALLERY, limits, more=settings.gallery_dir, uploads=uploads)
        return presets, Renderings(database, blobs)

    @cached_property
    def studio(self) -> Studio:
        from graph import Studio
        from weights.store import Store

        return Studio(Store.from_environment(), self.device)

    def render(self, pair: Pair) -> str:
        """Dress the person and keep it. What came of it, in a word: a fault of the pictures is told
        by its name, since some garments cannot be worn by some photos. Others are raised: they are
        every pair's."""
        from serve_app.intake import unpack
        from serve_app.provenance import Mark, marked

        presets, renderings = self.parts
        try:
            pictures = [unpack(presets.picture(one).data) for one in (pair.person, pair.garment)]
            outcome = self.studio.tryon(*pictures, engine=self.engine)
        except Exception as error:
            if not _is_the_pictures(error):
                raise
            return name_of(error)
        picture = marked(outcome.image, Mark.of("tryon", outcome.engine))
        renderings.keep(pair.key, pair.person, pair.garment, outcome, picture)
        return "rendered"


@app.command("list")
def list_() -> None:
    """Every preset: id, kind, category, credit, licence."""
    presets, _ = Gallery("auto").parts
    for preset in [*presets.list("person"), *presets.list("garment")]:
        typer.echo(
            f"{preset.id:<28} {preset.kind:<8} {preset.category:<8} {preset.licence:<12} "
            f"{preset.credit}"
        )


@app.command()
def render(
    person: Some = None,
    garment: Some = None,
    engine: Annotated[str, typer.Option(help="auto, or an engine's name.")] = "auto",
    again: Annotated[bool, typer.Option("--again", help="Also what is there already.")] = False,
    workers: Annotated[int, typer.Option(min=0, help="Ray Data's; 0 renders in this process.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, or cuda:N.")] = "cpu",
) -> None:
    """Try every garment of the gallery on every person, so that the service answers at once."""
    entry = _engine(engine)
    gallery = Gallery(entry.name, device)
    presets, renderings = gallery.parts
    pairs = list(_pairs(presets, entry, person, garment))
    if not person and not garment:
        gone = renderings.drop({pair.key for pair in pairs})
        typer.echo(f"{gone} outdated ones erased")
    known = set() if again else renderings.keys()
    open_pairs = [pair for pair in pairs if pair.key not in known]
    typer.echo(f"{len(pairs)} pairs, {len(open_pairs)} to render with {entry.name} {entry.version}")
    work = _with_ray_data if workers and open_pairs and _has_ray_data() else _here
    counts: Counter[str] = Counter()
    for name, told in work(gallery, open_pairs, workers):
        typer.echo(f"{name}: {told}")
        counts[told] += 1
    for told, count in sorted(counts.items()):
        typer.echo(f"{told:<20} {count}")


def _is_the_pictures(error: Exception) -> bool:
    """Whether another photo would mend it: neither what is missing here nor what is not allowed."""
    return is_named(error) and status_of(name_of(error)) in {400, 413, 415, 422}


def _engine(wanted: str) -> Entry:
    from graph import catalogue, choose
    from weights.store import Store

    engines = catalogue(Store.from_environment()).engines
    name = choose(engines, wanted)
    return next(entry for entry in engines if entry.name == name)


def _pairs(
    presets: Presets, entry: Entry, people: list[str] | None, garments: list[str] | None
) -> Iterator[Pair]:
    from serve_app.renderings import key_of

    worn = product(presets.list("person"), presets.list("garment"))
    for person, garment in worn:
        if person.id not in (people or [person.id]) or garment.id not in (garments or [garment.id]):
            continue
        sums = presets.sha256(person.id), presets.sha256(garment.id)
        yield Pair(person.id, garment.id, key_of(*sums, entry.name, entry.version))


def _has_ray_data() -> bool:
    """Ray Data needs pyarrow, which only its extra brings."""
    from importlib.util import find_spec

    if find_spec("pyarrow"):
        return True
    typer.echo("No Ray Data here (pip install 'fitting-room[data]'): rendering in this process.")
    return False


def _here(gallery: Gallery, pairs: list[Pair], _workers: int) -> Iterator[tuple[str, str]]:
    for pair in pairs:
        yield pair.name, gallery.render(pair)


def _with_ray_data(gallery: Gallery, pairs: list[Pair], workers: int) -> Iterator[tuple[str, str]]:
    """The models are loaded once a worker. On a GPU each worker has one to itself, which it sees as
    the first."""
    from serve_app.launch import cluster

    gpus = 0 if gallery.device == "cpu" else 1
    work = replace(gallery, device="cuda:0") if gpus else gallery
    with cluster(dashboard=False):
        import ray.data

        ray.data.DataContext.get_current().enable_progress_bars = False
        blocks = min(len(pairs), _SHARES * workers)
        rows = ray.data.from_items([asdict(pair) for pair in pairs], override_num_blocks=blocks)
        told = rows.map(
            cast("Any", _Renderer),
            fn_constructor_args=(work,),
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=1,
            num_gpus=gpus,
        )
        for row in told.iter_rows():
            if row["stop"]:
                raise RenderingStopped(row["told"], row["hint"])
            yield row["name"], row["told"]


class _Renderer:
    """What one of Ray Data's workers keeps between two rows."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """A named fault travels as a row: as an error it would come wrapped in Ray's own."""
        pair = Pair(**row)
        answer = {"name": pair.name, "stop": False, "hint": ""}
        try:
            return {**answer, "told": self._gallery.render(pair)}
        except Exception as error:
            if not is_named(error):
                raise
            said = body_of(error)
            told = f"{said['name']}: {said['message']}"
            return {**answer, "told": told, "stop": True, "hint": said["hint"]}
