"""Straps that an outline found at a small size has lost, found again before a plain ground."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.ground import Ground

CLEARLY_CLOTH = 9.0
"""Lab units by which a strap's pixel stands out from the ground at least."""
WIDEST = 0.1
"""Of a strap, as a share of the garment's width."""
HIGHEST = 0.5
"""Of a strap, as a share of the garment's height."""
FAINTEST = 0.35
"""Share of a strap's rows that are seen at least: threads in the ground's colour are not."""
APART = 0.06
"""How far from the middle, as a share of the garment's width, a strap is at least."""
ROOT = 0.25
"""Share of the garment's height, from its top, in which straps begin."""


def with_straps(solid: NDArray[np.uint8], ground: Ground) -> NDArray[np.uint8]:
    """The shape (H×W, 0 or 1) with the pair of straps that goes up from it, one on each side.

    A hanger's hook is alone, and its bar goes across; neither is a pair.
    """
    x, y, width, height = cv2.boundingRect(solid)
    if width < 8 or height < 8:
        return solid
    seen = np.asarray(ground.distance > CLEARLY_CLOTH, np.uint8)
    seen[y + int(ROOT * height) :] = 0
    seen[: max(y - int(HIGHEST * height), 0)] = 0
    reach = max(int(0.012 * width), 1)
    near = cv2.dilate(solid, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    beyond = np.where(near > 0, 0, seen).astype(np.uint8)
    half, apart = width // 2, int(APART * width)
    found = [
        _strap(beyond, side, solid, WIDEST * width)
        for side in (slice(x, x + half - apart), slice(x + half + apart, x + width))
    ]
    if found[0] is None or found[1] is None:
        return solid
    return np.asarray(solid | found[0] | found[1], np.uint8)


def _strap(
    beyond: NDArray[np.uint8], side: slice, solid: NDArray[np.uint8], widest: float
) -> NDArray[np.uint8] | None:
    """One strap drawn from its top down into the shape; None where there is none."""
    half = beyond[:, side]
    rows = np.flatnonzero(half.any(axis=1))
    if len(rows) < 0.5 * widest:
        return None
    widths = half[rows].sum(axis=1)
    if np.percentile(widths, 90) > widest:
        return None
    places = (half[rows] @ np.arange(half.shape[1])) / widths + side.start
    curve = np.polynomial.Polynomial.fit(rows, places, 2)
    if np.abs(curve(rows) - places).max() > widest:
        return None
    root = _root(solid, curve, int(rows[-1]))
    if root is None or len(rows) < FAINTEST * (root - rows[0]):
        return None
    return _drawn(solid.shape, curve, (int(rows[0]), root), float(np.percentile(widths, 75)))


def _root(solid: NDArray[np.uint8], curve: np.polynomial.Polynomial, lowest: int) -> int | None:
    """The row in which the strap, drawn on, meets the shape."""
    below = np.arange(lowest, solid.shape[0])
    places = np.clip(curve(below).round().astype(int), 0, solid.shape[1] - 1)
    met = np.flatnonzero(solid[below, places])
    return int(below[met[0]]) if len(met) and met[0] < ROOT * solid.shape[0] else None


def _drawn(
    shape: tuple[int, ...], curve: np.polynomial.Polynomial, ends: tuple[int, int], width: float
) -> NDArray[np.uint8]:
    rows = np.arange(ends[0], ends[1] + 1)
    way = np.column_stack([curve(rows), rows]).round().astype(np.int32)
    canvas = np.zeros(shape, np.uint8)
    cv2.polylines(canvas, [way[:, None]], isClosed=False, color=1, thickness=max(round(width), 1))
    return canvas
