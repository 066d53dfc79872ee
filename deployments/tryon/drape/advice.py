"""What makes a result doubtful, by name, and how sure of it one can be."""

from __future__ import annotations

import numpy as np

from deployments.tryon.drape.body import SIDES, WRISTS, Body
from deployments.tryon.drape.scene import ARMS, TOPS, Scene
from deployments.types import GarmentShape, Joint, Label

HAND_REACH = 0.25
"""Units round the wrist within which a hand shows."""

ADVICE = {
    "BackView": "The person is seen from behind: the garment's front is shown on the back.",
    "SideView": "The person is turned to the side: a photo from the front fits better.",
    "ArmOverTorso": "An arm is in front of the body: arms at the sides fit better.",
    "ArmRaised": "An arm is raised: arms at the sides fit better.",
    "ArmsGuessed": "An elbow or a wrist could not be seen; its place was guessed.",
    "HandHidden": "A hand that a bare arm leads to is not in the photo: show both hands.",
    "HipsGuessed": "The hips could not be seen; their place was guessed.",
    "PersonSmall": "The person is small in the photo: a closer photo shows more of the garment.",
    "GarmentUncertain": "The garment's shape could not be read surely.",
    "OpenGarment": "The garment is laid with its front open; it is worn so over the present top.",
    "Unrefined": "The refiner's weights are missing: install fitting-room again.",
}
"""What each warning means. `Unrefined` is known to the engine alone."""


def warnings_for(scene: Scene, body: Body, shape: GarmentShape) -> tuple[str, ...]:
    """The names of what is doubtful in the pictures, keys of `ADVICE`, in its order."""
    shoulders = float(np.linalg.norm(body.shoulders[1] - body.shoulders[-1]))
    upper = shape.category != "lower"
    found = {
        "BackView": scene.from_behind,
        "SideView": shoulders < 0.55 * body.unit,
        "ArmOverTorso": upper and any(_over_torso(body, side) for side in SIDES),
        "ArmRaised": upper and any(_raised(body, side) for side in SIDES),
        "ArmsGuessed": upper and not all(body.arms[side].whole for side in SIDES),
        "HandHidden": upper and shape.sleeve != "long" and _hand_hidden(scene, body),
        "HipsGuessed": not body.frame.hips_seen,
        "PersonSmall": body.unit * scene.magnification < 45,
        "GarmentUncertain": shape.confidence < 0.25,
        "OpenGarment": shape.is_open,
    }
    return tuple(name for name in ADVICE if found.get(name, False))


def confidence(scene: Scene, shape: GarmentShape, warnings: tuple[str, ...]) -> float:
    """From 0 to 1: how surely the joints were seen and the garment read, less for each warning."""
    joints = [Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER, Joint.LEFT_HIP, Joint.RIGHT_HIP]
    seen = float(np.mean([min(1.0, float(scene.joints[joint][2])) for joint in joints]))
    garment = min(1.0, max(0.0, shape.confidence))
    return round(float((0.4 + 0.6 * seen) * (0.5 + 0.5 * garment) * 0.85 ** len(warnings)), 3)


def _hand_hidden(scene: Scene, body: Body) -> bool:
    """Whether nothing of a hand shows at a wrist that is seen off the pockets: under a wide sleeve
    lies an arm that would end in nothing."""
    height, width = scene.size
    y, x = np.mgrid[:height, :width]
    hand = scene.marked(*ARMS, Label.GLOVE)
    for side in SIDES:
        wrist = scene.joint(WRISTS[side])
        if wrist is None:
            continue
        near = np.hypot(x - wrist[0], y - wrist[1]) < HAND_REACH * body.unit
        covered = near & scene.marked(*TOPS)
        if not (hand & near).any() and covered.sum() > 0.3 * near.sum() > 0:
            return True
    return False


def _over_torso(body: Body, side: int) -> bool:
    arm = body.arms[side]
    lateral, below = body.frame.coordinates(arm.path)
    inside = (side * lateral < 0.24 * body.unit) & (below > 0.25 * body.unit)
    return bool((inside & (below < 1.05 * body.frame.hips)).mean() > 0.12)


def _raised(body: Body, side: int) -> bool:
    _, below = body.frame.coordinates(body.arms[side].path)
    return bool(float(below[-1]) < -0.05 * body.unit)
