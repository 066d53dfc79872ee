from __future__ import annotations

import numpy as np
import pytest

from deployments.pose.body25 import BLAZEPOSE, COCO, to_body25
from deployments.types import Joint

POINTS = np.stack([np.arange(33), np.arange(33) * 10], 1).astype(np.float32)


def test_left_and_right_are_the_persons_own() -> None:
    pose = to_body25(POINTS, np.ones(33, np.float32), BLAZEPOSE)
    assert pose[Joint.LEFT_WRIST].tolist() == [15, 150, 1]
    assert pose[Joint.RIGHT_KNEE].tolist() == [26, 260, 1]
    assert pose[Joint.RIGHT_EAR].tolist() == [8, 80, 1]
    coco = to_body25(POINTS[:17], np.ones(17, np.float32), COCO)
    assert coco[Joint.LEFT_WRIST].tolist() == [9, 90, 1]
    assert coco[Joint.RIGHT_EYE].tolist() == [2, 20, 1]


def test_neck_and_hips_lie_between_two_points_with_the_lower_score() -> None:
    scores = np.ones(33, np.float32)
    scores[12], scores[24] = 0.5, 0.05
    pose = to_body25(POINTS, scores, BLAZEPOSE)
    assert pose[Joint.NECK].tolist() == [11.5, 115, 0.5]
    assert pose[Joint.MID_HIP].tolist() == [0, 0, 0]
    assert pose[Joint.LEFT_HIP, 2] == 1


@pytest.mark.parametrize(("sources", "count"), [(BLAZEPOSE, 33), (COCO, 17)])
def test_what_a_set_does_not_know_is_not_seen(
    sources: dict[Joint, tuple[int, ...]], count: int
) -> None:
    pose = to_body25(POINTS[:count], np.ones(count, np.float32), sources)
    unknown = {joint for joint in Joint if joint not in sources}
    assert {Joint.LEFT_SMALL_TOE, Joint.RIGHT_SMALL_TOE} <= unknown
    assert not pose[sorted(unknown)].any()
    assert not pose.flags.writeable
