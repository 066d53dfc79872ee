"""The flows, in process and over deployments in Ray Serve's local testing mode."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from ray import serve

import graph
from deployments import serving
from deployments.course import Course
from deployments.in_process import InProcess
from deployments.serving import Placement, deploy
from deployments.types import Flow, GarmentNotFound, GarmentWorn, Outcome, PersonNotFound
from serve_app.catalogue import Catalogue, Entry
from serve_app.errors import EngineUnavailable, EngineUnknown, InvalidRequest
from tests import fakes
from tests.fakes import picture
from weights.store import Store

PERSON, GARMENT = 100, 30


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def studio(store: Store) -> graph.Studio:
    for fake in fakes.Fake.__subclasses__():
        fake.calls = 0
    return graph.Studio(store, models=fakes.MODELS)


def test_a_try_on_in_process(studio: graph.Studio) -> None:
    outcome = studio.tryon(picture(PERSON), picture(GARMENT), seed=4)
    assert (outcome.image == GARMENT + 4).all()
    assert not outcome.image.flags.writeable
    assert outcome.engine == fakes.ENGINE
    assert outcome.warnings == ("upper",)
    assert set(outcome.timings) == {"pose", "parsing", "garment_mask", "garment_shape", "drape"}
    assert all(0 <= milliseconds < 10_000 for milliseconds in outcome.timings.values())
    assert outcome.intermediates == {}


def test_what_is_known_is_not_computed_again(studio: graph.Studio) -> None:
    for garment in (1, 2, 1):
        studio.tryon(picture(PERSON), picture(garment))
    kinds = [kind for kind in fakes.Fake.__subclasses__() if kind.__module__ == fakes.__name__]
    calls = {fake.__name__: fake.calls for fake in kinds}
    assert calls == {
        "FakePose": 1,
        "FakeParsing": 1,
        "FakeDensePose": 0,
        "FakeMask": 2,
        "FakeShape": 2,
        "FakeGenerator": 3,
        "FakeAnime": 0,
    }


def test_single_models_know_what_the_flow_found_out(studio: graph.Studio) -> None:
    person, garment = picture(PERSON), picture(GARMENT)
    studio.tryon(person, garment, category="lower")
    calls = {fake: fake.calls for fake in fakes.Fake.__subclasses__()}
    assert studio.garment_shape(garment, "lower").category == "lower"
    pose = studio.pose(person)
    studio.parsing(person)
    assert {fake: fake.calls for fake in fakes.Fake.__subclasses__()} == calls
    assert studio.parsing(picture(0), pose).shape == (40, 30)  # nobody is looked for again


def test_the_category_is_handed_on(studio: graph.Studio) -> None:
    outcome = studio.tryon(picture(PERSON), picture(GARMENT), category="dress")
    assert "dress" in outcome.warnings


@pytest.mark.parametrize(
    ("background", "colour"), [("remove", (255, 255, 255)), ("#0A141e", (10, 20, 30))]
)
def test_another_background(
    studio: graph.Studio, background: str, colour: tuple[int, int, int]
) -> None:
    """The mask of the fake is the whole picture; one that is nothing shows the background."""
    outcome = studio.tryon(picture(PERSON), picture(GARMENT), background=background)
    assert (outcome.image == GARMENT).all()
    assert {"person_mask", "background"} < set(outcome.timings)
    assert graph.ground_of(background) == colour


@pytest.mark.parametrize("background", ["", "blue", "#12345", "e6e6e6"])
def test_no_background(studio: graph.Studio, background: str) -> None:
    with pytest.raises(InvalidRequest):
        studio.tryon(picture(PERSON), picture(GARMENT), background=background)
    assert fakes.FakePose.calls == 0


def test_what_must_be_told_is_told(studio: graph.Studio) -> None:
    outcome = studio.tryon(picture(220), picture(99))
    assert outcome.warnings[0] == "a crowd"
    assert outcome.warnings[1] == "LesserMask: garment by border-flood"


def test_a_garment_that_somebody_wears_is_refused(studio: graph.Studio) -> None:
    with pytest.raises(GarmentWorn):
        studio.tryon(picture(PERSON), picture(77))
    assert studio.tryon(picture(PERSON), picture(0)).confidence == 0.2


def test_no_garment_is_told_from_a_garment_that_is_worn(studio: graph.Studio) -> None:
    with pytest.raises(GarmentWorn):
        studio.tryon(picture(PERSON), picture(66))
    with pytest.raises(GarmentNotFound):
        studio.tryon(picture(PERSON), picture(55))
    studio.tryon(picture(PERSON), picture(GARMENT))


def test_all_pictures_on_the_way(studio: graph.Studio) -> None:
    outcome = studio.tryon(picture(PERSON), picture(GARMENT), debug=True)
    assert list(outcome.intermediates) == ["pose", "parsing", "garment_mask", "warped", "panel"]
    assert all(
        seen.shape == (40, 30, 3) for name, seen in outcome.intermediates.items() if name != "panel"
    )


def test_a_model_s_error_arrives_as_itself(studio: graph.Studio) -> None:
    with pytest.raises(PersonNotFound) as caught:
        studio.tryon(picture(0), picture(GARMENT))
    assert caught.value.hint == "send another photo"
    assert fakes.FakeGenerator.calls == 0
    studio.tryon(picture(PERSON), picture(GARMENT))


def test_single_models(studio: graph.Studio) -> None:
    assert studio.pose(picture(PERSON)).shape == (25, 3)
    assert (studio.parsing(picture(PERSON)) == 5).all()
    assert studio.person_mask(picture(PERSON)).method == "isnet"
    assert studio.garment_mask(picture(99)).method == "border-flood"
    assert (studio.anime(picture(55)).image == 200).all()


def test_the_callers_array_stays_writable(studio: graph.Studio) -> None:
    mine = np.array(picture(PERSON))
    with pytest.raises(AssertionError):  # the fakes take no array that could be written to
        fakes.FakePose(Store(Path()))(mine)
    studio.pose(mine)
    mine[0, 0, 0] = 0


def test_a_model_that_could_not_be_built_is_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = graph.Studio(store, models={"pose": graph.Model("tests.fakes:FakeNothing")})
    with pytest.raises(AttributeError):
        studio.pose(picture(PERSON))
    monkeypatch.setattr(fakes, "FakeNothing", fakes.FakePose, raising=False)
    assert studio.pose(picture(PERSON))[0, 0] == PERSON


# The course of a job


class Slow:
    """Notes how many of it run at once."""

    inside = most = 0

    def __init__(self, store: Store, device: str) -> None:
        pass

    def __call__(self, *_arguments: Any) -> int:
        import time

        Slow.inside += 1
        Slow.most = max(Slow.most, Slow.inside)
        time.sleep(0.05)
        Slow.inside -= 1
        return 1


async def test_what_does_not_depend_on_each_other_runs_at_once(store: Store) -> None:
    told: list[tuple[str, float]] = []

    async def report(stage: str, progress: float) -> None:
        told.append((stage, progress))

    path = f"{__name__}:Slow"
    models = InProcess({"a": path, "b": path, "c": path}, store)
    async with Course(models, report, stages=3) as course:
        first, second = course.start("a"), course.start("b")
        assert await course.start("c", first, second).result() == 1
    assert Slow.most == 2
    assert told == [("a", 0.0), ("b", 0.0), ("c", pytest.approx(2 / 3))]
    # The third stage's clock starts when it has what it needs.
    assert all(50 <= milliseconds < 5000 for milliseconds in course.timings.values())


async def test_a_report_that_fails_ends_the_job(store: Store) -> None:
    async def report(stage: str, progress: float) -> None:
        if stage == "parsing":
            raise KeyError("the job is somebody else's")

    before = fakes.FakeGenerator.calls
    flow = graph.TryOn(InProcess({n: m.path for n, m in fakes.MODELS.items()}, store))
    pictures = {"person": picture(PERSON), "garment": picture(GARMENT)}
    with pytest.raises(KeyError):
        await flow(pictures, {}, report)
    await asyncio.sleep(0.1)
    assert fakes.FakeGenerator.calls == before


# In a cluster


@serve.deployment
class Probe:
    """Runs a flow where its runner would: in a deployment."""

    def __init__(self, flows: Any, handles: Mapping[str, Any]) -> None:
        self._flows: Mapping[str, Flow] = flows(handles)
        self.told: list[str] = []

    async def run(self, kind: str, values: dict[str, int], parameters: dict[str, Any]) -> Outcome:
        async def report(stage: str, progress: float) -> None:
            self.told.append(stage)

        pictures = {name: picture(value) for name, value in values.items()}
        return await self._flows[kind](pictures, parameters, report)


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FITTING_ROOM_WEIGHTS_DIR", str(tmp_path_factory.mktemp("weights")))
        # Arguments are copied by pickling here, and copies can be written to, unlike in a cluster.
        patch.setattr(fakes.Fake, "count", lambda self, *arrays: None)
        handles = {n: deploy(n, m.path, Placement(0.1)) for n, m in fakes.MODELS.items()}
        offered = Catalogue(engines=graph.ENGINES)
        application = Probe.bind(partial(graph.flows, offered), handles)  # type: ignore[attr-defined]
        yield serve.run(application, name="probe", _local_testing_mode=True)


def test_a_try_on_over_deployments(probe: Any) -> None:
    pictures = {"person": PERSON, "garment": GARMENT}
    outcome = probe.run.remote("tryon", pictures, {"seed": 3, "person_id": "anna"}).result()
    assert (outcome.image == GARMENT + 3).all()
    assert len(outcome.timings) == 5


def test_an_avatar_over_deployments(probe: Any) -> None:
    outcome = probe.run.remote("anime", {"image": 55}, {"style": "cel"}).result()
    assert (outcome.image == 200).all()


def test_errors_over_deployments(probe: Any) -> None:
    with pytest.raises(PersonNotFound):
        probe.run.remote("tryon", {"person": 0, "garment": 1}, {}).result()


# What there is


def entry(name: str, available: bool) -> Entry:
    return Entry(name=name, licence="MIT", commercial_use=True, available=available, hint="fetch")


def test_auto_takes_the_best_engine_that_is_available() -> None:
    engines = (entry("best", False), entry("good", True), entry("plain", True))
    assert graph.choose(engines, "auto") == "good"
    assert graph.choose(engines, "plain") == "plain"
    with pytest.raises(EngineUnavailable) as caught:
        graph.choose(engines, "best")
    assert caught.value.hint == "fetch"
    with pytest.raises(EngineUnknown):
        graph.choose(engines, "none")
    with pytest.raises(EngineUnavailable):
        graph.choose(engines[:1], "auto")


@pytest.mark.parametrize("name", graph.MODELS)
def test_every_model_is_where_the_table_says(name: str) -> None:
    module, _, kind = graph.MODELS[name].path.partition(":")
    assert callable(getattr(importlib.import_module(module), kind))


def test_every_engine_is_a_model() -> None:
    assert {engine.name for engine in graph.ENGINES} <= set(graph.MODELS)


def test_the_catalogue(store: Store) -> None:
    offered = graph.catalogue(store)
    styles = {style.name: style for style in offered.styles}
    assert offered.styles[0].name == "cel"
    assert styles["cel"].available
    assert not styles["hayao"].available
    assert "FITTING_ROOM_LICENCES=any" in styles["hayao"].hint
    assert "weights fetch animeganv3-hayao" in styles["hayao"].hint


@pytest.mark.parametrize(
    "wrong",
    [
        {"accelerators": "cpu"},
        {"accelerator": "tpu"},
        {"gpu_shares": {"poze": 0.1}},
        {"gpu_shares": {"pose": -1}},
        {"num_replicas": {"pose": 0}},
        {"batches": {"pose": 4}},
        {"batches": {"hr-viton": 0}},
    ],
)
def test_wrong_arguments_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        graph.Args.model_validate(wrong)
    with pytest.raises(ValidationError):
        graph.app(wrong)  # type: ignore[arg-type]


def _asked(application: Any) -> dict[str, dict[str, Any]]:
    """What each deployment of an application asks of the cluster."""
    found = {application._bound_deployment.name: application._bound_deployment}
    for argument in application._bound_deployment.init_args:
        inner = argument.values() if isinstance(argument, dict) else [argument]
        for one in inner:
            if isinstance(one, serve.Application):
                found |= {one._bound_deployment.name: one._bound_deployment}
                found |= _nested(one)
    return {name: deployment.ray_actor_options for name, deployment in found.items()}


def _nested(application: Any) -> dict[str, Any]:
    tables = [one for one in application._bound_deployment.init_args if isinstance(one, dict)]
    return {name: one._bound_deployment for table in tables for name, one in table.items()}


def test_shares_of_a_gpu_are_asked_for_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FITTING_ROOM_DATA_DIR", str(tmp_path))
    args = graph.Args(gpu_shares={"anime": 0.5})
    without = _asked(graph.app(args))
    monkeypatch.setattr(graph, "_cluster_has_gpu", lambda: True)
    with_gpu = _asked(graph.app(args))
    # Engines whose weights are not here have no deployment: nothing waits for them.
    engines = {entry.name for entry in graph.ENGINES if graph.MODELS[entry.name].weights}
    assert "cp-vton" in engines
    assert set(without) == {*graph.MODELS, "runner", "ingress"} - engines
    assert not any(options.get("num_gpus") for options in without.values())
    assert with_gpu["anime"]["num_gpus"] == 0.5
    assert with_gpu["parsing"]["num_gpus"] == graph.MODELS["parsing"].num_gpus
    assert not with_gpu["pose"]["num_gpus"]
    # Without a number Ray asks for a whole CPU, and two cores would be full with two of them.
    assert all(0 < options["num_cpus"] <= 0.5 for options in with_gpu.values())


@pytest.mark.parametrize(
    ("gpu", "batches", "wanted"),
    [(True, {}, 4), (False, {}, 1), (True, {"hr-viton": 2}, 2), (False, {"hr-viton": 3}, 3)],
)
def test_calls_are_batched_on_a_gpu_or_where_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gpu: bool, batches: Any, wanted: int
) -> None:
    made: dict[str, Placement] = {}
    deployed = serving.deploy

    def noted(name: str, path: str, placement: Placement, **named: Any) -> Any:
        made[name] = placement
        return deployed(name, path, placement, **named)

    every = graph.ENGINES
    found = tuple(entry.model_copy(update={"available": True}) for entry in every)
    monkeypatch.setenv("FITTING_ROOM_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(graph, "engines", lambda _store: found)
    monkeypatch.setattr(graph, "_cluster_has_gpu", lambda: gpu)
    monkeypatch.setattr(serving, "deploy", noted)
    graph.app(graph.Args(batches=batches))
    assert made["hr-viton"].batch == wanted
    assert made["hr-viton"].max_ongoing == max(3, 2 * wanted)
    assert made["cp-vton"].batch == (8 if gpu else 1)
    assert made["parsing"].batch == 1


def test_importing_the_graph_is_light() -> None:
    heavy = ("ray", "cv2", "onnxruntime", "torch", "sqlalchemy", "fastapi")
    program = f"import graph, sys; print([name for name in {heavy!r} if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
