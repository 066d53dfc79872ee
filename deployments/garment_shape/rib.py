"""A ribbed collar of another colour, which belongs to the front and not to the back's inside."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.outline import Outline, at_arc
from deployments.garment_shape.top import TopHalf
from deployments.types import Image

Points = NDArray[np.float64]

APART = 24.0
"""Difference (8-bit Lab) between a rib and the cloth below it."""
NARROWEST, WIDEST = 0.08, 0.5
"""Half widths of the neck."""
UNEQUAL = 0.22
"""Half widths of the neck by which a rib's width may differ from side to side."""
KEPT = 0.8
"""Share of a rib's width at the shoulder that it has in front."""
STEPS = 40


def above_rib(
    image: Image, outline: Outline, left: TopHalf, right: TopHalf, traced: Points
) -> Points:
    """The traced edge, lifted over a rib that was taken for the inside of the back.

    Where a rib and the back's inside are alike, the strongest edge is that between rib and cloth.
    The rib then shows between the neck points and the shoulders as well, where nothing of the
    inside can be seen. All in the upright frame; the edge comes back as it is where there is none.
    """
    middle, half = (traced[0] + traced[-1]) / 2, float(np.linalg.norm(traced[-1] - traced[0])) / 2
    centre = traced[len(traced) // 3 : -(len(traced) // 3)]
    inner = _colour(image, outline, centre - _down(0.07 * half))
    cloth = _colour(image, outline, centre + _down(0.16 * half))
    if len(centre) < 3 or np.linalg.norm(inner - cloth) < APART:
        return traced
    widths = [_shown(image, outline, top, half, inner, cloth) for top in (left, right)]
    if min(widths) < NARROWEST or max(widths) > WIDEST or abs(widths[0] - widths[1]) > UNEQUAL:
        return traced
    away = traced - middle
    reach = np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
    low = np.clip(2 * away[:, 1:] / reach, 0, 1)
    lifted = traced - away / reach * low * KEPT * half * float(np.mean(widths))
    return np.asarray(lifted, np.float64)


def _down(length: float) -> Points:
    return np.array([0.0, length], np.float64)


def _colour(image: Image, outline: Outline, points: Points) -> NDArray[np.float64]:
    """The median Lab (8-bit units) at points of the upright frame."""
    return np.asarray(np.median(_colours(image, outline, points), axis=0), np.float64)


def _colours(image: Image, outline: Outline, points: Points) -> NDArray[np.float64]:
    x, y = np.round(outline.to_picture(points)).astype(int).T
    inside = image[np.clip(y, 0, image.shape[0] - 1), np.clip(x, 0, image.shape[1] - 1)]
    return np.asarray(cv2.cvtColor(inside[None], cv2.COLOR_RGB2LAB)[0], np.float64)


def _shown(
    image: Image,
    outline: Outline,
    top: TopHalf,
    half: float,
    rib: NDArray[np.float64],
    cloth: NDArray[np.float64],
) -> float:
    """How far the rib's colour goes on from the neck point towards the shoulder, right under the
    outline, in half widths of the neck."""
    shoulder = top.half.points[top.neck : max(top.armpit, top.neck + 2)]
    along = np.linspace(0.04, 2 * WIDEST, STEPS) * half
    spots = top.half.to_frame(at_arc(shoulder, along)) + _down(0.09 * half)
    seen = _colours(image, outline, spots)
    like_rib = np.linalg.norm(seen - rib, axis=1) < 0.5 * np.linalg.norm(seen - cloth, axis=1)
    other = np.flatnonzero(~like_rib)
    return float(along[other[0]] / half) if len(other) else 2 * WIDEST
