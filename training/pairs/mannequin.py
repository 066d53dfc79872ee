"""The body as cloth meets it: it grows from a thin cut-out to its full depth, then moves its arms.

A thin body is what makes dressing simple: both layers of a flat garment lie before and behind it,
and the body fills them as it grows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from training.figures import body, patches
from training.figures.body import Points, Pose
from training.figures.people import Aim

if TYPE_CHECKING:  # it needs Blender, of which nothing is needed here
    from training.figures.render_people import Figure

THIN = 0.12
"""Share of its depth that the thin body has, and share of their thickness that its arms have."""
ARM_BONES = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
RELIEF_ROUNDS = 4
ARM_DEPTH = 0.03
"""Metres below an arm's skin beyond which cloth that is not a sleeve is left alone: it is on the
arm's other side."""


@dataclass(frozen=True)
class Moment:
    """The body at one time: vertices and outward normals."""

    vertices: Points
    normals: Points


@dataclass(frozen=True)
class Mannequin:
    """`rest`: the body at rest with its finest relief smoothed away: cloth lies over that."""

    figure: Figure
    ids: NDArray[np.int64]
    rest: Points
    triangles: NDArray[np.int64]
    on_arm: NDArray[np.bool_]
    side: NDArray[np.int64]
    """By vertex: 1 on the person's left."""

    def posed(self, pose: Pose) -> tuple[Points, dict[str, Points]]:
        """Vertices and bone heads, not turned about the vertical."""
        figure = self.figure
        transforms, heads = body.bone_transforms(figure.rig, figure.rest, pose)
        vertices = body.skin(self.rest, figure.rig.weights[self.ids], transforms)
        return vertices, dict(zip(figure.rig.names, heads, strict=True))

    def turned(self, pose: Pose, degrees: float) -> Points:
        """The posed vertices, turned about the vertical."""
        way = body.rotation_about(np.array([0, 0, 1.0]), float(np.radians(degrees)))
        return np.asarray(self.posed(pose)[0] @ way.T)

    def moment(self, pose: Pose, grown: float) -> Moment:
        """`grown`: 0 thin, 1 as it is."""
        vertices, heads = self.posed(pose)
        if grown < 1:
            thin = self._thin(vertices, heads)
            vertices = thin + grown * (vertices - thin)
        return Moment(vertices, patches.normals(vertices, self.triangles))

    def _thin(self, vertices: Points, heads: Mapping[str, Points]) -> Points:
        middle = float(heads["spine01"][1])
        thin = vertices.copy()
        torso = ~self.on_arm
        depth = vertices[torso, 1]
        height = vertices[torso, 2]
        thin[torso, 1] = middle + THIN * (depth - _middle_depth(depth, height))
        for side, name in ((1, "L"), (-1, "R")):
            rows = np.flatnonzero(self.on_arm & (self.side == side))
            axis = np.stack(
                [heads[f"{b}.{name}"] for b in ("upperarm01", "lowerarm01", "wrist", "finger3-1")]
            )
            core = _on_line(vertices[rows], axis)
            thin[rows] = core + THIN * (vertices[rows] - core)
            thin[rows, 1] += middle - core[:, 1]
        return thin


def _middle_depth(depth: Points, height: Points) -> Points:
    """Half way between the front and the back at each vertex's height."""
    cells = np.floor((height - height.min()) / 0.02).astype(int)
    low, high = np.full(cells.max() + 1, np.inf), np.full(cells.max() + 1, -np.inf)
    np.minimum.at(low, cells, depth)
    np.maximum.at(high, cells, depth)
    full = np.flatnonzero(np.isfinite(low))
    centres = height.min() + 0.02 * (np.arange(len(low)) + 0.5)
    middle = np.interp(centres, centres[full], (low[full] + high[full]) / 2)
    even = np.convolve(np.pad(middle, 2, "edge"), np.ones(5) / 5, "valid")
    return np.asarray(np.interp(height, centres, even))


def _on_line(points: Points, line: Points) -> Points:
    """The nearest points on a polyline, which goes on beyond its far end."""
    best, distance = np.zeros_like(points), np.full(len(points), np.inf)
    for k in range(len(line) - 1):
        along = line[k + 1] - line[k]
        most = np.inf if k == len(line) - 2 else 1.0
        share = np.clip((points - line[k]) @ along / (along @ along), 0, most)
        at = line[k] + share[:, None] * along
        away = np.linalg.norm(points - at, axis=1)
        nearer = away < distance
        best[nearer], distance[nearer] = at[nearer], away[nearer]
    return best


def make(figure: Figure) -> Mannequin:
    quads = figure.base.quads["body"]
    ids = np.unique(quads)
    columns = [i for i, name in enumerate(figure.rig.names) if name.startswith(ARM_BONES)]
    share = figure.rig.weights[ids][:, columns].sum(axis=1)
    triangles = patches.triangulate(np.searchsorted(ids, quads))
    side = np.where(figure.rest[ids, 0] > 0, 1, -1)
    rest = figure.rest[ids]
    torso = (share < 0.05) & (rest[:, 2] < figure.joints["neck01"][2])
    rest = np.where(torso[:, None], patches.smooth(rest, triangles, RELIEF_ROUNDS), rest)
    return Mannequin(figure, ids, rest, triangles, share > 0.5, side)


def blended(one: Pose, other: Pose, share: float) -> Pose:
    """Between two poses that aim the same bones."""
    aims: dict[str, Aim] = {}
    for name, (far, start, lift) in one.aims.items():
        _, end, end_lift = other.aims[name]
        a, b = np.array(start), np.array(end)
        way = (1 - share) * a / np.linalg.norm(a) + share * b / np.linalg.norm(b)
        aims[name] = (far, (way[0], way[1], way[2]), (1 - share) * lift + share * end_lift)
    return Pose(aims, other.turns)


def girth(vertices: Points, low: float, high: float) -> float:
    """The largest tape measure, metres, round the slices of 2 cm between two heights."""
    slabs = (vertices[np.abs(vertices[:, 2] - z) < 0.01, :2] for z in np.arange(low, high, 0.01))
    return max((_tape(slab) for slab in slabs if len(slab) > 3), default=0.0)


def arm_girth(body: Mannequin, pose: Pose, low: float, high: float) -> float:
    """The largest tape measure, metres, round the thicker upper arm between two shares of it."""
    vertices, heads = body.posed(pose)
    around = [0.0]
    for side, name in ((1, "L"), (-1, "R")):
        arm = vertices[body.on_arm & (body.side == side)]
        start, end = heads[f"upperarm01.{name}"], heads[f"lowerarm01.{name}"]
        around += [_tape(ring) for ring in _rings(arm, start, end, low, high)]
    return max(around)


def _rings(points: Points, start: Points, end: Points, low: float, high: float) -> Iterator[Points]:
    """Slices of a limb between two shares of its bone, each seen along the bone (n x 2)."""
    bone = end - start
    share = (points - start) @ bone / (bone @ bone)
    way = bone / np.linalg.norm(bone)
    one = np.cross(way, [0.0, 1.0, 0.0])
    one /= np.linalg.norm(one)
    plane = np.stack([one, np.cross(way, one)], axis=1)
    for at in np.arange(low, high, 0.1):
        ring = points[np.abs(share - at) < 0.05]
        if len(ring) > 5:
            yield (ring - ring.mean(axis=0)) @ plane


def _tape(ring: Points) -> float:
    """The length of the shortest line round points of a plane (n x 2)."""
    return float(cv2.arcLength(cv2.convexHull(ring.astype(np.float32)[:, None]), True))


def parts(mannequin: Mannequin, moment: Moment) -> list[tuple[NDArray[np.int64], cKDTree]]:
    """The vertices' numbers and the tree of a moment's torso, left arm and right arm."""
    on_arm, side = mannequin.on_arm, mannequin.side
    groups = [
        np.flatnonzero(part) for part in (~on_arm, on_arm & (side == 1), on_arm & (side == -1))
    ]
    return [(rows, cKDTree(moment.vertices[rows])) for rows in groups]
