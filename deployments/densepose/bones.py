"""Where each limb lies in the picture: tapering capsules round the bones of a pose.

Measures are means of adult bodies, in distances between the shoulder joints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from deployments import skin
from deployments.skeleton import Point, Skeleton, skeleton_of
from deployments.types import Joint, Pose


class Limb(Enum):
    """The parts of the body before their halves are told apart."""

    HEAD = "head"
    TORSO = "torso"
    RIGHT_UPPER_ARM = "right upper arm"
    RIGHT_FOREARM = "right forearm"
    RIGHT_HAND = "right hand"
    LEFT_UPPER_ARM = "left upper arm"
    LEFT_FOREARM = "left forearm"
    LEFT_HAND = "left hand"
    RIGHT_THIGH = "right thigh"
    RIGHT_SHIN = "right shin"
    RIGHT_FOOT = "right foot"
    LEFT_THIGH = "left thigh"
    LEFT_SHIN = "left shin"
    LEFT_FOOT = "left foot"


@dataclass(frozen=True)
class Bone:
    """A segment in px with the half widths of the limb at both of its ends."""

    start: Point
    end: Point
    start_radius: float
    end_radius: float

    @property
    def direction(self) -> Point:
        """Of length 1."""
        axis = self.end - self.start
        return np.asarray(axis / max(float(np.linalg.norm(axis)), 1e-6))

    def distance(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of pixels to the segment, in the limb's half widths: up to 1 is inside."""
        axis = self.end - self.start
        square = max(float(axis @ axis), 1e-6)
        along = ((x - self.start[0]) * axis[0] + (y - self.start[1]) * axis[1]) / square
        along = np.clip(along, 0, 1)
        radius = self.start_radius + along * (self.end_radius - self.start_radius)
        gap = np.hypot(x - self.start[0] - along * axis[0], y - self.start[1] - along * axis[1])
        return np.asarray(gap / radius, np.float32)


@dataclass(frozen=True)
class Body:
    """What a pose tells of the body. `up` and `left` are directions in the picture, of length 1:
    to the head, and to the person's own left."""

    bones: Mapping[Limb, Bone]
    breadth: float
    up: Point
    left: Point
    trunk: Point | None
    """The torso's outline, N×2 px, where shoulders could be placed."""
    hips: Point | None
    """Right and left, 2×2 px."""
    face: Point | None
    """A point of the line that parts the head's halves."""
    front: bool
    """Whether the person is seen from the front."""


_SIDES = {
    "RIGHT": (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST),
    "LEFT": (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_WRIST),
}
_LEGS = {
    "RIGHT": (Joint.RIGHT_HIP, Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE, Joint.RIGHT_BIG_TOE),
    "LEFT": (Joint.LEFT_HIP, Joint.LEFT_KNEE, Joint.LEFT_ANKLE, Joint.LEFT_BIG_TOE),
}
_ROUND_NOSE = ((Joint.LEFT_EYE, Joint.RIGHT_EYE), (Joint.LEFT_EAR, Joint.RIGHT_EAR))
HAND = 0.75
"""Of the forearm: from the wrist to the finger tips."""
THIGH, SHIN, FOOT = 1.25, 1.2, 0.4


def body_of(pose: Pose, shape: tuple[int, ...]) -> Body:
    """The body of a pose 25×3 in a picture of `shape`; of an empty pose one without bones."""
    skeleton = skeleton_of(pose, shape)
    breadth = skeleton.breadth if skeleton else skin.shoulder_distance(np.nan_to_num(pose))
    left = _leftwards(pose, skeleton)
    hips = _hips(pose, skeleton)
    up = _upwards(skeleton, hips)
    front = bool(left[0] > 0 or (abs(left[0]) < 0.3 and _at(pose, Joint.NOSE) is not None))
    bones = dict(_legs(pose, hips, breadth, -up))
    if skeleton is not None:
        bones |= dict(_arms(skeleton, breadth))
    face = _middle(pose, (Joint.NOSE,), *_ROUND_NOSE)
    if head := _head(pose, skeleton, face, breadth, up):
        bones[Limb.HEAD] = head
    trunk = None if skeleton is None or hips is None else _trunk(skeleton, hips, breadth, up)
    return Body(bones, breadth, up, left, trunk, hips, face, front)


def _at(pose: Pose, joint: Joint) -> Point | None:
    place = pose[joint, :2].astype(np.float64)
    return place if np.isfinite(place).all() and place.any() else None


def _middle(pose: Pose, *choices: tuple[Joint, ...]) -> Point | None:
    """Of the first of the choices whose joints are all there."""
    for joints in choices:
        places = [place for joint in joints if (place := _at(pose, joint)) is not None]
        if len(places) == len(joints):
            return np.asarray(np.mean(places, axis=0))
    return None


def _leftwards(pose: Pose, skeleton: Skeleton | None) -> Point:
    pairs = [(Joint.RIGHT_HIP, Joint.LEFT_HIP), (Joint.RIGHT_KNEE, Joint.LEFT_KNEE)]
    if skeleton is not None:
        across = skeleton.points[Joint.LEFT_SHOULDER] - skeleton.points[Joint.RIGHT_SHOULDER]
        if across.any():
            return np.asarray(across / np.linalg.norm(across))
    for right, left in pairs:
        a, b = _at(pose, right), _at(pose, left)
        if a is not None and b is not None and (b - a).any():
            return np.asarray((b - a) / np.linalg.norm(b - a))
    return np.array([1.0, 0.0])


def _hips(pose: Pose, skeleton: Skeleton | None) -> Point | None:
    """As they are seen: for the masks of the agnostic photo they are moved apart, not here."""
    seen = [_at(pose, Joint.RIGHT_HIP), _at(pose, Joint.LEFT_HIP)]
    if seen[0] is not None and seen[1] is not None:
        return np.array(seen)
    if skeleton is None:
        return None
    placed = skeleton.points[[Joint.RIGHT_HIP, Joint.LEFT_HIP]]
    return np.asarray(placed.mean(0) + 0.6 * (placed - placed.mean(0)))


def _upwards(skeleton: Skeleton | None, hips: Point | None) -> Point:
    if skeleton is None or hips is None:
        return np.array([0.0, -1.0])
    axis = skeleton.points[Joint.NECK] - hips.mean(0)
    return np.asarray(axis / max(float(np.linalg.norm(axis)), 1e-6))


def _arms(skeleton: Skeleton, breadth: float) -> Iterator[tuple[Limb, Bone]]:
    """An arm whose elbow is not seen is taken for straight."""
    for side, joints in _SIDES.items():
        seen = [joint in skeleton.drawn for joint in joints[1:]]
        if not any(seen):
            continue
        shoulder, elbow, wrist = (skeleton.points[joint] for joint in joints)
        elbow = elbow if seen[0] else (shoulder + wrist) / 2
        yield Limb[f"{side}_UPPER_ARM"], Bone(shoulder, elbow, 0.16 * breadth, 0.13 * breadth)
        if not seen[1]:
            continue
        yield Limb[f"{side}_FOREARM"], Bone(elbow, wrist, 0.15 * breadth, 0.1 * breadth)
        tip = wrist + HAND * (wrist - elbow)
        yield Limb[f"{side}_HAND"], Bone(wrist, tip, 0.12 * breadth, 0.12 * breadth)


def _legs(
    pose: Pose, hips: Point | None, breadth: float, down: Point
) -> Iterator[tuple[Limb, Bone]]:
    """A knee that is not seen is looked for below the hip; what is beyond it is not guessed."""
    for number, (side, (_, knee, ankle, toe)) in enumerate(_LEGS.items()):
        at_knee, at_ankle, at_toe = _at(pose, knee), _at(pose, ankle), _at(pose, toe)
        if hips is not None:
            end = hips[number] + THIGH * breadth * down if at_knee is None else at_knee
            yield Limb[f"{side}_THIGH"], Bone(hips[number], end, 0.3 * breadth, 0.2 * breadth)
        if at_knee is None:
            continue
        end = at_knee + SHIN * breadth * down if at_ankle is None else at_ankle
        yield Limb[f"{side}_SHIN"], Bone(at_knee, end, 0.2 * breadth, 0.13 * breadth)
        if at_ankle is not None:
            tip = at_ankle + FOOT * breadth * down if at_toe is None else at_toe
            yield Limb[f"{side}_FOOT"], Bone(at_ankle, tip, 0.12 * breadth, 0.12 * breadth)


def _head(
    pose: Pose, skeleton: Skeleton | None, face: Point | None, breadth: float, up: Point
) -> Bone | None:
    """From the throat to the middle of the skull."""
    centre = _middle(pose, *_ROUND_NOSE)
    centre = face if centre is None else centre
    if centre is None:
        return None
    neck = centre - 0.55 * breadth * up if skeleton is None else skeleton.points[Joint.NECK]
    axis = centre - neck
    return Bone(neck + 0.42 * axis, centre + 0.15 * axis, 0.24 * breadth, 0.31 * breadth)


def _trunk(skeleton: Skeleton, hips: Point, breadth: float, up: Point) -> Point:
    """From the neck over the shoulders down to hips and crotch."""
    right, left = skeleton.points[[Joint.RIGHT_SHOULDER, Joint.LEFT_SHOULDER]]
    neck, aside = skeleton.points[Joint.NECK], (left - right) / 2
    across = hips[1] - hips[0]
    length = float(np.linalg.norm(across))
    aside_hips = across / length if length > 1 else np.array([1.0, 0.0])
    wide = 0.22 * breadth * aside_hips
    return np.array(
        [
            neck + 0.28 * breadth * up - 0.3 * aside,
            right + 0.16 * breadth * up,
            hips[0] - wide,
            crotch_of(hips, breadth, up),
            hips[1] + wide,
            left + 0.16 * breadth * up,
            neck + 0.28 * breadth * up + 0.3 * aside,
        ]
    )


def crotch_of(hips: Point, breadth: float, up: Point) -> Point:
    return np.asarray(hips.mean(0) - 0.25 * breadth * up)
