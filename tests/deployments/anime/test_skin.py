from __future__ import annotations

import cv2
import numpy as np
import pytest

from deployments.anime.plane import Plane
from deployments.anime.skin import find_features, find_skin
from deployments.types import Image
from tests.deployments.anime.pictures import drawn_face, eyes, plain


def lab_of(image: Image) -> Plane:
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


@pytest.mark.parametrize(
    "tone", [(245, 214, 196), (226, 180, 154), (198, 145, 112), (141, 92, 66), (92, 58, 42)]
)
def test_skin_of_every_depth_is_found(tone: tuple[int, int, int]) -> None:
    assert find_skin(lab_of(plain(120, 90, tone))).min() > 0.6


@pytest.mark.parametrize(
    "colour",
    [(255, 255, 255), (128, 128, 128), (10, 10, 10), (40, 90, 170), (60, 140, 60), (230, 90, 20)],
)
def test_other_colours_are_not_skin(colour: tuple[int, int, int]) -> None:
    assert find_skin(lab_of(plain(120, 90, colour))).max() < 0.2


def test_the_grain_of_hair_is_not_skin() -> None:
    rows = np.random.default_rng(5).uniform(0.4, 1.0, (1, 200, 1))
    hair = np.broadcast_to(np.array([180, 130, 90]) * rows, (240, 200, 3))
    assert find_skin(lab_of(hair.astype(np.uint8))).mean() < 0.3


def test_eyes_are_features_and_the_cheek_is_not() -> None:
    lab = lab_of(drawn_face(1024, 768))
    skin = find_skin(lab)
    features = find_features(lab, skin)
    for x, y in eyes(1024, 768):
        assert features[y, x] > 0.7
        assert skin[y, x] > 0.7
        assert features[y + 90, x] < 0.1


def test_lips_are_features_where_they_are_red_and_not_dark() -> None:
    face = np.full((400, 300, 3), (226, 180, 154), np.uint8)
    face[200:225, 120:180] = (224, 150, 148)
    lab = lab_of(face)
    features = find_features(lab, find_skin(lab))
    assert features[212, 150] > 0.6
    assert features[300, 150] < 0.05
