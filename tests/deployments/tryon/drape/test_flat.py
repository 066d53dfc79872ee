"""Rows of the flat garment."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from deployments.tryon.drape.flat import Flat, torso_mask
from deployments.types import GarmentShape, Mask, frozen
from tests.deployments.tryon.drape.mannequin import top


def _slim(waist: float) -> tuple[Mask, GarmentShape]:
    """A dress whose waist, `waist` px from the axis, lies above where its landmark was put."""
    half = [(124, 50), (88, 64), (92, 140), (150 - waist, 190), (84, 260), (60, 360)]
    ring = np.array([*half, *((300 - x, y) for x, y in half[::-1])], np.int32)
    mask = np.zeros((390, 300), np.uint8)
    cv2.fillPoly(mask, [ring], (255,))
    marks = dict(top("none", dress=True)[2].landmarks)
    marks |= {"waist_right": (88.0, 250.0), "waist_left": (212.0, 250.0)}
    return mask, replace(top("none", dress=True)[2], landmarks=marks)


def test_rows_of_a_dress_follow_the_cloths_edge_round_a_narrow_waist() -> None:
    mask, shape = _slim(waist=46)
    flat = Flat(shape, mask)
    for share in (0.14, 0.2, 0.26, 0.38, 0.65, 1.0):
        row = flat.row(share)
        cloth = np.flatnonzero(mask[round(float(row[1][1]))])
        assert row[-1][0] == pytest.approx(cloth[0], abs=1.5)
        assert row[1][0] == pytest.approx(cloth[-1], abs=1.5)
    share = (190 - 140) / (360 - 140)
    assert flat.half_width(1, share) == pytest.approx(46, abs=1.5)


def test_an_edge_too_far_away_is_not_the_sides() -> None:
    """A bite in a pale cloth's mask, as wide as half the chest, moves no side."""
    mask, shape = _slim(waist=58)
    whole = Flat(shape, mask).row(0.3)
    bitten = mask.copy()
    y = round(float(whole[1][1]))
    bitten[y - 2 : y + 3, 170:] = 0
    row = Flat(shape, bitten).row(0.3)
    assert abs(float(row[1][0] - whole[1][0])) < 10
    assert np.allclose(row[-1], whole[-1])


def test_teeth_of_a_rough_ground_are_taken_off_an_edge() -> None:
    _, mask, shape = top("none")
    toothed = mask.copy()
    toothed[371:374, 96:200:6] = 255
    clean, rough = (torso_mask(Flat(shape, one)) > 127 for one in (mask, frozen(toothed)))
    assert (toothed != mask).sum() > 40
    assert (rough[374:] != clean[374:]).sum() == 0
    assert (rough != clean).sum() < 0.1 * (toothed != mask).sum()
