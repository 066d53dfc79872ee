"""Operations on plain triangle and quad meshes in NumPy: subdivide, clip, smooth, push out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Faces = NDArray[np.int64]


def compact(faces: Faces, *columns: Points) -> tuple[Faces, list[Points]]:
    """Drop the vertices that no face uses; each of `columns` has one row a vertex."""
    used, renumbered = np.unique(faces, return_inverse=True)
    return renumbered.reshape(faces.shape), [column[used] for column in columns]


def _unique_edges(edges: Faces) -> tuple[Faces, Faces, Faces]:
    """Every undirected edge once, the row of each given edge in that list, and the counts."""
    low, high = edges.min(axis=1), edges.max(axis=1)
    size = int(high.max()) + 1 if len(edges) else 1
    keys, place, count = np.unique(low * size + high, return_inverse=True, return_counts=True)
    return np.stack([keys // size, keys % size], axis=1), place.reshape(-1), count


def _sides(faces: Faces) -> Faces:
    return np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)


def _summed(rows: Faces, values: Points, length: int) -> Points:
    """Sums `values` (n x columns) by row number."""
    columns = [np.bincount(rows, values[:, k], length) for k in range(values.shape[1])]
    return np.stack(columns, axis=1)


def subdivide(quads: Faces, values: Points) -> tuple[Faces, Points]:
    """Split every quad in four; new vertices get the mean of their edge's or face's values."""
    unique, place, _ = _unique_edges(_sides(quads))
    middle = len(values) + place.reshape(-1, 4)
    centre = len(values) + len(unique) + np.arange(len(quads))
    grown = np.concatenate([values, values[unique].mean(axis=1), values[quads].mean(axis=1)])
    parts = [
        np.stack([quads[:, k], middle[:, k], centre, middle[:, k - 1]], axis=1) for k in range(4)
    ]
    return np.concatenate(parts), grown


def subdivide_triangles(triangles: Faces, values: Points) -> tuple[Faces, Points]:
    """Split every triangle in four; a new vertex gets the mean of its edge's values. The triangles
    follow in the order of `triangles`, four times over."""
    unique, place, _ = _unique_edges(_sides(triangles))
    ab, bc, ca = (len(values) + place.reshape(-1, 3)).T
    a, b, c = triangles.T
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    finer = np.concatenate([np.stack(part, axis=1) for part in parts])
    return finer, np.concatenate([values, values[unique].mean(axis=1)])


def triangulate(quads: Faces) -> Faces:
    """Two triangles a quad."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def clip(triangles: Faces, values: Points, field: Points) -> tuple[Faces, Points]:
    """Keep where `field` (one number a vertex) is positive, cutting triangles exactly at zero."""
    inside = field > 0
    count = inside[triangles].sum(axis=1)
    cut = triangles[(count == 1) | (count == 2)]
    lone_sign = inside[cut].sum(axis=1) == 1
    lone = np.argmax(inside[cut] == lone_sign[:, None], axis=1)
    rows = np.arange(len(cut))
    a, b, c = (cut[rows, (lone + k) % 3] for k in range(3))
    unique, place, _ = _unique_edges(np.concatenate([np.stack([a, b], 1), np.stack([a, c], 1)]))
    share = field[unique[:, 0]] / (field[unique[:, 0]] - field[unique[:, 1]])
    new = values[unique[:, 0]] * (1 - share[:, None]) + values[unique[:, 1]] * share[:, None]
    ab, ac = len(values) + place[: len(cut)], len(values) + place[len(cut) :]
    tips = np.stack([a, ab, ac], 1)[lone_sign]
    stumps = ~lone_sign
    pairs = np.stack([ab, b, c], 1)[stumps], np.stack([ab, c, ac], 1)[stumps]
    kept = np.concatenate([triangles[count == 3], tips, *pairs])
    kept, (grown,) = compact(kept, np.concatenate([values, new]))
    return kept, grown


def edges_of(faces: Faces) -> Faces:
    """Every edge once, smaller index first."""
    return _unique_edges(_sides(faces))[0]


def border_edges(faces: Faces) -> Faces:
    """Edges that belong to one face only."""
    unique, _, count = _unique_edges(_sides(faces))
    return np.asarray(unique[count == 1])


def neighbour_mean(values: Points, edges: Faces) -> Points:
    """The mean of each vertex's neighbours along `edges` (itself where it has none)."""
    total = _summed(edges[:, 0], values[edges[:, 1]], len(values))
    total += _summed(edges[:, 1], values[edges[:, 0]], len(values))
    degree = np.bincount(edges.ravel(), minlength=len(values))
    lonely = degree == 0
    total[lonely] = values[lonely]
    return np.asarray(total / np.maximum(degree, 1)[:, None])


def smooth(vertices: Points, faces: Faces, rounds: int, strength: float = 0.5) -> Points:
    """Laplacian smoothing; border vertices only slide along the border."""
    edges, border = edges_of(faces), border_edges(faces)
    rim = np.unique(border)
    for _ in range(rounds):
        target = neighbour_mean(vertices, edges)
        target[rim] = neighbour_mean(vertices, border)[rim]
        vertices = vertices + strength * (target - vertices)
    return vertices


def normals(vertices: Points, triangles: Faces) -> Points:
    """Unit vertex normals, weighted by area."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    total = sum(_summed(triangles[:, k], face, len(vertices)) for k in range(3))
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12))


def border_distance(vertices: Points, faces: Faces, reach: float) -> Points:
    """Distance along edges to the border, metres, capped at `reach`."""
    distance = np.full(len(vertices), reach)
    distance[np.unique(border_edges(faces))] = 0
    edges = edges_of(faces)
    length = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    for _ in range(64):
        before = distance.copy()
        np.minimum.at(distance, edges[:, 0], before[edges[:, 1]] + length)
        np.minimum.at(distance, edges[:, 1], before[edges[:, 0]] + length)
        if np.array_equal(before, distance):
            break
    return distance
