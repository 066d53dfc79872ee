"""Where a person's joints are: BlazePose by default, PoseNet as a second engine."""

from __future__ import annotations

from deployments.pose.drawing import draw_pose
from deployments.pose.estimator import PoseEstimator
from deployments.pose.openpose import (
    from_openpose,
    from_openpose_json,
    placed,
    reading,
    to_openpose_json,
)
from deployments.pose.people import Person, crowd_warning
from deployments.pose.posenet import PoseNet

__all__ = [
    "Person",
    "PoseEstimator",
    "PoseNet",
    "crowd_warning",
    "draw_pose",
    "from_openpose",
    "from_openpose_json",
    "placed",
    "reading",
    "to_openpose_json",
]
