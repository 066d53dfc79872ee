"""The landmarks of one half of trousers, shorts or a skirt, read from its outline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.outline import Half
from deployments.garment_shape.top import farthest
from deployments.garment_shape.tubes import cuff_corners, tube_between

LOWEST_HEM = 0.45
"""Share of the length from the waist down below which the outer end of a leg's hem lies."""


@dataclass(frozen=True)
class BottomHalf:
    """One half of a lower garment. Points are (x outward, y) in px of the upright frame."""

    waist: NDArray[np.float64]
    hip: NDArray[np.float64]
    hem: NDArray[np.float64]
    hem_inner: NDArray[np.float64]
    crotch: NDArray[np.float64]
    leg: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    """(centre, half width) of the leg."""


def bottom_half(half: Half, height: float, *, legs: bool) -> BottomHalf:
    """Reads one half of a lower garment of this height; `legs` where it has two of them."""
    points = half.points
    waist = _waist_corner(points, height)
    hem, inner = _hem_corners(points, waist, legs=legs)
    crotch = _crotch(points, inner, height)
    hip = _hip(points, waist, hem, float(crotch[1]) if legs else None)
    leg = _leg(points, waist, hem, inner) if legs else None
    return BottomHalf(points[waist], points[hip], points[hem], points[inner], crotch, leg)


def _waist_corner(points: NDArray[np.float64], height: float) -> int:
    upper = np.flatnonzero(points[:, 1] > points[:, 1].min() + 0.3 * height)
    end = int(upper[0]) if len(upper) else len(points) - 1
    # Farthest from the chord between the middle of the waistband and the side below it.
    return farthest(points[: end + 1], outward=1.0)


def _hem_corners(points: NDArray[np.float64], waist: int, *, legs: bool) -> tuple[int, int]:
    if not legs:
        hem = waist + farthest(points[waist:], outward=1.0)
        return hem, len(points) - 1
    first, last = cuff_corners(points[waist:])
    side = points[waist:, 1]
    if side[first] - side[0] < LOWEST_HEM * (side.max() - side[0]):
        # Legs that touch have no roots of their own: the cuff is looked for below the hips alone.
        below = int(np.argmax(side - side[0] > LOWEST_HEM * (side.max() - side[0])))
        first, last = (below + corner for corner in cuff_corners(points[waist + below :]))
    return waist + first, waist + last


def _crotch(points: NDArray[np.float64], inner: int, height: float) -> NDArray[np.float64]:
    """The highest point between the legs that is near the axis."""
    tail = points[inner:]
    near = tail[tail[:, 0] < 0.05 * height]
    tail = near if len(near) else tail[-1:]
    return np.asarray(tail[int(tail[:, 1].argmin())], np.float64)


def _hip(points: NDArray[np.float64], waist: int, hem: int, crotch: float | None) -> int:
    side = points[waist : hem + 1, 1]
    depth = (crotch - side[0]) * 0.68 if crotch is not None else (side[-1] - side[0]) * 0.35
    return waist + int(np.abs(side - (side[0] + depth)).argmin())


def _leg(
    points: NDArray[np.float64], waist: int, hem: int, inner: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The leg between its outer edge, from the crotch's height, and its inner edge."""
    outer = points[waist : hem + 1]
    level = int(np.abs(outer[:, 1] - points[-1, 1]).argmin())
    level = min(level, max(len(outer) - 3, 0))
    return tube_between(outer[level:], points[inner:][::-1])
