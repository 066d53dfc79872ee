"""The key points that the networks were trained with, made from BODY_25."""

from __future__ import annotations

import numpy as np

from deployments.types import Joint, Label, ParseMap, Points, Pose

COCO = (
    Joint.NOSE,
    Joint.NECK,
    Joint.RIGHT_SHOULDER,
    Joint.RIGHT_ELBOW,
    Joint.RIGHT_WRIST,
    Joint.LEFT_SHOULDER,
    Joint.LEFT_ELBOW,
    Joint.LEFT_WRIST,
    Joint.RIGHT_HIP,
    Joint.RIGHT_KNEE,
    Joint.RIGHT_ANKLE,
    Joint.LEFT_HIP,
    Joint.LEFT_KNEE,
    Joint.LEFT_ANKLE,
    Joint.RIGHT_EYE,
    Joint.LEFT_EYE,
    Joint.RIGHT_EAR,
    Joint.LEFT_EAR,
)
"""OpenPose's 18 in their order."""

LIP: tuple[Joint | None, ...] = (
    Joint.RIGHT_ANKLE,
    Joint.RIGHT_KNEE,
    Joint.RIGHT_HIP,
    Joint.LEFT_HIP,
    Joint.LEFT_KNEE,
    Joint.LEFT_ANKLE,
    Joint.MID_HIP,
    Joint.NECK,
    None,
    None,
    Joint.RIGHT_WRIST,
    Joint.RIGHT_ELBOW,
    Joint.RIGHT_SHOULDER,
    Joint.LEFT_SHOULDER,
    Joint.LEFT_ELBOW,
    Joint.LEFT_WRIST,
)
"""LIP's 16. BODY_25's neck, between the shoulders, is LIP's thorax; upper neck and head top have no
joint of ours."""
UPPER_NECK, HEAD_TOP = 8, 9

HEAD = (Label.HAT, Label.HAIR, Label.EYEWEAR, Label.FACE)
THROAT = 0.5
"""Where the upper neck lies between the thorax and the nose."""
CROWN = 1.9
"""Where the head's top lies on the line from the thorax through the nose, where no label tells."""
ASIDE = 0.45
"""Hair and hats count up to this part of the distance from thorax to nose beside that line."""


def coco(pose: Pose) -> Points:
    """18×2 px; 0, 0 where not seen."""
    return _placed(pose, COCO)


def lip(pose: Pose, parse: ParseMap) -> Points:
    """16×2 px, as `parse` (H×W) lies; 0, 0 where not seen."""
    points = _placed(pose, LIP)
    thorax, nose = pose[Joint.NECK], pose[Joint.NOSE]
    if thorax[2] > 0 and nose[2] > 0:
        up = nose[:2] - thorax[:2]
        points[UPPER_NECK] = thorax[:2] + THROAT * up
        points[HEAD_TOP] = thorax[:2] + _crown(thorax[:2], up, parse) * up
    return points


def _placed(pose: Pose, joints: tuple[Joint | None, ...]) -> Points:
    points = np.zeros((len(joints), 2), np.float32)
    for place, joint in enumerate(joints):
        if joint is not None and pose[joint, 2] > 0:
            points[place] = pose[joint, :2]
    return points


def _crown(thorax: Points, up: Points, parse: ParseMap) -> float:
    """How far the head's labels reach along the line from the thorax through the nose, in lengths
    of `up`."""
    rows, columns = np.nonzero(np.isin(parse, HEAD))
    length = float(up @ up)
    if not len(rows) or length < 1:
        return CROWN
    away = np.stack([columns, rows], 1) - thorax
    along, beside = away @ up / length, np.abs(away @ np.array([-up[1], up[0]])) / length
    found = along[(beside < ASIDE) & (along > 1)]
    return float(found.max()) if len(found) else CROWN
