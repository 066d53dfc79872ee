"""Hands in pockets, or lost in long sleeves."""

from __future__ import annotations

import numpy as np

from deployments.tryon.drape.arrays import Bools
from deployments.tryon.drape.body import HAND_REACH, SIDES, Body
from deployments.tryon.drape.scene import ARMS, TOPS, Scene

BESIDE, LOW = 0.22, 0.7
"""Units from the middle of the body, and share of the hips' depth, from which a wrist is where
pockets are."""
COVERED, BARE = 0.3, 0.03
"""Shares of the place of a hand that an old top covers, and that are bare after all."""


def hidden_hands(scene: Scene, body: Body) -> frozenset[int]:
    """The sides on which no hand comes out of a sleeve that covers the place of one: what is drawn
    there is no more than a mitten."""
    return frozenset(side for side in SIDES if _hidden(scene, body, side))


def in_pockets(scene: Scene, body: Body) -> frozenset[int]:
    """Those of them where pockets are, and nothing of the hand is seen."""
    return frozenset(
        side
        for side in hidden_hands(scene, body)
        if _at_the_hip(body, side) and _share(scene, body, side, ARMS) < BARE
    )


def _hidden(scene: Scene, body: Body, side: int) -> bool:
    arm = body.arms[side]
    return arm.hand is None and arm.whole and _share(scene, body, side, TOPS) > COVERED


def _share(scene: Scene, body: Body, side: int, labels: tuple[int, ...]) -> float:
    """How much of the place of a hand has one of these labels."""
    near = _place(scene, body, side)
    return float((near & scene.marked(*labels)).sum() / max(near.sum(), 1))


def _place(scene: Scene, body: Body, side: int) -> Bools:
    y, x = np.indices(scene.size, sparse=True)
    wrist = body.arms[side].path[-1]
    away = (x - wrist[0]) ** 2 + (y - wrist[1]) ** 2
    return np.asarray(away < (HAND_REACH * body.unit) ** 2, np.bool_)


def _at_the_hip(body: Body, side: int) -> bool:
    lateral, below = body.frame.coordinates(body.arms[side].path[-1])
    beside = side * float(lateral) > BESIDE * body.unit
    return beside and float(below) > LOW * body.frame.hips
