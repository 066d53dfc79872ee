from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from deployments.matting import SIZE, Matting
from deployments.resized_graph import resized_graph
from deployments.runtime import session
from deployments.types import Image, frozen
from weights.errors import WeightsMissing
from weights.store import Store


def disc(side: int) -> tuple[Image, np.ndarray]:
    """A red disc on a blue ground with a little noise, and where it is."""
    rng = np.random.default_rng(5)
    truth = np.zeros((side, side * 3 // 4), np.uint8)
    cv2.circle(truth, (side * 3 // 8, side // 2), side // 4, 1, -1)
    picture = np.where(truth[..., None] > 0, (200, 60, 50), (70, 90, 160))
    return frozen((picture + rng.integers(-6, 6, picture.shape)).astype(np.uint8)), truth > 0


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


@pytest.fixture(scope="module")
def matting(store: Store) -> Matting:
    return Matting(store, idle_seconds=0)


def test_a_thing_on_a_plain_ground(matting: Matting) -> None:
    picture, truth = disc(400)
    alpha = matting(picture)
    assert alpha.shape == truth.shape
    assert alpha.dtype == np.uint8
    assert overlap(alpha > 127, truth) > 0.97


def test_a_person_fills_the_middle_and_the_ground_is_left_out(
    matting: Matting, person_photo: Image
) -> None:
    alpha = matting(person_photo)
    height, width = alpha.shape
    assert alpha[height // 3 : height // 2, width // 2 - 20 : width // 2 + 20].mean() > 200
    assert alpha[: height // 20, : width // 20].mean() < 20
    assert 0.08 < (alpha > 127).mean() < 0.8


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 2)])
def test_odd_pictures_do_no_harm(matting: Matting, size: tuple[int, int]) -> None:
    alpha = matting(np.full((*size, 3), 120, np.uint8))
    assert alpha.shape == size


def test_the_network_is_dropped_when_it_rests(store: Store) -> None:
    resting = Matting(store, idle_seconds=0.05)
    values = np.zeros((1, 3, SIZE, SIZE), np.float32)
    first = resting.infer(values)
    assert resting.is_loaded()
    deadline = time.monotonic() + 60
    while resting.is_loaded() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not resting.is_loaded()
    assert np.allclose(resting.infer(values), first, atol=1e-3)
    resting.release()
    assert not resting.is_loaded()


def test_without_weights_the_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"isnet\.onnx") as caught:
        Matting(Store(tmp_path))
    assert caught.value.hint == "fitting-room weights fetch isnet"


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """A graph for 128 px that halves its input, and enlarges it to a size written into it."""
    halves = helper.make_node("MaxPool", ["in"], ["half"], kernel_shape=[2, 2], strides=[2, 2])
    sizes = helper.make_tensor("sizes", TensorProto.INT64, [2], [128, 128])
    constant = helper.make_node("Constant", [], ["height_width"], value=sizes)
    start = helper.make_tensor("start", TensorProto.INT64, [2], [1, 1])
    front = helper.make_node("Constant", [], ["batch_channels"], value=start)
    joined = helper.make_node("Concat", ["batch_channels", "height_width"], ["shape"], axis=0)
    enlarged = helper.make_node("Resize", ["half", "", "", "shape"], ["out"], mode="linear")
    image = helper.make_tensor_value_info("in", TensorProto.FLOAT, [1, 1, 128, 128])
    half = helper.make_tensor_value_info("half", TensorProto.FLOAT, [1, 1, 64, 64])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 1, 128, 128])
    nodes = [halves, constant, front, joined, enlarged]
    graph = helper.make_graph(nodes, "tiny", [image], [out, half], value_info=[])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.save(model, str(tmp_path / "tiny.onnx"))
    return tmp_path / "tiny.onnx"


def test_a_graph_is_made_over_for_another_size(exported: Path) -> None:
    with resized_graph(exported, 128, 64) as path:
        network = session(path)
    assert not path.exists()
    assert [output.name for output in network.get_outputs()] == ["out"]
    picture = np.full((1, 1, 64, 64), 0.5, np.float32)
    assert np.allclose(network.run(None, {"in": picture})[0], picture)


def test_sizes_that_would_not_fit_are_refused(exported: Path) -> None:
    with pytest.raises(ValueError, match="64"), resized_graph(exported, 128, 100):
        pass
