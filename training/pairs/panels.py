"""Two layers of cloth cut from a flat top and sewn along its outline."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay, cKDTree

from training.figures.body import Points
from training.pairs import outline
from training.pairs.flat import Flat

Faces = NDArray[np.int64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Panels:
    """`place`: px in the flat picture of every vertex, which is its texture coordinate and its
    rest position; the first `sewn` vertices belong to both layers."""

    place: Points
    triangles: Faces
    front: NDArray[np.bool_]
    """By triangle."""
    sewn: int
    layer: NDArray[np.int64]
    """By vertex: 0 sewn, 1 front, -1 back."""


@dataclass(frozen=True)
class _Loop:
    """One layer's border: points, and for each its number among the sewn ones or -1."""

    points: Points
    sewn: Indices


def cut(flat: Flat, spacing: float) -> Panels:
    """Cells of about `spacing` px."""
    pieces = outline.runs(flat, spacing)
    start, end = pieces[-1].points[-1], pieces[0].points[0]
    loops = [
        _loop(pieces, neck)
        for neck in (
            outline.front_neck(flat, start, end, spacing),
            outline.back_neck(start, end, spacing),
        )
    ]
    sewn = int(loops[0].sewn.max()) + 1
    shared = np.zeros((sewn, 2))
    shared[loops[0].sewn[loops[0].sewn >= 0]] = loops[0].points[loops[0].sewn >= 0]
    places, faces, layers = [shared], [], [np.zeros(sewn, np.int64)]
    total = sewn
    for loop, layer in zip(loops, (1, -1), strict=True):
        own, triangles = _layer(loop, spacing, total, turned=layer == -1)
        places.append(own)
        faces.append(triangles)
        layers.append(np.full(len(own), layer))
        total += len(own)
    front = np.concatenate([np.ones(len(faces[0]), bool), np.zeros(len(faces[1]), bool)])
    return Panels(
        np.concatenate(places), np.concatenate(faces), front, sewn, np.concatenate(layers)
    )


def _loop(pieces: list[outline.Run], neck: Points) -> _Loop:
    points: list[Points] = []
    sewn: list[bool] = []
    for piece in pieces:
        points += list(piece.points[:-1])
        # Corners hold both layers together, also where an open run begins.
        sewn += [True] + [piece.sewn] * (len(piece.points) - 2)
    points += list(neck[:-1])
    sewn += [True] + [False] * (len(neck) - 2)
    flags = np.array(sewn)
    return _Loop(np.array(points), np.where(flags, np.cumsum(flags) - 1, -1))


def _layer(loop: _Loop, spacing: float, first: int, *, turned: bool) -> tuple[Points, Faces]:
    """The layer's own vertices and its triangles (numbered for the whole garment); `turned`
    triangles look backwards."""
    inner = _inside(loop.points, spacing)
    every = np.concatenate([loop.points, inner])
    simplices = Delaunay(every).simplices.astype(np.int64)
    contour = loop.points.astype(np.float32)[:, None]
    middles = every[simplices].mean(axis=1)
    kept = [cv2.pointPolygonTest(contour, (float(x), float(y)), False) > 0 for x, y in middles]
    simplices = simplices[np.array(kept)]
    a, b, c = (every[simplices[:, k]] for k in range(3))
    wide = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    simplices = simplices[np.abs(wide) > 0.05 * spacing**2]
    wide = wide[np.abs(wide) > 0.05 * spacing**2]
    # In the picture y points down, so a positive area is clockwise, away from the viewer.
    wrong = (wide > 0) != turned
    simplices[wrong] = simplices[wrong][:, ::-1]
    own = np.concatenate([loop.sewn < 0, np.ones(len(inner), bool)])
    number = np.where(own, first + np.cumsum(own) - 1, 0)
    border = np.flatnonzero(loop.sewn >= 0)
    number[border] = loop.sewn[border]
    return every[own], number[simplices]


def _inside(border: Points, spacing: float) -> Points:
    """A triangular lattice that keeps off the border by half a cell."""
    low, high = border.min(axis=0), border.max(axis=0)
    rows = np.arange(low[1], high[1], spacing * np.sqrt(0.75))
    columns = np.arange(low[0], high[0], spacing)
    x, y = np.meshgrid(columns, rows)
    x[1::2] += spacing / 2
    lattice = np.stack([x.ravel(), y.ravel()], axis=1)
    far = cKDTree(border).query(lattice)[0] > 0.62 * spacing
    contour = border.astype(np.float32)[:, None]
    inside = [cv2.pointPolygonTest(contour, (float(u), float(v)), False) > 0 for u, v in lattice]
    return np.asarray(lattice[far & np.array(inside)])
