"""The legs, measured when a garment or bare skin goes on them."""

from __future__ import annotations

import numpy as np

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import HIPS, SIDES, Body
from deployments.tryon.drape.limb import (
    Limb,
    first_exit,
    fitted_ratio,
    make_path,
    outward_normals,
)
from deployments.tryon.drape.scene import LEGS, Scene
from deployments.types import Joint, Label, LegsNotInPicture

KNEES = {-1: Joint.RIGHT_KNEE, 1: Joint.LEFT_KNEE}
ANKLES = {-1: Joint.RIGHT_ANKLE, 1: Joint.LEFT_ANKLE}
LEG_STATIONS = np.array([0.0, 0.25, 0.5, 0.68, 1.0], np.float32)
LEG_HALF_WIDTHS = np.array([0.26, 0.235, 0.165, 0.155, 0.095], np.float32)


def require_legs(scene: Scene) -> None:
    """Raise `LegsNotInPicture` unless both hips and at least one knee are in the picture."""
    height, width = scene.size

    def inside(joint: int) -> bool:
        point = scene.joint(joint)
        return point is not None and bool(
            -0.02 * width <= point[0] < 1.02 * width and point[1] < height
        )

    hips = all(inside(HIPS[side]) for side in SIDES)
    if not (hips and any(inside(KNEES[side]) for side in SIDES)):
        raise LegsNotInPicture(
            "The photo does not show the person down to the knees.",
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
    path, bend = make_path(hip, knee, ankle)
    outward = outward_normals(path, side)
    share = np.linspace(0, 1, len(path), dtype=np.float32)
    expected = np.interp(share, LEG_STATIONS, LEG_HALF_WIDTHS).astype(np.float32) * body.unit
    outer = _half_width(scene, path, outward, expected)
    inner = _half_width(scene, path, -outward, expected)
    return Limb(side, path, outward, outer, inner, bend, whole)


def _hip(scene: Scene, body: Body, side: int) -> Floats:
    hip = scene.joint(HIPS[side])
    if hip is None:
        return body.frame.point(side * 0.25 * body.unit, body.frame.hips)
    return hip


def _half_width(scene: Scene, path: Floats, direction: Floats, expected: Floats) -> Floats:
    skin = scene.marked(*LEGS)
    person = scene.labels != Label.BACKGROUND
    reach = float(expected.max() * 1.7)
    over_skin = first_exit(skin, path, direction, reach)
    over_cloth = np.clip(first_exit(person, path, direction, reach), None, expected * 1.02)
    measured = np.where(np.isfinite(over_skin), over_skin, over_cloth)
    return expected * fitted_ratio(measured, expected, 0.75, 1.25)
