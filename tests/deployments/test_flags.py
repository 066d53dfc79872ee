"""What surrounds every engine: how sure its answer is in the end."""

from __future__ import annotations

import numpy as np

from deployments.flags import judged, lesser
from deployments.types import CutOut, Engine, Outcome, frozen

ENGINE = Engine("drape", "1", "Apache-2.0", commercial_use=True)
PICTURE = frozen(np.zeros((4, 4, 3), np.uint8))


def outcome(*warnings: str, confidence: float | None = 0.8) -> Outcome:
    return Outcome(PICTURE, ENGINE, {}, confidence, warnings)


def test_no_surer_than_the_pose_and_the_mask_allow() -> None:
    note = lesser("garment", CutOut(PICTURE[..., 0], "grabcut"))
    assert len(note) == 1
    assert not lesser("garment", CutOut(PICTURE[..., 0], "network"))
    assert judged(outcome(), 1.0, over_torso=False).confidence == 0.8
    assert judged(outcome(*note), 1.0, over_torso=False).confidence == 0.72
    assert judged(outcome(), 0.5, over_torso=False).confidence == 0.5
    assert judged(outcome(*note, confidence=None), 1.0, over_torso=False).confidence == 0.9


def test_nothing_is_sure_where_an_arm_lies_over_the_torso() -> None:
    told = judged(outcome("SideView"), 1.0, over_torso=True)
    assert told.confidence == 0
    assert told.warnings == ("ArmOverTorso", "SideView")
