"""The size in which a flat garment is worn: from px of its picture to metres of cloth.

A photo of a garment is foreshortened, and not everything fits everybody: so its length, and its
sleeves' length and width, are taken in or let out smoothly. The picture stays as it is; only how
many metres a pixel means changes from place to place.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.figures.body import Points, Pose
from training.pairs import mannequin
from training.pairs.flat import NAMES, SIDES, BadFlat, Flat
from training.pairs.lines import finer, unit
from training.pairs.mannequin import Mannequin

SHORT = 0.34
"""Metres: a shorter sleeve ends on the upper arm."""
ARM_EASE = 0.004
"""Metres by which a short sleeve is wider than half the arm's girth at least."""
LONGEST = 0.26
"""Metres below the hip joints where the longest top ends."""
OVER_HAND = 0.03
"""Metres that the longest sleeve reaches beyond the wrist."""
WRIST = 0.115
"""Metres: the least width of a long sleeve's cuff; the sleeve narrows towards it from the elbow."""
WHOLLY = 0.45
"""Share of a sleeve's length at which it is let out by the whole factor."""
LEAST_LONG, LEAST_SLEEVE, MOST_WIDE = 0.72, 0.62, 1.7
"""What is taken in or let out farther would not be the same garment."""


@dataclass(frozen=True)
class Size:
    """`across`, `down`: metres a px; `wider`, `shorter`: factors of the sleeves at their ends."""

    across: float
    down: float
    wider: float = 1.0
    shorter: float = 1.0


@dataclass(frozen=True)
class Hung:
    """How the flat picture hangs in the plane x-z, turned upright."""

    flat: Flat
    size: Size
    origin: Points
    top: float
    """Height in metres of `origin`, which is the middle between the neck's corners, px."""

    def plane(self, places: Points) -> Points:
        """Metres to the person's left and up."""
        upright = self._upright(places)
        sides = sleeve_sides(self.flat, places)
        for side, line in self.flat.sleeves.items():
            rows = sides == side
            if rows.any():
                upright[rows] = self._altered(upright[rows], self._upright(line))
        return np.asarray(upright + np.array([0, self.top]))

    def _upright(self, places: Points) -> Points:
        c, s = np.cos(self.flat.slant), np.sin(self.flat.slant)
        away = (places - self.origin) @ np.array([[c, -s], [s, c]])
        return np.asarray(away * np.array([self.size.across, -self.size.down]))

    def _altered(self, points: Points, line: Points) -> Points:
        """A sleeve's points, moved along and away from its middle line, more towards the cuff."""
        line = np.concatenate([line, line[-1:] + 0.3 * unit(line[-1] - line[-4])])
        fine = finer(line, 12)
        along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))])
        nearest = np.linalg.norm(points[:, None] - fine[None], axis=2).argmin(axis=1)
        long = along[-1] - 0.3
        share = np.clip(along[nearest] / (WHOLLY * long), 0, 1)[:, None]
        at = along[nearest] * self.size.shorter
        moved = np.stack([np.interp(at, along, fine[:, k]) for k in (0, 1)], axis=1)
        return np.asarray(moved + (1 + (self.size.wider - 1) * share) * (points - fine[nearest]))


def sleeve_sides(flat: Flat, places: Points) -> NDArray[np.int64]:
    """By place: the side of the sleeve that it belongs to, 0 on the torso."""
    found = np.zeros(len(places), np.int64)
    for side in SIDES:
        if side in flat.sleeves:
            tip, pit = (flat.marks[f"{part}_{NAMES[side]}"] for part in ("shoulder", "armpit"))
            seam = pit - tip
            outward = side * np.array([seam[1], -seam[0]])
            beyond = (places - tip) @ outward > 0
            near = np.linalg.norm(places[:, None] - flat.sleeves[side][None], axis=2).min(axis=1)
            found[beyond & (near < 1.2 * float(np.linalg.norm(seam)))] = side
    return found


def size_for(flat: Flat, body: Mannequin, pose: Pose, ease: float) -> Size:
    """`ease`: metres by which the flat chest is wider than half the body's girth. Raises BadFlat
    where the garment would have to be changed too much."""
    vertices, heads = body.posed(pose)
    torso = vertices[~body.on_arm]
    shoulder, hip = heads["upperarm01.L"][2], heads["upperleg01.L"][2]
    chest = mannequin.girth(torso, shoulder - 0.20, shoulder - 0.10) / 2
    across = (chest + ease) / flat.chest
    long = float(flat.marks["hem_left"][1] - flat.marks["shoulder_left"][1])
    if shoulder - long * across < hip + 0.10:
        hips = mannequin.girth(torso, hip - 0.08, hip + 0.04) / 2 + 0.02
        across = max(across, min(hips / flat.hem, 1.25 * across))
    lower = min(1.0, (shoulder - hip + LONGEST) / (long * across))
    if lower < LEAST_LONG:
        raise BadFlat("too long")
    if not flat.sleeves:
        return Size(across, across * lower)
    wider, shorter = _sleeves(flat, body, pose, across)
    return Size(across, across * lower, wider, shorter)


def _sleeves(flat: Flat, body: Mannequin, pose: Pose, scale: float) -> tuple[float, float]:
    heads = body.posed(pose)[1]
    cuff = min(float(np.linalg.norm(outer - inner)) for outer, inner in flat.cuffs.values())
    ends = [
        (np.linalg.norm(np.diff(line, axis=0), axis=1).sum(), side)
        for side, line in flat.sleeves.items()
    ]
    length = max(float(long) for long, _ in ends) * scale
    if length < SHORT:
        arm = mannequin.arm_girth(body, pose, 0.35, 0.7) / 2
        wider = max(1.0, (arm + ARM_EASE) / max(cuff * scale, 1e-6))
        if wider > MOST_WIDE:
            raise BadFlat("cuffs too narrow")
        return wider, 1.0
    joints = [heads[f"{name}.L"] for name in ("upperarm01", "lowerarm01", "wrist")]
    arm = sum(float(np.linalg.norm(b - a)) for a, b in itertools.pairwise(joints))
    tips = np.linalg.norm(flat.marks["shoulder_left"] - flat.marks["shoulder_right"]) * scale / 2
    dropped = max(0.0, float(tips) - float(joints[0][0]))
    shorter = min(1.0, (arm + OVER_HAND - dropped) / length)
    if shorter < LEAST_SLEEVE:
        raise BadFlat("sleeves too long")
    return min(MOST_WIDE, max(1.0, WRIST / max(cuff * scale, 1e-6))), shorter
