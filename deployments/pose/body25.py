"""From other sets of key points to OpenPose's BODY_25."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from deployments.types import Joint, Points, Pose

MINIMUM_SCORE = 0.15
"""Joints with less are 0, 0, 0."""

BLAZEPOSE: Mapping[Joint, tuple[int, ...]] = {
    Joint.NOSE: (0,),
    Joint.NECK: (11, 12),
    Joint.RIGHT_SHOULDER: (12,),
    Joint.RIGHT_ELBOW: (14,),
    Joint.RIGHT_WRIST: (16,),
    Joint.LEFT_SHOULDER: (11,),
    Joint.LEFT_ELBOW: (13,),
    Joint.LEFT_WRIST: (15,),
    Joint.MID_HIP: (23, 24),
    Joint.RIGHT_HIP: (24,),
    Joint.RIGHT_KNEE: (26,),
    Joint.RIGHT_ANKLE: (28,),
    Joint.LEFT_HIP: (23,),
    Joint.LEFT_KNEE: (25,),
    Joint.LEFT_ANKLE: (27,),
    Joint.RIGHT_EYE: (5,),
    Joint.LEFT_EYE: (2,),
    Joint.RIGHT_EAR: (8,),
    Joint.LEFT_EAR: (7,),
    Joint.LEFT_BIG_TOE: (31,),
    Joint.LEFT_HEEL: (29,),
    Joint.RIGHT_BIG_TOE: (32,),
    Joint.RIGHT_HEEL: (30,),
}
"""The landmarks whose middle is the joint. BlazePose has one point at the tip of a foot, so the
small toes stay unknown."""

COCO: Mapping[Joint, tuple[int, ...]] = {
    Joint.NOSE: (0,),
    Joint.NECK: (5, 6),
    Joint.RIGHT_SHOULDER: (6,),
    Joint.RIGHT_ELBOW: (8,),
    Joint.RIGHT_WRIST: (10,),
    Joint.LEFT_SHOULDER: (5,),
    Joint.LEFT_ELBOW: (7,),
    Joint.LEFT_WRIST: (9,),
    Joint.MID_HIP: (11, 12),
    Joint.RIGHT_HIP: (12,),
    Joint.RIGHT_KNEE: (14,),
    Joint.RIGHT_ANKLE: (16,),
    Joint.LEFT_HIP: (11,),
    Joint.LEFT_KNEE: (13,),
    Joint.LEFT_ANKLE: (15,),
    Joint.RIGHT_EYE: (2,),
    Joint.LEFT_EYE: (1,),
    Joint.RIGHT_EAR: (4,),
    Joint.LEFT_EAR: (3,),
}
"""The 17 points of COCO, in the order that PoseNet answers in. Feet stay unknown."""

COCO_18: tuple[Joint, ...] = (
    Joint.NOSE, Joint.NECK, Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST,
    Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_WRIST, Joint.RIGHT_HIP, Joint.RIGHT_KNEE,
    Joint.RIGHT_ANKLE, Joint.LEFT_HIP, Joint.LEFT_KNEE, Joint.LEFT_ANKLE, Joint.RIGHT_EYE,
    Joint.LEFT_EYE, Joint.RIGHT_EAR, Joint.LEFT_EAR,
)  # fmt: skip
"""OpenPose's 18 points of its COCO model. From the eighth on the numbers mean other joints than in
BODY_25: its right hip is 8, which there is the middle of both."""


def to_body25(
    points: Points, scores: NDArray[np.float32], sources: Mapping[Joint, tuple[int, ...]]
) -> Pose:
    """25×3 from N points (N×2 px) and their scores (N, 0..1). The middle of two points has the
    lower score of both."""
    pose = np.zeros((len(Joint), 3), np.float32)
    for joint, indices in sources.items():
        score = float(scores[list(indices)].min())
        if score >= MINIMUM_SCORE:
            pose[joint, :2] = points[list(indices)].mean(axis=0)
            pose[joint, 2] = min(score, 1.0)
    pose.setflags(write=False)
    return pose
