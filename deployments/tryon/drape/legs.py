"""The legs, measured when a garment or bare skin goes on them."""

from __future__ import annotations

import numpy as np

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import HIPS, SIDES, Body, find_frame
from deployments.tryon.drape.limb import (
    Limb,
    first_exit,
    fitted_ratio,
    make_path,
    outward_normals,
)
from deployments.tryon.drape.scene import BOTTOMS, LEGS, Scene
from deployments.types import Joint, Label, LegsNotInPicture

KNEES = {-1: Joint.RIGHT_KNEE, 1: Joint.LEFT_KNEE}
ANKLES = {-1: Joint.RIGHT_ANKLE, 1: Joint.LEFT_ANKLE}
STATIONS = np.array(
    [0.0, 0.12, 0.25, 0.4, 0.47, 0.52, 0.58, 0.66, 0.75, 0.86, 0.94, 1.0], np.float32
)
"""Shares of a leg's length: thigh, knee (0.47 to 0.52), calf (0.66), ankle."""
OUTER = np.array(
    [0.255, 0.25, 0.228, 0.182, 0.157, 0.150, 0.152, 0.162, 0.148, 0.108, 0.086, 0.084], np.float32
)
INNER = np.array(
    [0.245, 0.24, 0.218, 0.170, 0.152, 0.152, 0.145, 0.156, 0.152, 0.108, 0.084, 0.090], np.float32
)
"""Half-widths in units of the body there, seen from the front: the calf is fuller outside high up
and inside lower down."""
ROOM = 0.55
"""Units of thigh that must be in the picture."""
SHOE_REACH, SHOE_GAP = 0.9, 0.05
"""Units: how far off its ankle a shoe may be, and what lies between them if the ankle is right."""
SNUG = 1.22
"""Up to this many times the usual width cloth is taken to follow the leg."""


def require_legs(scene: Scene) -> None:
    """Raise `LegsNotInPicture` unless both hips and some of the thighs are in the picture."""
    height, width = scene.size
    hips = [scene.joint(HIPS[side]) for side in SIDES]
    inside = [hip for hip in hips if hip is not None and -0.02 * width <= hip[0] < 1.02 * width]
    lowest = max((float(hip[1]) for hip in inside), default=float(height))
    if len(inside) < 2 or height - lowest < ROOM * find_frame(scene).unit:
        raise LegsNotInPicture(
            "The photo does not show the person's thighs.",
            "Send a photo that shows the whole person, or choose a garment for the upper body.",
        )


def measure_legs(scene: Scene, body: Body) -> dict[int, Limb]:
    """Both legs, by side; what is out of the picture is carried on straight."""
    return {side: _leg(scene, body, side) for side in SIDES}


def _leg(scene: Scene, body: Body, side: int) -> Limb:
    hip, knee = _hip(scene, body, side), scene.joint(KNEES[side])
    whole = knee is not None
    if knee is None:
        knee = np.asarray(hip + 1.2 * body.unit * body.frame.down, np.float32)
    ankle = scene.joint(ANKLES[side])
    if ankle is None:
        ankle = np.asarray(knee + 0.98 * (knee - hip), np.float32)
        whole = False
    path, bend = make_path(hip, knee, _at_the_shoe(scene, body, side, ankle))
    outward = outward_normals(path, side)
    share = np.linspace(0, 1, len(path), dtype=np.float32)
    usual = [np.interp(share, STATIONS, halves) * body.unit for halves in (OUTER, INNER)]
    outer = _half_width(scene, path, outward, np.asarray(usual[0], np.float32))
    inner = _half_width(scene, path, -outward, np.asarray(usual[1], np.float32))
    return Limb(side, path, outward, outer, inner, bend, whole)


def _at_the_shoe(scene: Scene, body: Body, side: int, ankle: Floats) -> Floats:
    """An ankle that cloth hides is only guessed: where a shoe is seen below that cloth, the leg
    ends in it."""
    spots = np.argwhere(scene.marked(Label.LEFT_SHOE, Label.RIGHT_SHOE))[:, ::-1]
    other = scene.joint(ANKLES[-side])
    away = np.linalg.norm(spots - ankle, axis=1)
    own = away < SHOE_REACH * body.unit
    if other is not None:
        own &= np.abs(spots[:, 0] - ankle[0]) <= np.abs(spots[:, 0] - other[0])
    if own.sum() < 0.01 * body.unit**2:
        return ankle
    spots = spots[own].astype(np.float32)
    top = float(np.percentile(spots[:, 1], 5))
    if top - float(ankle[1]) < SHOE_GAP * body.unit:
        return ankle
    rim = spots[spots[:, 1] <= top + 0.12 * body.unit]
    opening = np.array([np.median(rim[:, 0]), top + 0.04 * body.unit], np.float32)
    x, y = np.round(np.linspace(ankle, opening, 12)).astype(int).T
    height, width = scene.size
    between = scene.labels[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    covered = np.isin(between, (*BOTTOMS, Label.DRESS, Label.COAT)).mean() > 0.5
    return opening if covered else ankle


def _hip(scene: Scene, body: Body, side: int) -> Floats:
    hip = scene.joint(HIPS[side])
    if hip is None:
        return body.frame.point(side * 0.25 * body.unit, body.frame.hips)
    return hip


def _half_width(scene: Scene, path: Floats, direction: Floats, expected: Floats) -> Floats:
    """Half-widths of a leg on one side: to the end of its skin where it is bare, to the end of the
    cloth where that is tight, and the usual ones where it is loose."""
    reach = float(expected.max() * 1.7)
    over_skin = first_exit(scene.marked(*LEGS), path, direction, reach)
    over_cloth = first_exit(scene.labels != Label.BACKGROUND, path, direction, reach)
    ratio = over_cloth[len(path) // 4 :] / expected[len(path) // 4 :]
    tight = np.isfinite(ratio).mean() > 0.5 and float(np.nanmedian(ratio)) < SNUG
    over_cloth = np.clip(over_cloth, None, expected * (SNUG if tight else 1.0))
    measured = np.where(np.isfinite(over_skin), over_skin, over_cloth)
    return expected * fitted_ratio(measured, expected, 0.75, 1.25)
