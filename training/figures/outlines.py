"""Curves of flat garments: corners joined by smooth runs, halves mirrored about x = 0.

Points are (x, y) in garment units: one unit is one pixel of the 768x1024 picture, x from the
middle line to the picture's right, y down from the top edge.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Line = NDArray[np.float64]  # n x 2
XY = tuple[float, float]


def run(points: Sequence[XY], steps: int = 24) -> Line:
    """A smooth line through the points (Catmull-Rom)."""
    given = np.array(points, dtype=np.float64)
    if len(given) < 3:
        return given
    padded = np.concatenate([2 * given[:1] - given[1:2], given, 2 * given[-1:] - given[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for k in range(len(given) - 1):
        a, b, c, d = padded[k : k + 4]
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2)
            + 0.5 * (3 * b - a - 3 * c + d) * t**3
        )
    return np.concatenate([*pieces, given[-1:]])


def joined(*runs: Sequence[XY] | Line) -> Line:
    """Runs one after the other; where one starts there is a corner."""
    return np.concatenate([run([(float(x), float(y)) for x, y in part]) for part in runs])


def mirrored(line: Line) -> Line:
    """The same line on the other side, walked backwards so that it can close an outline."""
    return np.asarray(line[::-1] * np.array([-1.0, 1.0]))


def closed(half: Line) -> Line:
    """A symmetric outline from its right half (top middle to bottom middle)."""
    return np.concatenate([half, mirrored(half)])


def across(half: Line) -> Line:
    """A line from the picture's left to its right, given its right half from the middle out."""
    return np.concatenate([mirrored(half), half[1:]])


def flipped(line: Line, side: int) -> Line:
    """The line itself for side 1, its mirror image for side -1."""
    return np.asarray(line * np.array([float(side), 1.0]))


def beside(line: Line, distance: float) -> Line:
    """The parallel line at `distance` to the right of the walking direction (y points down)."""
    step = np.gradient(line, axis=0)
    length = np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-9)
    across = np.stack([-step[:, 1], step[:, 0]], axis=1) / length
    return np.asarray(line + distance * across)


def resampled(line: Line, spacing: float) -> tuple[Line, Line]:
    """Points every `spacing` along the line, and the unit direction at each."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    keep = np.concatenate([[True], np.diff(length) > 1e-9])
    at = np.arange(0, length[-1], spacing)
    points = np.stack([np.interp(at, length[keep], line[keep, k]) for k in (0, 1)], axis=1)
    ahead = np.gradient(points, axis=0) if len(points) > 1 else np.ones_like(points)
    return points, ahead / np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)


def band(line: Line, width: float) -> Line:
    """The closed strip between a line and its parallel."""
    return np.concatenate([line, beside(line, width)[::-1]])
