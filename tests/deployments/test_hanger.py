"""Hangers in outlines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.hanger import without_hanger
from deployments.types import Image

CLOTH, WALL, BAR = (150, 30, 60), (205, 200, 190), (25, 25, 25)


def _hung(*, colour: tuple[int, int, int] = BAR) -> tuple[Image, NDArray[np.uint8]]:
    """A top on a hanger before a wall, and an outline that takes in all between them."""
    picture = np.full((480, 360, 3), WALL, np.uint8)
    body = np.array(
        [(70, 130), (140, 110), (180, 190), (220, 110), (290, 130), (280, 430), (80, 430)]
    )
    cv2.fillPoly(picture, [body], CLOTH)
    cv2.polylines(picture, [np.array([(140, 112), (180, 92), (220, 112)])], False, colour, 6)
    solid = np.zeros((480, 360), np.uint8)
    cv2.fillPoly(solid, [body], 1)
    cv2.fillPoly(solid, [np.array([(136, 114), (180, 88), (224, 114), (180, 200)])], 1)
    return picture, solid


@pytest.mark.parametrize("colour", [BAR, CLOTH])
def test_wall_and_bar_above_a_neckline_go(colour: tuple[int, int, int]) -> None:
    picture, solid = _hung(colour=colour)
    left = without_hanger(solid, picture)
    assert left[130:160, 176:185].mean() < 0.1
    assert left[88:104, 170:190].mean() < 0.1
    cloth = cv2.erode((picture == CLOTH).all(axis=-1).astype(np.uint8), np.ones((9, 9), np.uint8))
    cloth[:118] = 0
    assert left[cloth > 0].mean() > 0.99


def test_bars_beside_the_shoulders_go() -> None:
    picture, solid = _hung()
    for bar in (((40, 150), (75, 135)), ((320, 150), (285, 135))):
        cv2.line(picture, *bar, BAR, 6)
        cv2.line(solid, *bar, (1,), 6)
    left = without_hanger(solid, picture)
    assert left[140:152, 44:58].mean() < 0.2
    assert left[140:152, 302:316].mean() < 0.2


def test_a_garment_without_one_stays() -> None:
    picture, _ = _hung(colour=WALL)
    solid = np.asarray((picture == CLOTH).all(axis=-1), np.uint8)
    assert np.array_equal(without_hanger(solid, picture), solid)
    yoke = picture.copy()
    yoke[110:190][solid[110:190] > 0] = WALL
    assert np.array_equal(without_hanger(solid, yoke), solid)
    assert without_hanger(np.zeros_like(solid), picture).sum() == 0


def test_a_tag_in_the_neckline_stays() -> None:
    picture, _ = _hung(colour=WALL)
    solid = np.asarray((picture == CLOTH).all(axis=-1), np.uint8)
    cv2.fillPoly(solid, [np.array([(140, 110), (220, 110), (180, 192)])], 1)
    picture[110:192][solid[110:192] > 0] = CLOTH
    picture[130:175, 170:190] = WALL
    assert np.array_equal(without_hanger(solid, picture), solid)
