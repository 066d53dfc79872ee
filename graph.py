"""The whole application on one page: which models there are, and the two flows through them.

The flows call the models through `deployments.course.Models`: handles of Ray Serve deployments in a
cluster (`app`), plain objects in the caller's own process (`Studio`). Nothing heavy is imported
until one of the two is asked for.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveInt, model_validator

from deployments.avatar import draw
from deployments.course import Course, Models
from deployments.sight import Sight
from deployments.types import (
    CutOut,
    Flow,
    GarmentNotFound,
    GarmentShape,
    Image,
    Outcome,
    ParseMap,
    Pose,
    Report,
)
from serve_app.catalogue import Catalogue, Entry
from serve_app.errors import EngineUnavailable, EngineUnknown, InvalidRequest
from serve_app.parsers import PARSERS, argument, asked_for, parsers, prepared
from weights.store import Store

if TYPE_CHECKING:
    from ray.serve.deployment import Application, Deployment
    from ray.serve.handle import DeploymentHandle

    from deployments.compose import Colour

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Model:
    """One model: its class, the shares of a CPU and of a GPU that a replica asks for, and whether
    its answers are kept by the content of what it was asked."""

    path: str
    num_cpus: float = 0.1
    num_gpus: float = 0.0
    remembers: bool = True
    weights: tuple[str, ...] = ()
    """Of a generator with foreign weights: entries of the manifest, one of which it needs."""
    options: tuple[str, ...] = ("seed", "debug", "tuck")
    """Of a generator: which of the request's parameters it is told."""
    sees_parts: bool = False
    """Of a generator: whether it is shown the parts of the person's body too."""
    batch: int = 1
    """Calls that a replica on a GPU answers by one pass."""


MODELS: Mapping[str, Model] = {
    "pose": Model("deployments.stages:Finder"),
    "parsing": Model("deployments.parsers:Parsers", num_gpus=0.1),
    "densepose": Model("deployments.densepose:DensePose", num_gpus=0.2, remembers=False),
    "person_mask": Model("deployments.person_mask:PersonMask", num_gpus=0.2),
    "garment_mask": Model("deployments.garment_mask:GarmentMask", num_gpus=0.2),
    "garment_shape": Model("deployments.garment_shape:GarmentShaper"),
    "drape": Model("deployments.tryon.drape.drape:Drape", remembers=False),
    "cp-vton": Model(
        "deployments.tryon.cp_vton:CpVton",
        num_gpus=0.2,
        remembers=False,
        weights=("cp-vton-plus", "cp-vton-lip", "cp-vton"),
        batch=8,
    ),
    "hr-viton": Model(
        "deployments.tryon.hr_viton:HrViton",
        num_gpus=0.3,
        remembers=False,
        weights=("hr-viton",),
        options=("seed", "debug", "fast"),
        sees_parts=True,
        batch=4,
    ),
    "anime": Model("deployments.stages:Artist", num_gpus=0.2, remembers=False),
}
"""Every model by the name of its deployment. Those without a share of a GPU have no GPU code."""

ENGINES = (
    Entry(
        name="drape",
        title="Drape: the garment warped onto the body, folds and light of the photo kept",
        version="1.1",
        licence="Apache-2.0",
        commercial_use=True,
        available=True,
        memory_mb=300,
    ),
    Entry(
        name="cp-vton",
        title="CP-VTON: tops at 256×192, drawn by networks in a fraction of a second",
        version="1.0",
        licence="MIT; weights for research alone",
        commercial_use=False,
        available=False,
        memory_mb=450,
        home="https://github.com/minar09/cp-vton-plus",
    ),
    Entry(
        name="hr-viton",
        title="HR-VITON: tops at 1024×768, warped and painted by networks",
        version="1.0",
        licence="CC BY-NC 4.0",
        commercial_use=False,
        available=False,
        memory_mb=3500,
        home="https://github.com/sangyun884/HR-VITON",
    ),
)
"""The generators, the best first. Each is the model of the same name; those with `weights` are
available where these are."""

SIGHTS: Mapping[str, Sight] = {
    "cp-vton": Sight("upper", crop=True, check_occlusion=True, small_garment=True, swift=True),
    "hr-viton": Sight("upper", crop=True),
}
"""How engines look at a photo, other than `Sight()`: whole, at any size, arms in front and all."""

SURE_SHAPE = 0.6
"""A garment's shape of this confidence is not looked at again."""


class TryOnParameters(BaseModel):
    """How the person is to be dressed. What else a job's parameters name is no concern of this."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    category: Literal["auto", "upper", "lower", "dress"] = "auto"
    engine: str = "auto"
    background: str = "keep"
    parser: str = "auto"
    pose: Mapping[str, Any] | None = None
    pose_width: PositiveInt | None = None
    seed: int = 0
    tuck: Literal["auto", "in", "out"] = "auto"
    crop: bool | None = None
    brighten: bool = False
    keep_background: bool = True
    feather: bool = True
    check_occlusion: bool | None = None
    strict: bool = False
    fast: bool = False
    debug: bool = False

    @property
    def stages(self) -> int:
        """How many stages there are."""
        return 6 + self.brighten + bool(self.crop) + 2 * (self.background != "keep")


@dataclass(frozen=True)
class TryOn:
    """From a person's photo and a garment's to the person in the garment."""

    models: Models
    engines: tuple[Entry, ...] = ENGINES
    parsers: tuple[Entry, ...] = PARSERS

    async def __call__(
        self, pictures: Mapping[str, Image], parameters: Mapping[str, Any], report: Report
    ) -> Outcome:
        """`pictures` are `person` and `garment`; `parameters` those of `TryOnParameters`.

        Raises the models' errors, GarmentWorn, InvalidRequest, EngineUnknown, EngineUnavailable.
        """
        from deployments import flags, stages

        wanted = TryOnParameters.model_validate(parameters)
        engine, ground = choose(self.engines, wanted.engine), ground_of(wanted.background)
        parser = asked_for(self.parsers, wanted.parser)
        sight = SIGHTS.get(engine, Sight()).asked(wanted.crop, wanted.check_occlusion)
        person, garment = pictures["person"], flags.shrunk(pictures["garment"], sight)
        async with Course(self.models, report, wanted.stages) as course:
            # The garment is looked at while the person is; only the generator waits for both.
            cut_out = course.start("garment_mask", garment)
            if wanted.brighten:
                person = await course.compute("brighten", flags.brightened, person)
            found = await stages.find(course, person, wanted.pose, wanted.pose_width)
            over = flags.look(found, sight, strict=wanted.strict)
            try:
                parse = course.start("parsing", person, found.pose, *argument(parser), **sight.how)
                cut: CutOut = await cut_out.result()
            except GarmentNotFound:  # whoever is seen instead of a garment may wear it
                course.forgive(cut_out)
                await stages.refuse_worn(course, garment)
                raise
            shape = course.start("garment_shape", garment, cut.mask, wanted.category)
            view = await flags.view_of(course, person, found.pose, parse, sight)
            body, model = (view.person, view.pose, view.parse), MODELS[engine]
            parts = (course.start("densepose", *body),) if model.sees_parts else ()
            if (await shape.result()).confidence < SURE_SHAPE:
                await stages.refuse_worn(course, garment)
            options = {name: getattr(wanted, name) for name in model.options}
            drawn = course.start(engine, *body, garment, cut.mask, shape, *parts, **options)
            outcome: Outcome = await drawn.result()
            warnings = (*found.warnings, *flags.lesser("garment", cut), *outcome.warnings)
            outcome = flags.judged(replace(outcome, warnings=warnings), found.confidence, over)
            if outcome.edited is not None or view.window is not None:
                put = partial(flags.finish, keep=wanted.keep_background, feather=wanted.feather)
                outcome = await course.compute("finish", put, person, outcome, view)
            if wanted.debug:
                labels = await parse.result()
                seen = await course.compute(
                    "debug", stages.intermediates, person, found.pose, labels, cut, outcome
                )
                outcome = replace(outcome, intermediates=seen)
            if ground is not None:
                pose = found.pose if wanted.keep_background else view.pose
                outcome = await flags.set_off(course, outcome, pose, ground)
        taken_for = (await shape.result()).category
        outcome = replace(outcome, engine=prepared(outcome.engine, parser))
        return replace(outcome, timings=course.timings, category=taken_for)


def ground_of(background: str) -> Colour | None:
    """The colour to put behind the person: white to `remove` what is there, one such as "#e6e6e6",
    or None to `keep` it. Raises InvalidRequest."""
    if background == "keep":
        return None
    if background == "remove":
        return (255, 255, 255)
    if not re.fullmatch("#[0-9a-fA-F]{6}", background):
        raise InvalidRequest(
            f"{background[:64]!r} is no background.", "keep, remove, or a colour such as #e6e6e6."
        )
    red, green, blue = bytes.fromhex(background[1:])
    return red, green, blue


class AnimeParameters(BaseModel):
    """How the avatar is to be drawn."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    style: str = "cel"
    strength: float = Field(default=1.0, ge=0, le=1)
    """0 is the photo, 1 the drawing."""
    region: Literal["whole", "face"] = "whole"
    eyes: float = Field(default=0.0, ge=0, le=1)
    """How far the eyes are enlarged."""

    @property
    def stages(self) -> int:
        """How many stages there are."""
        return 1 + (self.region == "face" or self.eyes > 0) + (self.region == "face")


@dataclass(frozen=True)
class Anime:
    """From a photo to an avatar."""

    models: Models

    async def __call__(
        self, pictures: Mapping[str, Image], parameters: Mapping[str, Any], report: Report
    ) -> Outcome:
        """`pictures` is `image`; `parameters` those of `AnimeParameters`. Raises the model's
        errors."""
        wanted = AnimeParameters.model_validate(parameters)
        async with Course(self.models, report, wanted.stages) as course:
            outcome = await draw(course, pictures["image"], **dict(wanted))
        return replace(outcome, timings=course.timings)


def choose(engines: tuple[Entry, ...], wanted: str) -> str:
    """The engine's name; `auto` is the first that is available.

    Raises EngineUnknown, EngineUnavailable.
    """
    if wanted != "auto":
        return Catalogue(engines=engines).engine(wanted)
    if not engines:
        raise EngineUnknown("There is no engine.")
    for entry in engines:
        if entry.available:
            return entry.name
    raise EngineUnavailable("No engine is available here.", engines[0].hint)


def catalogue(store: Store) -> Catalogue:
    """The engines and styles, with what this machine's weights and the licence policy allow."""
    from deployments.anime import Anime as Drawing

    return Catalogue(
        engines=engines(store),
        parsers=parsers(store),
        styles=tuple(
            Entry(
                name=style.name,
                title=style.title,
                licence=style.licence,
                commercial_use=style.commercial_use,
                available=style.available,
                hint="" if style.available else _remedy(store, style.engine),
            )
            for style in Drawing(store).styles()
        ),
    )


def engines(store: Store) -> tuple[Entry, ...]:
    """The generators, with what the weights that are here make of them."""
    return tuple(_engine(entry, store) for entry in ENGINES)


def _engine(entry: Entry, store: Store) -> Entry:
    from deployments.torch_network import torch_present

    wanted = MODELS[entry.name].weights
    if not wanted:
        return entry
    if not torch_present():
        return entry.model_copy(update={"hint": "pip install 'fitting-room[torch]'"})
    if any(store.usable(model) for model in wanted):
        return entry.model_copy(update={"available": True})
    first = next((model for model in wanted if store.present(model)), wanted[0])
    refusal = "WeightsMissing" if store.allowed(first) else "LicenceNotAllowed"
    return entry.model_copy(update={"hint": _remedy(store, first), "refusal": refusal})


def _remedy(store: Store, model: str) -> str:
    fetch = f"fitting-room weights fetch {model}"
    return fetch if store.allowed(model) else f"FITTING_ROOM_LICENCES=any, {fetch}"


# In a cluster


class Args(BaseModel):
    """What `args` in serve_config.yaml may say, by names of `MODELS`; `runner` and `ingress` may
    have replicas too. `batches`, calls that one pass may answer, are for GPUs and CPUs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    """auto: shares of GPUs are asked for where the cluster has one."""
    gpu_shares: Mapping[str, NonNegativeFloat] = {}
    num_replicas: Mapping[str, PositiveInt] = {}
    batches: Mapping[str, PositiveInt] = {}

    @model_validator(mode="after")
    def _known(self) -> Args:
        for table, names in (
            (self.gpu_shares, {*MODELS}),
            (self.num_replicas, {*MODELS, "runner", "ingress"}),
            (self.batches, {name for name, model in MODELS.items() if model.batch > 1}),
        ):
            if wrong := {*table} - names:
                raise ValueError(f"{sorted(wrong)} here, where only {sorted(names)} may be")
        return self


def app(args: Args) -> Application:
    """The Ray Serve application: every model, the runner that works jobs off, the ingress."""
    from deployments.serving import Oblivion, Placement, deploy
    from serve_app.ingress import Ingress
    from serve_app.runner import Runner
    from serve_app.settings import Settings

    # Ray reads annotations as objects, and here they are strings: it brings a plain dictionary.
    args = Args.model_validate(args)
    settings = Settings()
    offered = catalogue(Store.from_environment())
    gpu = args.accelerator == "gpu" or (args.accelerator == "auto" and _cluster_has_gpu())
    handles = {}
    absent = {entry.name for entry in offered.engines if not entry.available}
    for name, model in MODELS.items():
        if name in absent:  # no process waits for weights that are not here
            continue
        share = args.gpu_shares.get(name, model.num_gpus) if gpu else 0.0
        count, batch = args.num_replicas.get(name, 1), model.batch if share else 1
        placement = Placement(model.num_cpus, share, count, args.batches.get(name, batch))
        handles[name] = deploy(name, model.path, placement, remembers=model.remembers)
    runner = _replicated(Runner, args).bind(settings, partial(flows, offered), handles, Oblivion)
    return _replicated(Ingress, args).bind(settings, runner, offered)


def _replicated(deployment: Any, args: Args) -> Deployment:
    """mypy takes a deployment for the class that it was made of."""
    made: Deployment = deployment.options(num_replicas=args.num_replicas.get(deployment.name, 1))
    return made


def _cluster_has_gpu() -> bool:
    import ray

    resources: Any = ray.cluster_resources
    return ray.is_initialized() and resources().get("GPU", 0) > 0


def flows(offered: Catalogue, handles: Mapping[str, DeploymentHandle[Any]]) -> dict[str, Flow]:
    """The flows by the kind of job that each does."""
    from deployments.serving import Handles

    models = Handles(handles)
    return {"tryon": TryOn(models, offered.engines, offered.parsers), "anime": Anime(models)}


# In process


class Studio:
    """Both flows and the single models in this process, without Ray.

    A model is loaded when it is first needed and kept; what the preprocessing models found out is
    kept by the pictures' content. May be called from any thread.
    """

    def __init__(
        self,
        store: Store | None = None,
        device: str = "cpu",
        models: Mapping[str, Model] = MODELS,
    ) -> None:
        from deployments.in_process import InProcess

        self._store = store = store or Store.from_environment()
        paths = {name: model.path for name, model in models.items()}
        remembering = frozenset(name for name, model in models.items() if model.remembers)
        self._models = InProcess(paths, store, device, remembering)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="studio", daemon=True).start()

    def tryon(self, person: Image, garment: Image, **parameters: Any) -> Outcome:
        """The person in the garment. `parameters` are those of `TryOnParameters`."""
        pictures = {"person": _sealed(person), "garment": _sealed(garment)}
        flow = TryOn(self._models, engines(self._store), parsers(self._store))
        return self._run(flow(pictures, parameters, _silent))

    def anime(self, image: Image, style: str = "cel", **parameters: Any) -> Outcome:
        """The photo as an avatar. `parameters` are the others of `AnimeParameters`."""
        wanted = {"style": style, **parameters}
        return self._run(Anime(self._models)({"image": _sealed(image)}, wanted, _silent))

    def pose(self, image: Image) -> Pose:
        """The person's key points."""
        return self._run(self._pose(image))

    def parsing(self, image: Image, pose: Pose | None = None) -> ParseMap:
        """The person's labels; `pose` where it is known from another picture."""
        parse: ParseMap = self._run(self._with_pose("parsing", image, pose))
        return parse

    def person_mask(self, image: Image) -> CutOut:
        """The person's mask, and the method that made it."""
        cut: CutOut = self._run(self._with_pose("person_mask", image))
        return cut

    def garment_mask(self, image: Image) -> CutOut:
        """The garment's mask, and the method that made it."""
        cut: CutOut = self._run(self._call("garment_mask", image))
        return cut

    def garment_shape(self, image: Image, category: str = "auto") -> GarmentShape:
        """What the garment's outline says of it."""
        mask = self.garment_mask(image).mask
        shape: GarmentShape = self._run(self._call("garment_shape", image, mask, category))
        return shape

    async def _pose(self, image: Image) -> Pose:
        pose: Pose = (await self._call("pose", image)).pose
        return pose

    async def _with_pose(self, name: str, image: Image, pose: Pose | None = None) -> Any:
        return await self._call(name, image, await self._pose(image) if pose is None else pose)

    async def _call(self, name: str, *arguments: Any) -> Any:
        return await self._models.result(self._models.start(name, *map(_sealed, arguments)))

    def _run(self, work: Coroutine[Any, Any, _Answer]) -> _Answer:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _sealed(array: _Answer) -> _Answer:
    """A view that cannot be written to, as arrays arrive in a cluster; the caller's own can."""
    view: Any = array.view() if hasattr(array, "view") else array
    if hasattr(view, "setflags"):
        view.setflags(write=False)
    sealed: _Answer = view
    return sealed


async def _silent(stage: str, progress: float) -> None:
    """Nobody watches."""
