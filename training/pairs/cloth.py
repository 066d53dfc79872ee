"""Cloth as points held together by lengths (extended position-based dynamics, one pass a substep).

Metres and seconds; all vertices weigh the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from training.figures import patches
from training.figures.body import Points

Faces = NDArray[np.int64]
Pairs = NDArray[np.int64]  # n x 2
GRAVITY = 9.81
SUBSTEPS = 12
FRAME = 1 / 60
"""Seconds."""
BENDING = 1.5e-6
"""Compliance of the lengths across an edge: larger is limper."""
BESIDE = 0.02
"""Metres along a plane beyond which its point says nothing: a body's vertices are nearer together.
"""
ALIKE = 0.08
"""Share by which two joined vertices' speeds draw near each other in a substep; without it stiff
cloth rings for ever."""
SHEET_GAP = 0.004
"""Metres between cloth and cloth."""


@dataclass
class Cloth:
    """`now` and `speed` change while it moves."""

    now: Points
    speed: Points
    edges: Pairs
    lengths: Points
    bends: Pairs
    bend_lengths: Points
    flat: Points
    """Rest position of each vertex in the plane."""


@dataclass(frozen=True)
class Obstacles:
    """For every vertex some planes: a point, its outward normal, its speed; and how far the cloth
    keeps off. Arrays of vertices x planes (x 3). Deeper than `most` below a plane it is ignored."""

    points: Points
    normals: Points
    speeds: Points
    gaps: Points
    most: Points


def make(start: Points, flat: Points, triangles: Faces, layer: NDArray[np.int64]) -> Cloth:
    """`flat`: rest positions in the plane, metres; `layer`: by vertex, as Panels has it."""
    edges = patches.edges_of(triangles)
    bends = _across(triangles)
    # A seam folds freely: its two sides lie on each other in the flat.
    bends = bends[layer[bends[:, 0]] * layer[bends[:, 1]] >= 0]
    return Cloth(
        start.copy(),
        np.zeros_like(start),
        edges,
        np.linalg.norm(flat[edges[:, 0]] - flat[edges[:, 1]], axis=1),
        bends,
        np.linalg.norm(flat[bends[:, 0]] - flat[bends[:, 1]], axis=1),
        flat,
    )


def _across(triangles: Faces) -> Pairs:
    """The two corners that face each other over every edge between two triangles of a layer."""
    sides = np.concatenate([triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    apex = np.concatenate([triangles[:, (k + 2) % 3] for k in range(3)])
    key = np.sort(sides, axis=1)
    order = np.lexsort((key[:, 1], key[:, 0]))
    key, apex = key[order], apex[order]
    same = np.flatnonzero((key[1:] == key[:-1]).all(axis=1))
    return np.stack([apex[same], apex[same + 1]], axis=1)


def advance(
    cloth: Cloth, obstacles: Obstacles, gravity: float, damping: float, grip: float
) -> None:
    """One frame. `damping`: share of the speed lost a second; `grip`: friction coefficient."""
    _frame(
        cloth.now,
        cloth.speed,
        cloth.edges,
        cloth.lengths,
        cloth.bends,
        cloth.bend_lengths,
        near_pairs(cloth),
        obstacles.points,
        obstacles.normals,
        obstacles.speeds,
        obstacles.gaps,
        obstacles.most,
        gravity,
        damping,
        grip,
    )


def near_pairs(cloth: Cloth) -> Pairs:
    """Vertices that came near each other although they are far apart in the cloth."""
    pairs = cKDTree(cloth.now).query_pairs(2.0 * SHEET_GAP, output_type="ndarray")
    rest = np.linalg.norm(cloth.flat[pairs[:, 0]] - cloth.flat[pairs[:, 1]], axis=1)
    return np.asarray(pairs[rest > 4 * SHEET_GAP], np.int64)


def longest_stretch(cloth: Cloth) -> float:
    """The 99th percentile of length over rest length."""
    now = np.linalg.norm(cloth.now[cloth.edges[:, 0]] - cloth.now[cloth.edges[:, 1]], axis=1)
    return float(np.percentile(now / cloth.lengths, 99))


@numba.njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def _hold(now: Points, pairs: Pairs, lengths: Points, give: float, only_apart: bool) -> None:
    for k in range(len(pairs)):
        i, j = pairs[k, 0], pairs[k, 1]
        dx = now[i, 0] - now[j, 0]
        dy = now[i, 1] - now[j, 1]
        dz = now[i, 2] - now[j, 2]
        long = np.sqrt(dx * dx + dy * dy + dz * dz) + 1e-12
        wrong = long - lengths[k]
        if only_apart and wrong > 0:
            continue
        share = wrong / (2.0 + give) / long
        now[i, 0] -= share * dx
        now[i, 1] -= share * dy
        now[i, 2] -= share * dz
        now[j, 0] += share * dx
        now[j, 1] += share * dy
        now[j, 2] += share * dz


@numba.njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def _keep_out(
    now: Points,
    before: Points,
    time: float,
    step: float,
    points: Points,
    normals: Points,
    speeds: Points,
    gaps: Points,
    most: Points,
    grip: float,
) -> None:
    for i in range(len(now)):
        for k in range(points.shape[1]):
            height = 0.0
            far = 0.0
            for c in range(3):
                off = now[i, c] - points[i, k, c] - speeds[i, k, c] * time
                height += off * normals[i, k, c]
                far += off * off
            lacking = gaps[i, k] - height
            if lacking <= 0 or lacking > most[i, k] or far - height * height > BESIDE**2:
                continue
            along = 0.0
            slide = np.zeros(3)
            for c in range(3):
                now[i, c] += lacking * normals[i, k, c]
                slide[c] = now[i, c] - before[i, c] - speeds[i, k, c] * step
                along += slide[c] * normals[i, k, c]
            size = 1e-12
            for c in range(3):
                slide[c] -= along * normals[i, k, c]
                size += slide[c] * slide[c]
            held = min(1.0, grip * lacking / np.sqrt(size))
            for c in range(3):
                now[i, c] -= held * slide[c]


@numba.njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def _frame(
    now: Points,
    speed: Points,
    edges: Pairs,
    lengths: Points,
    bends: Pairs,
    bend_lengths: Points,
    near: Pairs,
    points: Points,
    normals: Points,
    speeds: Points,
    gaps: Points,
    most: Points,
    gravity: float,
    damping: float,
    grip: float,
) -> None:
    step = FRAME / SUBSTEPS
    gap = np.full(len(near), SHEET_GAP)
    kept = max(0.0, 1.0 - damping * step)
    for sub in range(SUBSTEPS):
        before = now.copy()
        for i in range(len(now)):
            speed[i, 2] -= gravity * step
            for c in range(3):
                speed[i, c] *= kept
                now[i, c] += step * speed[i, c]
        _hold(now, bends, bend_lengths, BENDING / step**2, False)
        _hold(now, edges, lengths, 0.0, False)
        _hold(now, near, gap, 0.0, True)
        time = (sub + 1) * step
        _keep_out(now, before, time, step, points, normals, speeds, gaps, most, grip)
        for i in range(len(now)):
            fast = 0.0
            for c in range(3):
                speed[i, c] = (now[i, c] - before[i, c]) / step
                fast += speed[i, c] ** 2
            if fast > 9.0:  # 3 m/s: nothing that is being put on moves faster
                for c in range(3):
                    speed[i, c] *= 3.0 / np.sqrt(fast)
        for k in range(len(edges)):
            i, j = edges[k, 0], edges[k, 1]
            for c in range(3):
                shared = ALIKE * (speed[i, c] - speed[j, c])
                speed[i, c] -= shared
                speed[j, c] += shared
