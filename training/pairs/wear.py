"""Puts a flat garment on a body: lays both layers round it, lets it grow, moves its arms."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.figures.body import Points, Pose
from training.figures.people import Aim
from training.pairs import cloth, mannequin, panels
from training.pairs.cloth import Cloth, Obstacles
from training.pairs.flat import NAMES, SIDES, BadFlat, Flat
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
SHORT = 0.34
"""Metres: a shorter sleeve ends on the upper arm."""
ARM_EASE = -0.006
"""Metres by which a short sleeve must be wider than half the arm's girth: knit gives a little."""
LONGEST = 0.30
"""Metres below the hip joints where the longest top ends."""
OVER_HAND = 0.08
"""Metres that a cuff may lie beyond the wrist."""
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


@dataclass(frozen=True)
class Hung:
    """How the flat picture hangs in the plane x-z: px times `scale` metres, turned upright."""

    flat: Flat
    scale: float
    origin: Points
    top: float
    """Height in metres of `origin`, which is the middle between the neck's corners, px."""

    def plane(self, places: Points) -> Points:
        """Metres to the person's left and up."""
        c, s = np.cos(self.flat.slant), np.sin(self.flat.slant)
        away = (places - self.origin) @ np.array([[c, -s], [s, c]])
        upright = np.stack([away[:, 0], -away[:, 1]], axis=1)
        return np.asarray(upright * self.scale + np.array([0, self.top]))


def metres_per_px(flat: Flat, body: Mannequin, pose: Pose, ease: float) -> float:
    """`ease`: metres by which the flat chest is wider than half the body's girth."""
    vertices, heads = body.posed(pose)
    torso = vertices[~body.on_arm]
    shoulder, hip = heads["upperarm01.L"][2], heads["upperleg01.L"][2]
    chest = mannequin.girth(torso, shoulder - 0.20, shoulder - 0.10) / 2
    scale = (chest + ease) / flat.chest
    long = flat.marks["hem_left"][1] - flat.marks["shoulder_left"][1]
    if shoulder - long * scale < hip + 0.10:
        hips = mannequin.girth(torso, hip - 0.08, hip + 0.04) / 2 + 0.02
        scale = max(scale, min(hips / flat.hem, 1.25 * scale))
    if flat.cuffs:
        cuff = min(float(np.linalg.norm(outer - inner)) for outer, inner in flat.cuffs.values())
        length = min(_length(line) for line in flat.sleeves.values()) * scale
        if length < SHORT:  # a long sleeve's cuff goes round the wrist, which is always thin enough
            arm = mannequin.arm_girth(body, pose, 0.35, 0.7) / 2
            needed = (arm + ARM_EASE) / cuff / scale
            if needed > 1.35:
                raise BadFlat("cuffs too narrow")
            scale *= max(1.0, needed)
    if long * scale > shoulder - hip + LONGEST:
        raise BadFlat("too long")
    return scale


def _length(line: Points) -> float:
    return float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())


def wear(flat: Flat, body: Mannequin, wanted: Pose, ease: float) -> Worn:
    scale = metres_per_px(flat, body, wanted, ease)
    cut = panels.cut(flat, CELL / scale)
    hung, laid = _hang(flat, body, wanted, scale)
    plane = hung.plane(cut.place)
    start = np.stack([plane[:, 0], np.zeros(len(plane)), plane[:, 1]], axis=1)
    middle = float(body.posed(laid)[1]["spine01"][1])
    border = np.linalg.norm(plane[:, None] - plane[None, : cut.sewn], axis=2).min(axis=1)
    start[:, 1] = middle - cut.layer * np.minimum(LAYER, 0.9 * border)
    garment = cloth.make(start, plane, cut.triangles, cut.layer)
    sleeve = _sleeve_sides(hung, cut)
    _dress(garment, body, laid, wanted, sleeve)
    return Worn(cut, plane, garment.now, cloth.longest_stretch(garment))


def _sleeve_sides(hung: Hung, cut: Panels) -> NDArray[np.int64]:
    """By vertex: the side of the sleeve that it belongs to, 0 on the torso."""
    found = np.zeros(len(cut.place), np.int64)
    for side in SIDES:
        if side in hung.flat.sleeves:
            name = NAMES[side]
            tip, pit = (hung.flat.marks[f"{part}_{name}"] for part in ("shoulder", "armpit"))
            seam = pit - tip
            outward = side * np.array([seam[1], -seam[0]])
            beyond = (cut.place - tip) @ outward > 0
            line = hung.flat.sleeves[side]
            near = np.linalg.norm(cut.place[:, None] - line[None], axis=2).min(axis=1)
            wide = 1.2 * float(np.linalg.norm(seam))
            found[beyond & (near < wide)] = side
    return found


def _hang(flat: Flat, body: Mannequin, wanted: Pose, scale: float) -> tuple[Hung, Pose]:
    """Where the flat hangs so that the thin body is inside of it, and the pose of that body."""
    origin = (flat.neckline[0] + flat.neckline[-1]) / 2
    hung = Hung(flat, scale, origin, 0.0)
    pose = wanted
    for _ in range(3):  # raised arms lift the shoulders, which lifts the garment
        vertices, heads = body.posed(pose)
        torso = vertices[~body.on_arm]
        base = float(heads["neck01"][2])
        top = max(_clearance(hung, torso, side) for side in SIDES)
        hung = Hung(flat, scale, origin, min(top + ABOVE, base + 0.06))
        pose = _laid_pose(hung, wanted, heads)
    return hung, pose


def _clearance(hung: Hung, torso: Points, side: int) -> float:
    """Metres that the hung garment's origin must lie high for a shoulder to pass below its seam."""
    flat = hung.flat
    ends = np.stack([flat.neckline[0 if side == -1 else -1], flat.marks[f"shoulder_{NAMES[side]}"]])
    seam = Hung(flat, hung.scale, hung.origin, 0.0).plane(ends)
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
            line = np.concatenate([line, line[-1:] + 1.0 * _unit(line[-1] - line[-4])])
        else:
            line = shoulder + np.linspace(0, 1, 8)[:, None] * np.array([0.45 * side, -0.9])
        if side in hung.flat.sleeves:
            ends = hung.plane(np.stack(hung.flat.cuffs[side])).mean(axis=0)
            if float(np.linalg.norm(ends - shoulder)) > upper + lower + OVER_HAND:
                raise BadFlat("sleeves too long")
        elbow = _at_distance(line, shoulder, upper)
        wrist = _at_distance(line, elbow, lower)
        one, two = _unit(elbow - shoulder), _unit(wrist - elbow)
        lift = 0.75 - 0.5 * min(1.0, max(0.0, (abs(one[0]) - 0.2) / 0.6))
        shoulder_aim = wanted.aims[f"shoulder01.{name}"]
        aims[f"shoulder01.{name}"] = (shoulder_aim[0], shoulder_aim[1], lift)
        for bone, way in (("upperarm01", one), ("lowerarm01", two), ("wrist", two)):
            far, _, share = wanted.aims[f"{bone}.{name}"]
            aims[f"{bone}.{name}"] = (far, (float(way[0]), 0.0, float(way[1])), share)
    return Pose(aims, wanted.turns)


def _unit(vector: Points) -> Points:
    return np.asarray(vector / np.linalg.norm(vector))


def _at_distance(line: Points, place: Points, distance: float) -> Points:
    """The last point of a line that is `distance` away from a place."""
    fine = np.concatenate(
        [
            a + np.linspace(0, 1, 20, endpoint=False)[:, None] * (b - a)
            for a, b in itertools.pairwise(line)
        ]
    )
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
    for index, (rows, tree) in enumerate(mannequin.parts(body, before).groups):
        nearest = rows[tree.query(garment.now)[1]]
        own = (0, 1, -1)[index]
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
