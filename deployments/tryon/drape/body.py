"""Measures of a person's upper body, taken from the joints and the outline in the photo.

All lengths are px of the reduced grid; proportions are in `unit`, which is the larger of the
distance of the shoulder joints and 0.62 of the torso's length.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.limb import (
    Limb,
    first_exit,
    fitted_ratio,
    make_path,
    outward_normals,
)
from deployments.tryon.drape.raster import draw_outline, ramp
from deployments.tryon.drape.scene import ARMS, BOTTOMS, HEAD, TOPS, Scene
from deployments.types import Joint, Label

SIDES = (-1, 1)
SHOULDERS = {-1: Joint.RIGHT_SHOULDER, 1: Joint.LEFT_SHOULDER}
ELBOWS = {-1: Joint.RIGHT_ELBOW, 1: Joint.LEFT_ELBOW}
WRISTS = {-1: Joint.RIGHT_WRIST, 1: Joint.LEFT_WRIST}
HIPS = {-1: Joint.RIGHT_HIP, 1: Joint.LEFT_HIP}

ARM_STATIONS = np.array([0.0, 0.25, 0.5, 0.7, 1.0], np.float32)
ARM_HALF_WIDTHS = np.array([0.13, 0.125, 0.105, 0.10, 0.068], np.float32)
TORSO_STATIONS = np.array([0.0, 0.25, 0.62, 0.8, 1.0, 1.3], np.float32)
TORSO_HALF_WIDTHS = np.array([0.45, 0.44, 0.38, 0.42, 0.47, 0.50], np.float32)
NECK_HALF_WIDTH = 0.165
ARMPIT_DROP = 0.33
WIDEST_ARM = 1.5
"""Times as wide as usual."""
HAND_REACH = 0.34
"""Units past the wrist within which a hand comes out of the longest sleeve."""
WIDEST_WRIST = 0.13
"""Units: half as wide as a hand's back where a cuff lies on it."""
BARE_WRIST = 6
"""Points at the end of an arm's path which, all bare, tell its width better than a hand and its
thumb do."""
LEAN = 0.3
"""How far the neck's foot moves aside with the head."""
ONE_BARE, OTHER_BARE = 0.35, 0.06
"""Shares of two arms' paths, bare at least and at most: both sleeves are as long, so the second
arm is somewhere else."""
SURELY_SEEN = 0.5
"""Scores of elbow and wrist from which an arm lies where the pose has it."""


@dataclass(frozen=True)
class Frame:
    """A straight frame along the spine: `down` from between the shoulders to between the hips."""

    origin: Floats
    down: Floats
    across: Floats
    unit: float
    hips: float
    """Distance of the hip joints below the shoulder joints."""
    hips_seen: bool

    def point(self, lateral: float, below: float) -> Floats:
        return np.asarray(self.origin + lateral * self.across + below * self.down, np.float32)

    def points(self, lateral: Floats, below: Floats) -> Floats:
        spread = lateral[..., None] * self.across + below[..., None] * self.down
        return np.asarray(self.origin + spread, np.float32)

    def coordinates(self, points: Floats) -> tuple[Floats, Floats]:
        """Lateral and downward coordinates of points (…×2)."""
        away = points - self.origin
        return (
            np.asarray(away @ self.across, np.float32),
            np.asarray(away @ self.down, np.float32),
        )

    def grid(self, size: tuple[int, ...]) -> tuple[Floats, Floats]:
        """The same of all pixels of a grid (height, width)."""
        return ramp(size, self.origin, self.across), ramp(size, self.origin, self.down)


@dataclass(frozen=True)
class Body:
    frame: Frame
    shoulders: dict[int, Floats]
    """The shoulder joints, by side."""
    arms: dict[int, Limb]
    edges: dict[int, Floats]
    """By side, the outline from the side of the neck over the shoulder down to the wrist (M×2)."""
    stations: dict[int, Floats]
    """Along each edge (M), the arc length along the arm's path; negative above the joint."""
    levels: Floats
    """K distances below the shoulders where the torso was measured."""
    half_widths: dict[int, Floats]
    """Half-widths of the torso there, by side (K)."""
    lean: float = 0.0
    """How far the neck's foot lies beside the spine's line (px), towards side 1."""

    @property
    def unit(self) -> float:
        return self.frame.unit

    def half_width(self, side: int, below: Floats) -> Floats:
        return np.interp(below, self.levels, self.half_widths[side]).astype(np.float32)

    def edge_at(self, side: int, length: Floats) -> Floats:
        return curves.at(self.edges[side], length)


def measure(scene: Scene) -> Body:
    """Take a person's measures."""
    frame = find_frame(scene)
    shoulders = {side: _must(scene, SHOULDERS[side]) for side in SIDES}
    arms = _told_behind(scene, {side: _arm(scene, frame, side) for side in SIDES})
    lean = _lean(scene, frame)
    edges, stations = {}, {}
    for side in SIDES:
        edges[side], stations[side] = _edge(scene, frame, arms[side], lean)
    levels = np.linspace(0.15, 1.3, 24, dtype=np.float32) * frame.hips
    widths = {side: _torso_half_widths(scene, frame, arms, side, levels) for side in SIDES}
    return Body(frame, shoulders, arms, edges, stations, levels, widths, lean)


def _must(scene: Scene, joint: int) -> Floats:
    return np.asarray(scene.joints[joint, :2], np.float32)


def find_frame(scene: Scene) -> Frame:
    """The frame along the spine; the hips are guessed where they were not seen."""
    right, left = _must(scene, Joint.RIGHT_SHOULDER), _must(scene, Joint.LEFT_SHOULDER)
    origin = (right + left) / 2
    apart = float(np.linalg.norm(left - right))
    hips = [hip for side in SIDES if (hip := scene.joint(HIPS[side])) is not None]
    seen = len(hips) == 2
    bottom = np.mean(hips, axis=0) if seen else origin + np.array([0, apart * 1.55], np.float32)
    length = float(np.linalg.norm(bottom - origin))
    if length < 0.5 * apart:
        seen, length = False, apart * 1.55
        bottom = origin + np.array([0, length], np.float32)
    down = ((bottom - origin) / max(float(np.linalg.norm(bottom - origin)), 1e-3)).astype(
        np.float32
    )
    across = np.array([down[1], -down[0]], np.float32)
    unit = max(apart, 0.62 * length)
    return Frame(origin, down, across, unit, length, seen)


def _lean(scene: Scene, frame: Frame) -> float:
    """The neck's foot moves with the head, but less."""
    ears = [scene.joint(ear) for ear in (Joint.RIGHT_EAR, Joint.LEFT_EAR)]
    seen = [ear for ear in ears if ear is not None]
    head = scene.joint(Joint.NOSE) if len(seen) < 2 else np.mean(seen, axis=0)
    if head is None:
        return 0.0
    lateral, _ = frame.coordinates(np.asarray(head, np.float32))
    return float(np.clip(LEAN * lateral, -0.08 * frame.unit, 0.08 * frame.unit))


def _arm(scene: Scene, frame: Frame, side: int) -> Limb:
    start = _must(scene, SHOULDERS[side])
    elbow, wrist = scene.joint(ELBOWS[side]), scene.joint(WRISTS[side])
    whole = elbow is not None and wrist is not None
    hanging = frame.down + 0.12 * side * frame.across
    if elbow is None:
        elbow = start + 0.82 * frame.unit * hanging
    if wrist is None:
        along = (elbow - start) / max(float(np.linalg.norm(elbow - start)), 1e-3)
        wrist = elbow + 0.68 * frame.unit * along
    path, bend = make_path(start, elbow, wrist)
    outward = outward_normals(path, side)
    share = np.linspace(0, 1, len(path), dtype=np.float32)
    expected = np.interp(share, ARM_STATIONS, ARM_HALF_WIDTHS).astype(np.float32) * frame.unit
    outer = _measured_half_width(scene, path, outward, expected, outer=True)
    inner = _measured_half_width(scene, path, -outward, expected, outer=False)
    hands = [_hand(scene, path, direction, frame.unit) for direction in (outward, -outward)]
    if not _lookup(scene.marked(*ARMS), path[-BARE_WRIST:]).all():
        outer = _met_by_hand(outer, hands[0], frame.unit)
        inner = _met_by_hand(inner, hands[1], frame.unit)
    begin = min((hand[0] for hand in hands if hand is not None), default=None)
    return Limb(side, path, outward, outer, inner, bend, whole, begin)


def _told_behind(scene: Scene, arms: dict[int, Limb]) -> dict[int, Limb]:
    """The arms, of which one goes behind the body where the other comes bare out of its sleeve and
    this one shows neither skin nor hand."""
    bare = {side: _lookup(scene.marked(*ARMS), arm.path).mean() for side, arm in arms.items()}
    return {
        side: replace(
            arm,
            behind=bool(bare[-side] > ONE_BARE and bare[side] < OTHER_BARE)
            and arm.hand is None
            and min(scene.joints[joints[side], 2] for joints in (ELBOWS, WRISTS)) < SURELY_SEEN,
        )
        for side, arm in arms.items()
    }


def _measured_half_width(
    scene: Scene, path: Floats, direction: Floats, expected: Floats, *, outer: bool
) -> Floats:
    """Half-widths of an arm on one side: to the end of its skin where it is bare, to the end of the
    person where it is covered, but hardly wider than what is bare of it tells."""
    skin = scene.marked(*ARMS)
    person = (scene.labels != Label.BACKGROUND) & ~scene.marked(*BOTTOMS, *HEAD)
    reach = float(expected.max() * 1.9)
    bare = _lookup(skin, path)
    over_skin = first_exit(skin, path, direction, reach)
    over_cloth = first_exit(person, path, direction, reach)
    over_cloth[: len(path) // 8] = np.nan
    told = np.flatnonzero(bare & np.isfinite(over_skin))
    usual = np.ones(len(path), np.float32)
    if len(told) > len(path) // 6:
        ratio = curves.blurred((over_skin / expected)[told].astype(np.float32), 4.0)
        usual = np.interp(np.arange(len(path)), told, np.clip(ratio, 0.72, WIDEST_ARM)).astype(
            np.float32
        )
        over_cloth = np.where(np.isfinite(over_cloth), over_cloth, expected * usual)
    covered = np.clip(over_cloth, None, expected * usual * (1.04 if outer else 1.0))
    return expected * fitted_ratio(np.where(bare, over_skin, covered), expected, 0.68, WIDEST_ARM)


def _hand(scene: Scene, path: Floats, direction: Floats, unit: float) -> tuple[float, float] | None:
    """How far past the wrist a hand comes out of the sleeve, and how far it reaches to one side of
    the arm's line there, px; None where no hand does."""
    steps = np.linspace(0.0, HAND_REACH, 14, dtype=np.float32) * unit
    beyond = path[-1] + steps[:, None] * curves.tangents(path)[-1]
    outwards = np.broadcast_to(direction[-1], beyond.shape).astype(np.float32)
    hand = first_exit(scene.marked(*ARMS, Label.GLOVE), beyond, outwards, 0.22 * unit)
    seen = np.flatnonzero(np.isfinite(hand))[:3]
    return (float(steps[seen[0]]), float(np.median(hand[seen]))) if len(seen) else None


def _met_by_hand(half_width: Floats, hand: tuple[float, float] | None, unit: float) -> Floats:
    """Half-widths of an arm on one side that come to those of the hand, where one is seen."""
    if hand is None:
        return half_width
    widest = max(WIDEST_WRIST * unit, float(half_width[-1]))
    end = float(np.clip(hand[1], 0.5 * half_width[-1], widest))
    ramp = np.clip((np.linspace(0, 1, len(half_width), dtype=np.float32) - 0.65) / 0.35, 0, 1)
    return np.asarray(half_width + (end - half_width[-1]) * ramp, np.float32)


def _lookup(mask: Bools, points: Floats) -> Bools:
    height, width = mask.shape
    x = np.clip(np.round(points[:, 0]).astype(int), 0, width - 1)
    y = np.clip(np.round(points[:, 1]).astype(int), 0, height - 1)
    return np.asarray(mask[y, x], np.bool_)


def _edge(scene: Scene, frame: Frame, arm: Limb, lean: float) -> tuple[Floats, Floats]:
    """The outline from the neck over the shoulder down the arm, and its stations on the arm."""
    joint, unit = arm.path[0], frame.unit
    towards = joint - frame.origin
    aside = lean * frame.across
    neck = frame.origin + 0.36 * towards - 0.25 * unit * frame.down + aside
    slope = frame.origin + 0.66 * towards - 0.155 * unit * frame.down + 0.5 * aside
    tip = joint - 0.105 * unit * frame.down + 0.02 * unit * frame.across * arm.side
    start = 0.16 * unit
    station = np.linspace(start, arm.length, 40, dtype=np.float32)
    down_arm = arm.offset(station, arm.width(station, outer=True))
    rough = np.concatenate([np.stack([neck, slope, tip]), down_arm])
    rough_station = np.concatenate([[-0.4 * unit, -0.25 * unit, -0.02 * unit], station])
    smooth = curves.rounded(np.column_stack([rough[:4], rough_station[:4]])[:, :2], 4)
    stations = np.interp(np.linspace(0, 3, len(smooth)), np.arange(4), rough_station[:4])
    edge = np.concatenate([smooth, rough[4:]]).astype(np.float32)
    along = np.concatenate([stations, rough_station[4:]]).astype(np.float32)
    snapped = _snapped(scene, edge, along, arm.side, unit)
    bridged = np.flatnonzero((along > -0.27 * unit) & (along < 0.4 * unit))
    snapped[bridged] = _bridged(snapped[bridged], arm.side)
    return snapped, along


def _bridged(points: Floats, side: int) -> Floats:
    """A row of points drawn straight over its hollows, as cloth lies over a shoulder."""
    hull: list[int] = []
    for i, point in enumerate(points):
        while len(hull) > 1:
            one, other = points[hull[-1]] - points[hull[-2]], point - points[hull[-1]]
            if side * float(one[0] * other[1] - one[1] * other[0]) > 0:
                break
            hull.pop()
        hull.append(i)
    index = np.arange(len(points))
    spanned = [np.interp(index, hull, points[hull, k]) for k in (0, 1)]
    return np.stack(spanned, axis=-1).astype(np.float32)


def _snapped(scene: Scene, edge: Floats, along: Floats, side: int, unit: float) -> Floats:
    """The edge drawn to the outline in the photo, where that can be seen near it."""
    normal = outward_normals(edge, side)
    normal = curves.blurred(normal, 2.0)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    person = scene.labels != Label.BACKGROUND
    depth = 0.12 * unit
    found = first_exit(person, edge - depth * normal, normal, 0.26 * unit) - depth
    clothed = _lookup(scene.marked(*TOPS), edge) & (along > 0.05 * unit)
    found = np.where(clothed, np.minimum(found, 0), found)  # a wide sleeve is no arm
    hidden = _lookup(scene.marked(*HEAD), edge + np.nan_to_num(found)[:, None] * normal * 0.9)
    known = np.isfinite(found) & ~hidden & (along < 0.45 * unit)
    shift = np.clip(np.where(known, found, 0.0), -0.09 * unit, 0.035 * unit).astype(np.float32)
    weights = np.where(known, 1.0, 0.03).astype(np.float32)
    weights[along >= 0.45 * unit] = 1.0
    return (edge + curves.blurred(shift, 1.6, weights)[:, None] * normal).astype(np.float32)


def _torso_half_widths(
    scene: Scene, frame: Frame, arms: dict[int, Limb], side: int, levels: Floats
) -> Floats:
    """Half-widths of the torso on one side at the levels, without the arm beside it."""
    expected = np.interp(levels / frame.hips, TORSO_STATIONS, TORSO_HALF_WIDTHS) * frame.unit
    clothed = scene.marked(*TOPS, *BOTTOMS, Label.TORSO_SKIN)
    centre = frame.points(np.zeros_like(levels), levels)
    outwards = np.broadcast_to(side * frame.across, centre.shape).astype(np.float32)
    arm = np.zeros(scene.size, np.bool_)
    if not arms[side].behind:
        arm = draw_outline(arms[side].outline(1.0), *scene.size) > 0.5
    from_inside = centre + outwards * 0.26 * frame.unit
    free = first_exit(clothed & ~arm, from_inside, outwards, 0.6 * frame.unit)
    whole = first_exit(scene.labels != Label.BACKGROUND, from_inside, outwards, 0.6 * frame.unit)
    at_arm = np.isfinite(free) & (~np.isfinite(whole) | (whole > free + 0.03 * frame.unit))
    measured = np.where(at_arm, np.maximum(free, expected * 0.9), free) + 0.26 * frame.unit
    return np.asarray(expected * fitted_ratio(measured, expected, 0.82, 1.28), np.float32)
