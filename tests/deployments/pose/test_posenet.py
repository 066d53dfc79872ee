from __future__ import annotations

import numpy as np
import pytest

from deployments.pose import PoseEstimator, PoseNet
from deployments.pose.posenet import STRIDE, TREE, walk
from deployments.types import Image, Joint, PersonNotFound
from weights.errors import WeightsError
from weights.store import Store

SHAPE = (20, 16)


def body() -> np.ndarray:
    """17×2, row and column in px: somebody drawn for the maps below."""
    rng = np.random.default_rng(1)
    return rng.uniform((40, 40), ((SHAPE[0] - 4) * STRIDE, (SHAPE[1] - 4) * STRIDE), (17, 2))


def maps_of(places: np.ndarray) -> dict[str, np.ndarray]:
    """What a perfect network would say of these places."""
    grid = np.stack(np.meshgrid(*[np.arange(side) for side in SHAPE], indexing="ij"), -1) * STRIDE
    to_place = places - grid[:, :, None, :]
    near = np.linalg.norm(to_place, axis=-1) < 1.2 * STRIDE
    parents, children = np.array(TREE).T
    forward, backward = places[children] - places[parents], places[parents] - places[children]
    flat = np.ones((*SHAPE, 1))
    return {
        "heatmaps": np.where(near, 6.0, -6.0).astype(np.float32),
        "short_offsets": np.concatenate([to_place[..., 0], to_place[..., 1]], -1),
        "displacement_fwd": flat * np.concatenate([forward[:, 0], forward[:, 1]]),
        "displacement_bwd": flat * np.concatenate([backward[:, 0], backward[:, 1]]),
    }


@pytest.mark.parametrize("root", [0, 5, 16])
def test_the_tree_is_walked_from_any_joint(root: int) -> None:
    places = body()
    maps = maps_of(places)
    cell = tuple((places[root] / STRIDE).round().astype(int))
    points, scores = walk(maps, 1 / (1 + np.exp(-maps["heatmaps"])), root, (cell[0], cell[1]))
    assert np.allclose(points, places[:, ::-1], atol=0.01)
    assert (scores > 0.9).all()


@pytest.fixture(scope="module")
def posenet(store: Store) -> PoseNet:
    try:
        store.fetch(["bodypix"])
    except WeightsError as error:
        pytest.skip(f"needs the weights: fitting-room weights fetch bodypix ({error.message})")
    return PoseNet(store)


def test_both_engines_see_the_same_person(
    posenet: PoseNet, store: Store, person_photo: Image
) -> None:
    one, other = posenet(person_photo), PoseEstimator(store)(person_photo)
    shoulders = abs(other[Joint.LEFT_SHOULDER, 0] - other[Joint.RIGHT_SHOULDER, 0])
    seen = (one[:, 2] > 0.5) & (other[:, 2] > 0.5)
    assert seen[[Joint.NOSE, Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]].all()
    assert np.median(np.linalg.norm(one - other, axis=1)[seen]) < 0.2 * shoulders


def test_nobody_in_an_empty_room(posenet: PoseNet) -> None:
    with pytest.raises(PersonNotFound):
        posenet(np.full((300, 200, 3), 180, np.uint8))
