"""From the simulated cells to the mesh that is rendered: finer, smoother, outside of the body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.figures import body, patches, scene
from training.figures.body import Points
from training.pairs.wear import Worn

Faces = NDArray[np.int64]
CLEAR = 0.0035
"""Metres between the rendered cloth and what it lies on."""


@dataclass(frozen=True)
class Garment:
    """`place`: px of the flat picture, `flat`: metres in its plane, both by vertex; `front` by
    triangle."""

    vertices: Points
    place: Points
    flat: Points
    triangles: Faces
    front: NDArray[np.bool_]


def finished(worn: Worn, turn: float, below: tuple[Points, Faces]) -> Garment:
    """`turn`: degrees about the vertical; `below`: skin and trousers, turned already."""
    way = body.rotation_about(np.array([0, 0, 1.0]), float(np.radians(turn)))
    columns = np.concatenate([worn.vertices @ way.T, worn.panels.place, worn.flat], axis=1)
    triangles, columns = patches.subdivide_triangles(worn.panels.triangles, columns)
    vertices = patches.smooth(columns[:, :3], triangles, 2, 0.5)
    surface = scene.surface_of(*below)
    for _ in range(2):
        vertices = scene.push_out(vertices, surface, CLEAR)
        vertices = patches.smooth(vertices, triangles, 1, 0.3)
    vertices = scene.push_out(vertices, surface, CLEAR)
    front = np.tile(worn.panels.front, 4)
    return Garment(vertices, columns[:, 3:5], columns[:, 5:7], triangles, front)
