"""Deployments of plain models, in Ray Serve's local testing mode."""

from __future__ import annotations

import asyncio
import pickle
from pathlib import Path
from typing import Any

import pytest
from ray import serve
from ray.exceptions import RayTaskError
from ray.serve.exceptions import BackPressureError
from ray.serve.handle import DeploymentHandle

from deployments.brightness import brightened
from deployments.memory import digest
from deployments.serving import Oblivion, Placement, Served, deploy, original
from deployments.types import ModelError, PersonNotFound
from tests.fakes import Fake, FakeBatch, FakeParsing, FakePose, picture
from weights.errors import WeightsMissing


@pytest.fixture(autouse=True)
def weights_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITTING_ROOM_WEIGHTS_DIR", str(tmp_path))


@pytest.fixture
def handle() -> DeploymentHandle[Any]:
    FakePose.calls = 0
    application = deploy("pose", "tests.fakes:FakePose", Placement(0.1))
    return serve.run(application, name="pose", _local_testing_mode=True)


def test_a_deployment_answers_and_remembers(handle: DeploymentHandle[Any]) -> None:
    answers = [handle.remote(picture_of(9)).result() for _ in range(2)]
    assert [answer.pose[3, 1] for answer in answers] == [9.0, 9.0]
    assert FakePose.calls == 1
    assert not answers[0].pose.flags.writeable


def test_a_deployment_forgets(handle: DeploymentHandle[Any]) -> None:
    pose = handle.remote(picture_of(9)).result().pose
    forgotten = handle.forget.remote([digest(picture(9)), digest(picture(8))]).result()
    assert forgotten == {digest(pose)}
    handle.remote(picture_of(9)).result()
    assert FakePose.calls == 2


async def test_what_was_made_from_a_picture_is_forgotten_by_every_model() -> None:
    paths = {"pose": "FakePose", "parsing": "FakeParsing", "drape": "FakeGenerator"}
    handles = {
        name: serve.run(
            deploy(name, f"tests.fakes:{path}", Placement(0.1), remembers=name != "drape"),
            name=name,
            _local_testing_mode=True,
        )
        for name, path in paths.items()
    }
    pose = (await handles["pose"].remote(picture_of(9))).pose
    await handles["parsing"].remote(picture_of(7), pose)
    forget = Oblivion(handles)
    FakePose.calls = FakeParsing.calls = 0
    assert await forget([picture(8)]) == 1
    assert await forget([picture(9)]) == 3, "the picture, its pose, and the map by that pose"
    await handles["pose"].remote(_Bright(8))
    FakePose.calls = 0
    await forget([picture(8)])
    await handles["pose"].remote(_Bright(8))
    assert FakePose.calls == 1, "what was found in the brightened picture is gone with the picture"
    FakePose.calls = 0
    await handles["parsing"].remote(picture_of(7), pose)
    await handles["pose"].remote(picture_of(9))
    assert (FakePose.calls, FakeParsing.calls) == (1, 1)


def picture_of(value: int) -> Any:
    return _Sealed(value)


class _Sealed:
    """Becomes a read-only picture on the other side, as it would between processes."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __reduce__(self) -> Any:
        return picture, (self.value,)


class _Bright(_Sealed):
    """The same, brightened."""

    def __reduce__(self) -> Any:
        return _brightened, (self.value,)


def _brightened(value: int) -> Any:
    return brightened(picture(value))


def test_a_placement_asks_for_its_shares_only() -> None:
    on_cpu, on_gpu = (
        _deployment(Placement(0.1)),
        _deployment(Placement(0.1, 0.25, 2)),
    )
    assert on_cpu.ray_actor_options["num_gpus"] == 0.0
    assert on_gpu.ray_actor_options["num_gpus"] == 0.25
    assert {made.ray_actor_options["num_cpus"] for made in (on_cpu, on_gpu)} == {0.1}
    assert [made.init_args[1] for made in (on_cpu, on_gpu)] == ["cpu", "cuda:0"]
    assert on_gpu.num_replicas == 2
    assert on_cpu.max_ongoing_requests == 3


def _deployment(placement: Placement) -> Any:
    return deploy("pose", "tests.fakes:FakePose", placement)._bound_deployment


@pytest.mark.parametrize(
    "error",
    [PersonNotFound("nobody", "look again"), WeightsMissing("gone", "fetch"), ValueError(1)],
)
def test_errors_arrive_as_themselves(error: Exception) -> None:
    """Ray brings an error as the text of its traceback and the error itself, pickled."""
    carried = pickle.loads(pickle.dumps(error))  # noqa: S301
    found = original(_wrapped(carried).as_instanceof_cause())
    assert type(found) is type(error)
    assert found.args == error.args
    if isinstance(found, ModelError):
        assert (found.message, found.hint) == ("nobody", "look again")


def test_a_cluster_fault_stays_what_it_is() -> None:
    full = BackPressureError(num_queued_requests=3, max_queued_requests=2)
    assert original(full) is full
    assert isinstance(original(_wrapped(KeyError("x"))), KeyError)


def _wrapped(error: Exception) -> Any:
    wrap: Any = RayTaskError
    return wrap("call", "traceback", error, proctitle="", pid=1, ip="")


async def test_a_replica_without_its_weights_says_so_until_they_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def without(*_given: object) -> None:
        raise WeightsMissing("gone", "fitting-room weights fetch")

    monkeypatch.setattr(FakePose, "__init__", without)
    served = Served("tests.fakes:FakePose", "cpu", 0.0, remembers=True)
    with pytest.raises(WeightsMissing):
        await served(picture(1))
    served.check_health()
    monkeypatch.setattr(FakePose, "__init__", Fake.__init__)
    assert (await served(picture(1))).pose[0, 0] == 1


async def test_calls_that_come_together_are_answered_by_one_pass() -> None:
    FakeBatch.passes = []
    served = Served("tests.fakes:FakeBatch", "cpu", 0.0, remembers=False, batch=4)
    calls = [served(picture(value)) for value in (9, 0, 8)]
    first, second, third = await asyncio.gather(*calls, return_exceptions=True)
    assert FakeBatch.passes == [3]
    assert (first, third) == (9, 8)
    assert isinstance(second, PersonNotFound)
    assert await served.forget([digest(picture(9))]) == frozenset()


def test_a_replica_takes_two_batches_at_once() -> None:
    made = deploy("drape", "tests.fakes:FakeBatch", Placement(0.1, 0.3, batch=4), remembers=False)
    assert made._bound_deployment.max_ongoing_requests == 8
    with pytest.raises(ValueError, match="one by one"):
        deploy("pose", "tests.fakes:FakePose", Placement(0.1, batch=4))


async def test_a_broken_gpu_makes_the_replica_unhealthy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_self: FakePose, _image: object) -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(FakePose, "__call__", broken)
    served = Served("tests.fakes:FakePose", "cuda:0", 0.1, remembers=False)
    served.check_health()
    with pytest.raises(RuntimeError):
        await served(picture(1))
    with pytest.raises(RuntimeError, match="illegal memory access"):
        served.check_health()
