"""Straps found again before a plain ground."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.ground import fit_ground
from deployments.straps import with_straps
from deployments.types import Image

CLOTH, GROUND = (40, 40, 90), (245, 245, 245)


def _camisole() -> tuple[Image, NDArray[np.uint8]]:
    """A bodice on two straps with a pale thread in each, and the shape without the straps."""
    picture = np.full((512, 384, 3), GROUND, np.uint8)
    cv2.rectangle(picture, (100, 180), (284, 480), CLOTH, cv2.FILLED)
    solid = np.asarray(picture[..., 0] < 200, np.uint8)
    for top, root in (((95, 70), (112, 182)), ((289, 70), (272, 182))):
        cv2.line(picture, top, root, CLOTH, 9)
        middle = (top[0] + root[0]) // 2, (top[1] + root[1]) // 2
        cv2.circle(picture, middle, 9, GROUND, cv2.FILLED)
    return picture, solid


def test_a_pair_of_straps_comes_back_whole() -> None:
    picture, solid = _camisole()
    found = with_straps(solid, fit_ground(picture))
    assert cv2.connectedComponents(found)[0] == 2
    rows = np.flatnonzero(found.any(axis=1))
    assert abs(rows[0] - 66) < 6
    for y in (90, 126, 160):  # also where the thread is
        runs = (np.diff(found[y], prepend=0) == 1).sum()
        assert runs == 2, y
    assert (found[solid > 0] == 1).all()


@pytest.mark.parametrize("what", ["hook", "bar", "one"])
def test_what_is_no_pair_stays_away(what: str) -> None:
    picture, solid = _camisole()
    picture[:180] = GROUND
    if what == "hook":
        cv2.line(picture, (192, 60), (192, 182), CLOTH, 7)
    elif what == "bar":
        cv2.rectangle(picture, (60, 150), (324, 168), CLOTH, cv2.FILLED)
    else:
        cv2.line(picture, (95, 70), (112, 182), CLOTH, 9)
    assert np.array_equal(with_straps(solid, fit_ground(picture)), solid)


def test_a_shape_of_nothing_stays_nothing() -> None:
    nothing = np.zeros((64, 48), np.uint8)
    picture = np.full((64, 48, 3), GROUND, np.uint8)
    assert not with_straps(nothing, fit_ground(picture)).any()
