"""Graphonomy: the published names, and its graph beside a re-statement node by node.

The whole network equals the authors' own code bit for bit on random weights; that code is not
part of this project.
"""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.parsers.graphonomy_graphs import (
    CIHP_NEIGHBOURS,
    PASCAL_NEIGHBOURS,
    SIMILARITY,
    adjacency,
)
from deployments.types import Label, frozen
from tests.deployments.poses import standing
from weights.errors import WeightsCorrupt
from weights.store import Store

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")

from deployments.parsers import Parsers  # noqa: E402
from deployments.parsers.graphonomy import FILE, MIRRORED, MODEL, load, preprocess  # noqa: E402
from deployments.parsers.graphonomy_network import Graphonomy  # noqa: E402

SHAPES = "e762aaf19971d2449ac6252f991f661d3d0d1811ace18efbc3b52e0ce96c7dfe"
"""SHA-256 of the published names and shapes, sorted, one a line."""


@pytest.fixture(scope="module")
def network() -> Any:
    """Random weights, small enough that nothing grows beyond bounds."""
    torch.manual_seed(0)
    made = Graphonomy().eval()
    with torch.no_grad():
        for name, value in made.named_parameters():
            if "graph" in name:
                value.normal_(0, 0.1)
            if "rep" in name and name.endswith("pointwise_bn.weight"):
                value.fill_(0.2)
    return made


def test_names_and_shapes_are_the_published_ones(network: Any) -> None:
    lines = sorted(f"{name} {tuple(one.shape)}\n" for name, one in network.state_dict().items())
    assert len(lines) == 896
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == SHAPES


def test_names_and_shapes_are_those_of_the_list(network: Any, shared: Path) -> None:
    listed = {}
    for line in (shared / "facts/keys/graphonomy_cihp_inference.txt").read_text().splitlines():
        name, rest = line.split(" ", 1)
        listed[name] = ast.literal_eval(rest.rsplit(" ", 1)[0])
    assert {name: tuple(one.shape) for name, one in network.state_dict().items()} == listed


def test_neighbours_are_normalised_on_both_sides() -> None:
    for neighbours, size in ((CIHP_NEIGHBOURS, 20), (PASCAL_NEIGHBOURS, 7)):
        found = adjacency(neighbours)
        assert found.shape == (size, size)
        assert np.allclose(found, found.T)
    cihp = adjacency(CIHP_NEIGHBOURS)
    assert cihp[0].tolist() == [1, *[0] * 19]
    # The hat touches hair and face; with itself that is three, as for sunglasses and face two.
    face = 1 + sum(13 in row for row in CIHP_NEIGHBOURS) + len(CIHP_NEIGHBOURS[13])
    assert cihp[1, 13] == pytest.approx(1 / np.sqrt(3 * face))
    assert cihp[4, 13] == pytest.approx(1 / np.sqrt(2 * face))
    # PASCAL's parts are listed as their own neighbours, and get themselves once more.
    assert adjacency(PASCAL_NEIGHBOURS)[0, 0] == 1
    assert SIMILARITY.shape == (7, 20)
    assert SIMILARITY[0, 0] == 1


def softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(values - values.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def literal_graph(
    planes: NDArray[np.float64], weights: dict[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """The target's nodes after three rounds, of pixels N×256."""

    def to_nodes(side: str) -> NDArray[np.float64]:
        name = f"{side}_featuremap_2_graph"
        share = softmax(planes @ weights[f"{name}.pre_fea"])
        return np.maximum(share.T @ (planes @ weights[f"{name}.weight"]), 0)

    source, target = to_nodes("source"), to_nodes("target")
    likeness = softmax(np.maximum(SIMILARITY.T.astype(np.float64), 0))
    for number in (1, 2, 3):
        kernel = weights[f"source_graph_conv{min(number, 2)}.weight"]
        source = np.maximum(adjacency(PASCAL_NEIGHBOURS) @ (source @ kernel), 0)
        moved = np.maximum(likeness @ (source @ weights["transpose_graph.weight"]), 0)
        looked = np.zeros_like(target)
        for node in range(20):
            cosines = np.array([
                target[node] @ other / (np.linalg.norm(target[node]) * np.linalg.norm(other))
                for other in source
            ])  # fmt: skip
            looked[node] = softmax(cosines) @ source
        joined = np.concatenate((target, looked, moved), 1) @ weights["fc_graph.weight"]
        kernel = weights[f"target_graph_conv{number}.weight"]
        target = np.maximum(adjacency(CIHP_NEIGHBOURS) @ (np.maximum(joined, 0) @ kernel), 0)
    return target


def test_the_graph_is_the_literal_one(network: Any) -> None:
    planes = torch.rand(1, 256, 4, 5, generator=torch.Generator().manual_seed(2)) * 0.3
    weights = {
        name: one.double().numpy() for name, one in network.state_dict().items() if "graph" in name
    }
    pixels = planes[0].flatten(1).T.double().numpy()
    with torch.no_grad():
        nodes = network._reasoned(planes)
        back = network.target_graph_2_fea(nodes, planes)[0].flatten(1).T.numpy()
    wanted = literal_graph(pixels, weights)
    assert np.abs(wanted).max() > 1e-4
    assert np.allclose(nodes[0].numpy(), wanted, atol=1e-5)
    score = pixels @ weights["target_graph_2_fea.node_fea_for_res"]
    score = score + (wanted @ weights["target_graph_2_fea.node_fea_for_hidden"]).T
    laid = np.maximum(softmax(score) @ (wanted @ weights["target_graph_2_fea.weight"]), 0)
    assert np.allclose(back, laid, atol=1e-5)


def test_a_picture_goes_in_blue_first_and_mirrored() -> None:
    crop = np.zeros((8, 6, 3), np.uint8)
    crop[:, :3] = (255, 0, 51)
    both = preprocess(crop, 1.0)
    assert both.shape == (2, 3, 8, 6)
    assert both[0, :, 0, 0].tolist() == pytest.approx([-0.6, -1, 1])
    assert torch.equal(both[1], both[0].flip(-1))
    assert preprocess(crop, 0.5).shape == (2, 3, 4, 3)
    assert MIRRORED[Label.LEFT_ARM] == Label.RIGHT_ARM
    assert [MIRRORED[one] for one in MIRRORED] == list(range(20))


def test_a_checkpoint_loads_by_its_names(network: Any, tmp_path: Path) -> None:
    state = {f"module.{name}": one for name, one in network.state_dict().items()}
    path = tmp_path / "inference.pth"
    torch.save(state, path)
    loaded = load(path)
    assert torch.equal(loaded.semantic.weight, network.semantic.weight)
    del state["module.fc_graph.weight"]
    torch.save(state, path)
    with pytest.raises(WeightsCorrupt, match=r"fc_graph\.weight"):
        load(path)


@pytest.mark.slow  # a network of 41 million parameters is made, written and read
def test_a_photo_is_parsed(network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployments.parsers.graphonomy.SIZE", (64, 48))
    (tmp_path / MODEL).mkdir()
    torch.save(network.state_dict(), tmp_path / MODEL / FILE)
    photo = np.random.default_rng(0).integers(0, 255, (400, 300, 3)).astype(np.uint8)
    labels = Parsers(Store(tmp_path, licences="any"))(frozen(photo), standing(), "graphonomy")
    assert labels.shape == (400, 300)
    assert labels.dtype == np.uint8
    assert labels.max() < 20
