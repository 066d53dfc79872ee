"""OpenPose's own JSON form (version 1.3)."""

from __future__ import annotations

import json

import numpy as np

from deployments.types import Joint, Pose

EMPTY = (
    "face_keypoints_2d",
    "hand_left_keypoints_2d",
    "hand_right_keypoints_2d",
    "pose_keypoints_3d",
    "face_keypoints_3d",
    "hand_left_keypoints_3d",
    "hand_right_keypoints_3d",
)


def to_openpose_json(pose: Pose) -> str:
    """One person's key points in px, as OpenPose writes them."""
    values = [round(float(value), 4) for value in pose.reshape(-1)]
    person: dict[str, list[float] | list[int]] = {"person_id": [-1], "pose_keypoints_2d": values}
    person.update({name: [] for name in EMPTY})
    return json.dumps({"version": 1.3, "people": [person]})


def from_openpose_json(text: str) -> Pose:
    """The first person's key points. Raises ValueError where the text is not BODY_25 of
    somebody."""
    try:
        values = json.loads(text)["people"][0]["pose_keypoints_2d"]
        pose = np.array(values, np.float32).reshape(-1, 3)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ValueError(f"this is not OpenPose's JSON of a person: {error}") from error
    if len(pose) != len(Joint):
        raise ValueError(f"{len(pose)} key points, but BODY_25 has {len(Joint)}")
    pose.setflags(write=False)
    return pose
