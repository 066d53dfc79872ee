"""A person who stands straight, faces the camera and lifts the arms a little from the body."""

from __future__ import annotations

import numpy as np

from deployments.types import Joint, Pose

STANDING: dict[Joint, tuple[float, float]] = {
    Joint.NOSE: (150, 62),
    Joint.RIGHT_EYE: (142, 52),
    Joint.LEFT_EYE: (158, 52),
    Joint.RIGHT_EAR: (132, 56),
    Joint.LEFT_EAR: (168, 56),
    Joint.NECK: (150, 105),
    Joint.RIGHT_SHOULDER: (110, 108),
    Joint.LEFT_SHOULDER: (190, 108),
    Joint.RIGHT_ELBOW: (80, 160),
    Joint.LEFT_ELBOW: (220, 160),
    Joint.RIGHT_WRIST: (60, 210),
    Joint.LEFT_WRIST: (240, 210),
    Joint.MID_HIP: (150, 230),
    Joint.RIGHT_HIP: (128, 230),
    Joint.LEFT_HIP: (172, 230),
    Joint.RIGHT_KNEE: (126, 310),
    Joint.LEFT_KNEE: (174, 310),
    Joint.RIGHT_ANKLE: (124, 380),
    Joint.LEFT_ANKLE: (176, 380),
}


def standing(*, without: frozenset[Joint] = frozenset(), scale: float = 1.0) -> Pose:
    """The pose in a picture of 300×400 pixels (times `scale`), some key points not seen."""
    pose = np.zeros((25, 3), np.float32)
    for joint, (x, y) in STANDING.items():
        if joint not in without:
            pose[joint] = (x * scale, y * scale, 0.9)
    pose.setflags(write=False)
    return pose
