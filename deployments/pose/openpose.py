"""OpenPose's own JSON form (version 1.3, and those before it)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deployments.pose.body25 import COCO_18
from deployments.types import Joint, Pose, PoseUncertain, PoseUnreadable

EMPTY = (
    "face_keypoints_2d",
    "hand_left_keypoints_2d",
    "hand_right_keypoints_2d",
    "pose_keypoints_3d",
    "face_keypoints_3d",
    "hand_left_keypoints_3d",
    "hand_right_keypoints_3d",
)
NAMES = ("pose_keypoints_2d", "pose_keypoints")
"""Of the key points in a person; the second is that of OpenPose before 1.2."""
HINT = "Send OpenPose's JSON of the photo, BODY_25 or COCO-18, with x, y, score in px of the photo."
LEAST_INSIDE = 0.5
"""Share of the seen joints that lie in the picture; hips below its edge are no fault."""


def to_openpose_json(pose: Pose) -> str:
    """One person's key points in px, as OpenPose writes them."""
    values = [round(float(value), 4) for value in pose.reshape(-1)]
    person: dict[str, list[float] | list[int]] = {"person_id": [-1], "pose_keypoints_2d": values}
    person.update({name: [] for name in EMPTY})
    return json.dumps({"version": 1.3, "people": [person]})


def from_openpose_json(text: str) -> Pose:
    """As `from_openpose`, of a file's text."""
    return from_openpose(reading(text))


def reading(text: str) -> Any:
    """What a file's text says. Raises PoseUnreadable where it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PoseUnreadable(f"this is not OpenPose's JSON: {error}", HINT) from error


def from_openpose(said: Any) -> Pose:
    """The key points of the largest person, 25×3 in BODY_25 order, of BODY_25 or COCO-18.

    Raises PoseUnreadable.
    """
    people = said.get("people") if isinstance(said, Mapping) else None
    if not isinstance(people, list) or not people:
        raise PoseUnreadable("this is not OpenPose's JSON of a person: nobody is in it", HINT)
    poses = [_person(one) for one in people]
    pose = max(poses, key=_size)
    pose.setflags(write=False)
    return pose


def _person(said: Any) -> Pose:
    values = next(
        (said[name] for name in NAMES if isinstance(said, Mapping) and name in said), None
    )
    try:
        points = np.array(values, np.float64).reshape(-1, 3)
    except (TypeError, ValueError) as error:
        raise PoseUnreadable("this is not OpenPose's JSON of a person: no triples", HINT) from error
    if len(points) not in (len(Joint), len(COCO_18)):
        raise PoseUnreadable(
            f"{len(points)} key points, but BODY_25 has {len(Joint)} and COCO-18 {len(COCO_18)}",
            HINT,
        )
    if not np.isfinite(points).all() or np.abs(points).max() > 1e6 or points[:, 2].min() < 0:
        raise PoseUnreadable("key points are numbers in px with scores from 0 to 1", HINT)
    return _checked(points if len(points) == len(Joint) else from_coco18(points))


def _checked(points: NDArray[np.float64]) -> Pose:
    seen = (points[:, 2] > 0) & points[:, :2].any(1)
    if not seen.any():
        raise PoseUnreadable("not one key point was seen", HINT)
    if (points[seen, :2] <= 1).all():
        raise PoseUnreadable("the key points are parts of the picture's sides instead of px", HINT)
    points[:, 2] = points[:, 2].clip(max=1)
    return np.where(seen[:, None], points, 0).astype(np.float32)


def _size(pose: Pose) -> float:
    return float(np.ptp(pose[pose[:, 2] > 0, :2], axis=0).max())


def from_coco18(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """25×3 of OpenPose's 18 points (18×3), which have no middle of the hips and no feet."""
    pose = np.zeros((len(Joint), 3))
    for number, joint in enumerate(COCO_18):
        pose[joint] = points[number]
    hips = pose[[Joint.RIGHT_HIP, Joint.LEFT_HIP]]
    if hips[:, 2].all():
        pose[Joint.MID_HIP] = [*hips[:, :2].mean(0), hips[:, 2].min()]
    return pose


def placed(pose: Pose, shape: tuple[int, ...], taken_from: int | None = None) -> Pose:
    """The pose in px of a picture of `shape`, of which it was taken when that was `taken_from` px
    wide.

    Raises PoseUnreadable where it is not in the picture, PoseUncertain without shoulders.
    """
    scale = shape[1] / taken_from if taken_from else 1.0
    moved = pose * np.array([scale, scale, 1], np.float32)
    at = moved[moved[:, 2] > 0, :2]
    inside = ((at >= 0) & (at < [shape[1], shape[0]])).all(1)
    if inside.mean() < LEAST_INSIDE:
        raise PoseUnreadable(
            f"most key points lie outside of the picture of {shape[1]}×{shape[0]} px",
            "Were they taken from another size of it? `pose_width` says from which.",
        )
    if not moved[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER], 2].any():
        raise PoseUncertain("the key points have no shoulders", HINT)
    moved.setflags(write=False)
    return np.asarray(moved, np.float32)
