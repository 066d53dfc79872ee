"""Puts a flat garment on a body: lays both layers round it, lets it grow, moves its arms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.figures.body import Points, Pose
from training.figures.people import Aim
from training.pairs import cloth, fit, mannequin, panels
from training.pairs.cloth import Cloth, Obstacles
from training.pairs.fit import Hung, Size
from training.pairs.flat import NAMES, SIDES, Flat
from training.pairs.lines import finer, unit
from training.pairs.mannequin import Mannequin, Moment
from training.pairs.panels import Panels

CELL = 0.013
"""Metres between the cloth's vertices."""
GAP = 0.004
TROUSERS = 0.010
"""Metres that cloth keeps off the skin, and off the skin under trousers."""
LAYER = 0.035
"""Metres from the middle plane to each layer before the body grows."""
ABOVE = 0.012
"""Metres from the thin body's shoulders up to the garment's when it is hung there."""
GROW, MOVE, SETTLE = 40, 60, 50
"""Frames."""


@dataclass(frozen=True)
class Worn:
    """A garment on a body that is not turned about the vertical."""

    panels: Panels
    flat: Points
    """Metres in the plane of the flat, by vertex."""
    vertices: Points
    stretch: float
    """Longest cloth over its rest length (99th percentile)."""


def wear(flat: Flat, body: Mannequin, wanted: Pose, ease: float) -> Worn:
    size = fit.size_for(flat, body, wanted, ease)
    cut = panels.cut(flat, CELL / size.across)
    hung, laid = _hang(flat, body, wanted, size)
    plane = hung.plane(cut.place)
    start = np.stack([plane[:, 0], np.zeros(len(plane)), plane[:, 1]], axis=1)
    middle = float(body.posed(laid)[1]["spine01"][1])
    border = np.linalg.norm(plane[:, None] - plane[None, : cut.sewn], axis=2).min(axis=1)
    start[:, 1] = middle - cut.layer * np.minimum(LAYER, 0.9 * border)
    garment = cloth.make(start, plane, cut.triangles, cut.layer)
    _dress(garment, body, laid, wanted, fit.sleeve_sides(flat, cut.place))
    return Worn(cut, plane, garment.now, cloth.longest_stretch(garment))


def _hang(flat: Flat, body: Mannequin, wanted: Pose, size: Size) -> tuple[Hung, Pose]:
    """Where the flat hangs so that the thin body is inside of it, and the pose of that body."""
    origin = (flat.neckline[0] + flat.neckline[-1]) / 2
    hung = Hung(flat, size, origin, 0.0)
    pose = wanted
    for _ in range(3):  # raised arms lift the shoulders, which lifts the garment
        vertices, heads = body.posed(pose)
        torso = vertices[~body.on_arm]
        base = float(heads["neck01"][2])
        top = max(_clearance(hung, torso, side) for side in SIDES)
        hung = Hung(flat, size, origin, min(top + ABOVE, base + 0.06))
        pose = _laid_pose(hung, wanted, heads)
    return hung, pose


def _clearance(hung: Hung, torso: Points, side: int) -> float:
    """Metres that the hung garment's origin must lie high for a shoulder to pass below its seam."""
    flat = hung.flat
    ends = np.stack([flat.neckline[0 if side == -1 else -1], flat.marks[f"shoulder_{NAMES[side]}"]])
    seam = Hung(flat, hung.size, hung.origin, 0.0).plane(ends)
    highest = -np.inf
    for share in np.linspace(0.1, 0.9, 5):
        x, z = seam[0] + share * (seam[1] - seam[0])
        near = torso[np.abs(torso[:, 0] - x) < 0.015]
        if len(near):
            highest = max(highest, float(near[:, 2].max()) - z)
    return highest


def _laid_pose(hung: Hung, wanted: Pose, heads: dict[str, Points]) -> Pose:
    """Arms along the flat picture's sleeves; without sleeves a little away from the body."""
    aims: dict[str, Aim] = dict(wanted.aims)
    for side, name in ((1, "L"), (-1, "R")):
        shoulder = heads[f"upperarm01.{name}"][[0, 2]]
        upper = float(np.linalg.norm(heads[f"lowerarm01.{name}"] - heads[f"upperarm01.{name}"]))
        lower = float(np.linalg.norm(heads[f"wrist.{name}"] - heads[f"lowerarm01.{name}"]))
        if side in hung.flat.sleeves:
            line = hung.plane(hung.flat.sleeves[side])
            line = np.concatenate([line, line[-1:] + 1.0 * unit(line[-1] - line[-4])])
        else:
            line = shoulder + np.linspace(0, 1, 8)[:, None] * np.array([0.45 * side, -0.9])
        elbow = _at_distance(line, shoulder, upper)
        wrist = _at_distance(line, elbow, lower)
        one, two = unit(elbow - shoulder), unit(wrist - elbow)
        lift = 0.75 - 0.5 * min(1.0, max(0.0, (abs(one[0]) - 0.2) / 0.6))
        shoulder_aim = wanted.aims[f"shoulder01.{name}"]
        aims[f"shoulder01.{name}"] = (shoulder_aim[0], shoulder_aim[1], lift)
        for bone, way in (("upperarm01", one), ("lowerarm01", two), ("wrist", two)):
            far, _, share = wanted.aims[f"{bone}.{name}"]
            aims[f"{bone}.{name}"] = (far, (float(way[0]), 0.0, float(way[1])), share)
    return Pose(aims, wanted.turns)


def _at_distance(line: Points, place: Points, distance: float) -> Points:
    """The last point of a line that is `distance` away from a place."""
    fine = finer(line, 20)
    away = np.linalg.norm(fine - place, axis=1)
    inside = np.flatnonzero(away <= distance)
    return np.asarray(fine[inside[-1]] if len(inside) else fine[int(np.argmin(away))])


def _dress(
    garment: Cloth, body: Mannequin, laid: Pose, wanted: Pose, sleeve: NDArray[np.int64]
) -> None:
    gaps = _gaps(body, wanted)
    before = body.moment(laid, 0.0)
    for frame in range(GROW + MOVE + SETTLE):
        grown = min(1.0, (frame + 1) / GROW)
        share = float(np.clip((frame + 1 - GROW) / MOVE, 0, 1))
        share = share * share * (3 - 2 * share)
        if frame < GROW + MOVE:
            now = body.moment(mannequin.blended(laid, wanted, share), grown)
        else:
            now = before if frame == GROW + MOVE else now
        obstacles = _obstacles(garment, body, before, now, gaps, sleeve)
        growing = frame < GROW
        cloth.advance(
            garment,
            obstacles,
            gravity=1.0 if growing else cloth.GRAVITY,
            damping=12.0 if growing else 3.0,
            grip=0.1 if growing else 0.4,
        )
        before = now


def _gaps(body: Mannequin, pose: Pose) -> Points:
    """By body vertex, metres: more below the waist, where trousers are."""
    vertices, heads = body.posed(pose)
    waist = float(heads["spine05"][2]) + 0.055
    below = np.clip((waist + 0.01 - vertices[:, 2]) / 0.02, 0, 1) * ~body.on_arm
    return np.asarray(GAP + (TROUSERS - GAP) * below)


def _obstacles(
    garment: Cloth,
    body: Mannequin,
    before: Moment,
    now: Moment,
    gaps: Points,
    sleeve: NDArray[np.int64],
) -> Obstacles:
    """The nearest place of the torso and of either arm, by cloth vertex."""
    columns = []
    for own, (rows, tree) in zip((0, 1, -1), mannequin.parts(body, before), strict=True):
        nearest = rows[tree.query(garment.now)[1]]
        depth = 0.06 if own == 0 else np.where(sleeve == own, 0.06, mannequin.ARM_DEPTH)
        columns.append((nearest, np.broadcast_to(depth, len(nearest))))
    ids = np.stack([column[0] for column in columns], axis=1)
    speeds = (now.vertices - before.vertices)[ids] / cloth.FRAME
    return Obstacles(
        before.vertices[ids],
        now.normals[ids],
        speeds,
        gaps[ids],
        np.stack([column[1] for column in columns], axis=1).astype(np.float64),
    )
