"""A depth buffer over triangles and hair: what every pixel of the picture shows, exactly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.figures.body import Faces, Points
from training.figures.view import View

STRAND = -2
"""In `face`: a hair; -1: nothing."""
BIAS = 0.002
"""Metres: hair nearer to the cloth than this lies on top of it."""


@dataclass(frozen=True)
class Layer:
    """One mesh of the picture: vertices (n x 3), triangles (m x 3) and the label of each (m)."""

    vertices: Points
    triangles: Faces
    labels: NDArray[np.uint8]


@dataclass
class Buffer:
    """`depth` metres, `face` the triangle's number among all that were drawn, `share` its corners'
    weights; each rows x columns. A pixel is what lies at its centre."""

    view: View
    depth: Points
    face: Faces
    share: Points


def shown(view: View, layers: Iterable[Layer], strands: Iterable[Points]) -> Buffer:
    """What is seen of the layers, whose triangles are numbered through in their order, and of hair
    curves (each strands x steps x 3)."""
    size = view.height, view.width
    buffer = Buffer(view, np.full(size, np.inf), np.full(size, -1), np.zeros((*size, 3)))
    first = 0
    for layer in layers:
        _draw(buffer, layer.vertices, layer.triangles, first)
        first += len(layer.triangles)
    for curves in strands:
        _draw_strands(buffer, curves)
    return buffer


def _draw(buffer: Buffer, vertices: Points, triangles: Faces, first: int) -> None:
    """Draws triangles numbered from `first`."""
    pixels, depth = buffer.view.project(vertices)
    corners, far = pixels[triangles], depth[triangles]
    low = np.ceil(corners.min(axis=1) - 0.5).astype(int)
    high = np.floor(corners.max(axis=1) - 0.5).astype(int)
    last = np.array([buffer.view.width - 1, buffer.view.height - 1])
    low, high = np.maximum(low, 0), np.minimum(high, last)
    seen = (high >= low).all(axis=1)
    # Triangles of like size are drawn together, each in a square of the next power of two.
    powers = np.ceil(np.log2(np.maximum((high - low).max(axis=1) + 1, 1))).astype(int)
    for power in np.unique(powers[seen]):
        rows = np.flatnonzero(seen & (powers == power))
        boxes = corners[rows], far[rows], low[rows], high[rows]
        _draw_small(buffer, *boxes, int(2**power), first + rows)


def _draw_small(
    buffer: Buffer, corners: Points, far: Points, low: Faces, high: Faces, reach: int, names: Faces
) -> None:
    """Triangles whose boxes are at most `reach` pixels wide and high."""
    y, x = (part.ravel() for part in np.mgrid[0:reach, 0:reach])
    column, row = low[:, :1] + x, low[:, 1:] + y
    inside = (column <= high[:, :1]) & (row <= high[:, 1:])
    which, _ = np.nonzero(inside)
    column, row = column[inside], row[inside]
    a, b, c = (corners[which, k] for k in range(3))
    at = np.stack([column + 0.5, row + 0.5], axis=1)
    whole = _area(a, b, c)
    whole = np.where(np.abs(whole) < 1e-12, 1e-12, whole)
    share = np.stack([_area(at, b, c), _area(a, at, c), _area(a, b, at)], axis=1) / whole[:, None]
    kept = (share >= -1e-9).all(axis=1)
    # A share of the picture becomes one of the triangle in space (perspective).
    share = share[kept] / far[which[kept]]
    total = share.sum(axis=1)
    _put(buffer, row[kept], column[kept], 1 / total, names[which[kept]], share / total[:, None])


def _area(a: Points, b: Points, c: Points) -> Points:
    one, two = b - a, c - a
    return np.asarray(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])


def _put(
    buffer: Buffer, row: Faces, column: Faces, depth: Points, name: Faces, share: Points
) -> None:
    order = np.argsort(-depth, kind="stable")  # the nearest is written last
    order = order[depth[order] < buffer.depth[row[order], column[order]]]
    row, column = row[order], column[order]
    buffer.depth[row, column] = depth[order]
    buffer.face[row, column] = name[order]
    buffer.share[row, column] = share[order]


def _draw_strands(buffer: Buffer, strands: Points) -> None:
    """A pixel shows hair where one of eight points of a curve's step lies in it."""
    finer = np.linspace(0, 1, 8, endpoint=False)[:, None]
    for strand_rows in np.array_split(strands, max(1, len(strands) // 2000)):
        start, step = strand_rows[:, :-1, None], np.diff(strand_rows, axis=1)[:, :, None]
        points = (start + finer * step).reshape(-1, 3)
        pixels, depth = buffer.view.project(points)
        place = np.floor(pixels).astype(int)
        kept = ((place >= 0) & (place < [buffer.view.width, buffer.view.height])).all(axis=1)
        column, row = place[kept].T
        name = np.full(len(row), STRAND)
        _put(buffer, row, column, depth[kept] - BIAS, name, np.zeros((len(row), 3)))
