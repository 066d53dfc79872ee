"""Arms in front of the torso, where engines without a sense of depth draw cloth over them.

The intention is that of `check_dirty` in github.com/GrayXu/Virtual-Try-On-Flask (MPL-2.0): a wrist
inside the quadrilateral of shoulders and hips, unless it is at a hip. Its code tests slopes in a
way that asks something else; this is a test of a point in a polygon.
"""

from __future__ import annotations

import cv2
import numpy as np

from deployments.types import Joint, Points, Pose

CORNERS = (Joint.RIGHT_SHOULDER, Joint.RIGHT_HIP, Joint.LEFT_HIP, Joint.LEFT_SHOULDER)
WRISTS = (Joint.RIGHT_WRIST, Joint.LEFT_WRIST)
HIPS = (Joint.RIGHT_HIP, Joint.LEFT_HIP)

AT_THE_HIP = 0.17
"""A wrist nearer to a hip than this part of the torso's length is at the hip: 16 px of the 256 that
the earlier system saw, as its margin was."""


def wrists_over_torso(pose: Pose) -> tuple[Joint, ...]:
    """The wrists in front of the torso; those that were not seen, and torsos of which a corner was
    not, tell nothing."""
    if not (pose[list(CORNERS), 2] > 0).all():
        return ()
    torso = pose[list(CORNERS), :2]
    length = float(np.linalg.norm(torso[[0, 3]].mean(0) - torso[[1, 2]].mean(0)))
    return tuple(wrist for wrist in WRISTS if _covers(pose, wrist, torso, length))


def _covers(pose: Pose, wrist: Joint, torso: Points, length: float) -> bool:
    x, y, score = (float(value) for value in pose[wrist])
    if score <= 0 or cv2.pointPolygonTest(torso, (x, y), measureDist=False) <= 0:
        return False
    apart = np.linalg.norm(pose[list(HIPS), :2] - (x, y), axis=1)
    return bool(float(apart.min()) > AT_THE_HIP * length)
