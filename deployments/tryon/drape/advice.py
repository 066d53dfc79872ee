"""What makes a result doubtful, by name, and how sure of it one can be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deployments.tryon.drape.body import HIPS, SIDES, Body
from deployments.tryon.drape.doubts import Doubt
from deployments.tryon.drape.hidden_hands import hidden_hands
from deployments.tryon.drape.legs import KNEES
from deployments.tryon.drape.scene import Scene
from deployments.types import GarmentShape

ADVICE = {
    "BackView": "The person is seen from behind: the garment's front is shown on the back.",
    "SideView": "The person is turned to the side: a photo from the front fits better.",
    "ArmOverTorso": "An arm is in front of the body: arms at the sides fit better.",
    "ArmRaised": "An arm is raised: arms at the sides fit better.",
    "ArmsGuessed": "An elbow or a wrist could not be seen; its place was guessed.",
    "HandHidden": "A hand that a bare arm leads to is not in the photo: show both hands.",
    "HipsGuessed": "The hips could not be seen; their place was guessed.",
    "PersonSmall": "The person is small in the photo: a closer photo shows more of the garment.",
    "LegsGuessed": "A knee or an ankle could not be seen; its place was guessed.",
    "Seated": "The person sits, or a knee is raised: a photo standing fits better.",
    "GarmentUncertain": "The garment's shape could not be read surely: lay it flat and whole.",
    "GarmentCutOff": "The garment's photo does not show all of it.",
    "GarmentBlends": "The garment looks like what it lies on: lay it on another colour.",
    "CoatInTheWay": "A coat hangs over the place of the garment: a photo without it fits better.",
    "GarmentHidden": "What stays on hides most of the garment.",
    "MuchInvented": "The old clothes were far wider: what was behind them was guessed.",
    "OldGarmentLeft": "Bits of the old clothes may be left: they look like no part of the person.",
    "OpenGarment": "The garment is laid with its front open; it is worn so over the present top.",
    "Unrefined": "The refiner's weights are missing: install fitting-room again.",
}
"""What each warning means. `Unrefined` is known to the engine alone."""


BEST = 0.97
"""No result is surer than this."""
DOUBTFUL = 0.6
"""Most results that are broken to the eye stay below this confidence, and most good ones above
0.8."""
COST = {
    "BackView": 0.75,
    "SideView": 0.92,
    "ArmRaised": 0.95,
    "ArmsGuessed": 0.95,
    "HandHidden": 0.95,
    "HipsGuessed": 0.92,
    "PersonSmall": 0.9,
    "Seated": 0.5,
}
"""What is left of the confidence for what the pose warns of."""


SHORT_THIGH = 0.65
"""Units by which a knee lies below its hip, under which its leg does not stand: 0.9 to 1.4 do."""


def warnings_for(scene: Scene, body: Body, shape: GarmentShape) -> tuple[str, ...]:
    """The names of what is doubtful in the pose, keys of `ADVICE`, in its order."""
    shoulders = float(np.linalg.norm(body.shoulders[1] - body.shoulders[-1]))
    upper = shape.category != "lower"
    found = {
        "BackView": scene.from_behind,
        "SideView": shoulders < 0.55 * body.unit,
        "ArmRaised": upper and any(_raised(body, side) for side in SIDES),
        "ArmsGuessed": upper and not all(body.arms[side].whole for side in SIDES),
        "HandHidden": upper and shape.sleeve != "long" and bool(hidden_hands(scene, body)),
        "HipsGuessed": not body.frame.hips_seen,
        "PersonSmall": body.unit * scene.magnification < 45,
        "Seated": shape.category != "upper" and any(_bent(scene, body, side) for side in SIDES),
        "OpenGarment": shape.is_open,
    }
    return tuple(name for name in ADVICE if found.get(name, False))


def confidence(doubts: Sequence[Doubt], warnings: Sequence[str]) -> float:
    """From 0 to 1: what each doubt leaves of it, less for what the pose warns of."""
    left = BEST * float(np.prod([doubt.factor for doubt in doubts]))
    return round(left * float(np.prod([COST.get(name, 1.0) for name in warnings])), 3)


def told(doubts: Sequence[Doubt], warnings: Sequence[str], sure: float) -> tuple[str, ...]:
    """All warnings in the order of `ADVICE`: a result of little confidence has one at least."""
    names = {*warnings, *(doubt.warning for doubt in doubts if doubt.strength >= doubt.told_from)}
    if sure < DOUBTFUL and not names:
        names.add(min(doubts, key=lambda doubt: doubt.factor).warning)
    return tuple(name for name in ADVICE if name in names)


def _bent(scene: Scene, body: Body, side: int) -> bool:
    """Whether a thigh is seen that does not hang down."""
    hip, knee = scene.joint(HIPS[side]), scene.joint(KNEES[side])
    if hip is None or knee is None:
        return False
    return bool(float((knee - hip) @ body.frame.down) < SHORT_THIGH * body.unit)


def _raised(body: Body, side: int) -> bool:
    _, below = body.frame.coordinates(body.arms[side].path)
    return bool(float(below[-1]) < -0.05 * body.unit)
