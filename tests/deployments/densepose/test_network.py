"""DensePose R-CNN: the names of the published checkpoint, and a picture that goes through.

The whole of it was compared with detectron2's own modules on random weights (numbers in the
documentation); what stays here are the names, the shapes and the parts with a slow twin.
"""

from __future__ import annotations

import hashlib
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")

from deployments.densepose import DensePose  # noqa: E402
from deployments.densepose.checkpoint import load_strictly  # noqa: E402
from deployments.densepose.estimator import FILE, MODEL, Estimator, box_of  # noqa: E402
from deployments.densepose.network import Charts, DensePoseNetwork, parts_of  # noqa: E402
from deployments.densepose.proposals import anchors_of, clipped, moved  # noqa: E402
from deployments.types import frozen  # noqa: E402
from tests.deployments.poses import standing  # noqa: E402
from weights.errors import WeightsCorrupt  # noqa: E402
from weights.store import Store  # noqa: E402

NAMES = 335
SHAPES = "2fcfca3867838fc7c429c408a164be27278ac4753e31292dacaf0a5a89d14f7d"
"""SHA-256 of detectron2's own names and shapes, sorted, one a line."""


@pytest.fixture(scope="module")
def network() -> Any:
    torch.manual_seed(0)
    return DensePoseNetwork().eval()


def test_names_and_shapes_are_those_of_detectron2(network: Any) -> None:
    state = network.state_dict()
    lines = sorted(f"{name} {tuple(tensor.shape)}\n" for name, tensor in state.items())
    assert len(lines) == NAMES
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == SHAPES


def test_anchors_lie_round_the_corners_of_cells() -> None:
    anchors = anchors_of(2, 3, 16, 64).reshape(2, 3, 3, 4)
    for row, column, number in np.ndindex(2, 3, 3):
        ratio = (0.5, 1.0, 2.0)[number]
        wide = math.sqrt(64 * 64 / ratio)
        high = wide * ratio
        x, y = 16 * column, 16 * row
        wanted = [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2]
        assert np.allclose(anchors[row, column, number], wanted, atol=1e-4)


def test_boxes_move_by_their_deltas() -> None:
    box, delta = torch.tensor([[10.0, 20, 30, 60]]), torch.tensor([[1.0, -0.5, math.log(2), 99.0]])
    left, top, right, bottom = moved(box, delta)[0].tolist()
    assert (left + right) / 2 == pytest.approx(40)
    assert right - left == pytest.approx(40)
    assert (top + bottom) / 2 == pytest.approx(20)
    assert bottom - top == pytest.approx(40 * 1000 / 16)  # growth has a limit
    assert clipped(moved(box, delta), 50, 45)[0].tolist() == pytest.approx([20, 0, 45, 50])


def test_parts_are_where_the_body_is() -> None:
    coarse, fine = torch.zeros(1, 2, 8, 8), torch.zeros(1, 25, 8, 8)
    coarse[0, 1, :, 4:] = 1
    fine[0, 7] = 1
    parts = parts_of(Charts(coarse, fine), 16, 8)
    assert parts.shape == (16, 8)
    assert parts[:, :3].max() == 0
    assert parts[:, 5:].min() == 7


def checkpoint(path: Path, network: Any, **more: Any) -> Path:
    model = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    model |= {"pixel_mean": np.zeros((3, 1, 1), np.float32)} | more
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps({"model": model, "__author__": "somebody"}))
    return path


class Harm:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("/tmp/harm-was-done"),))  # noqa: S108 - it must not come to that


def test_a_checkpoint_loads_by_its_names_or_is_refused(network: Any, tmp_path: Path) -> None:
    small = torch.nn.Linear(3, 2)
    good = checkpoint(tmp_path / "good.pkl", small)
    loaded = load_strictly(torch.nn.Linear(3, 2), good)
    assert torch.equal(loaded.weight, small.weight)
    with pytest.raises(WeightsCorrupt, match=r"backbone.*is missing"):
        load_strictly(network, good)
    extra = checkpoint(tmp_path / "extra.pkl", small, more=np.zeros(3))
    with pytest.raises(WeightsCorrupt, match="more is not known"):
        load_strictly(torch.nn.Linear(3, 2), extra)
    with pytest.raises(WeightsCorrupt, match=r"weight has the shape \(2, 3\) instead of \(2, 4\)"):
        load_strictly(torch.nn.Linear(4, 2), good)


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps({"model": {"weight": Harm()}}),
        pickle.dumps(Harm()),
        pickle.dumps({"weights": 1}),
        pickle.dumps({"model": {"weight": "text"}}),
        b"no pickle",
        b"",
    ],
)
def test_a_pickle_may_make_arrays_and_nothing_else(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "wrong.pkl"
    path.write_bytes(content)
    with pytest.raises(WeightsCorrupt):
        load_strictly(torch.nn.Linear(3, 2), path)
    assert not Path("/tmp/harm-was-done").exists()  # noqa: S108


@pytest.mark.slow  # a network of 60 million parameters at its own size
def test_a_photo_goes_through_the_network(
    network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random weights know nobody; what is tested is the way, from the photo to its own size."""
    monkeypatch.setattr("deployments.densepose.estimator.SHORTER", 96)
    monkeypatch.setattr("deployments.densepose.proposals.MOST", 10)
    checkpoint(tmp_path / MODEL / FILE, network)
    model = DensePose(Store(tmp_path, licences="any"))
    person = frozen(np.random.default_rng(0).integers(0, 255, (400, 300, 3)).astype(np.uint8))
    found = model(person, standing(), frozen(np.zeros((400, 300), np.uint8)))
    assert found.method == "densepose"
    assert found.parts.shape == (400, 300)
    assert found.parts.max() <= 24
    values, scale = Estimator.preprocess(model._estimator, person)  # type: ignore[arg-type]
    assert values.shape == (1, 3, 128, 96)
    assert scale == pytest.approx(0.32)
    assert values[0, 0, 0, 0] == pytest.approx(person[:4, :4, 2].mean() - 103.53, abs=40)


def test_the_box_of_a_pose_has_room_and_stays_in_the_picture() -> None:
    left, top, right, bottom = box_of(standing(), (400, 300))
    assert (left, top, right, bottom) == pytest.approx((27.2, 19.2, 272.8, 400))
    assert box_of(np.zeros((25, 3), np.float32), (400, 300)).tolist() == [0, 0, 300, 400]
