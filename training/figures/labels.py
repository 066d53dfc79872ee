"""Perfect labels of a rendered person: parse map and key points, by projecting what was rendered.

NumPy and OpenCV only. The camera is the renderer's: it looks along +y from `distance` metres and
sees `low`..`high` metres of the plane y = 0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.types import Joint, Label, ParseMap, Pose
from training.figures.body import Points, Rig

Faces = NDArray[np.int64]
JOINT_BONES = {
    Joint.RIGHT_SHOULDER: "upperarm01.R",
    Joint.RIGHT_ELBOW: "lowerarm01.R",
    Joint.RIGHT_WRIST: "wrist.R",
    Joint.LEFT_SHOULDER: "upperarm01.L",
    Joint.LEFT_ELBOW: "lowerarm01.L",
    Joint.LEFT_WRIST: "wrist.L",
    Joint.RIGHT_HIP: "upperleg01.R",
    Joint.RIGHT_KNEE: "lowerleg01.R",
    Joint.RIGHT_ANKLE: "foot.R",
    Joint.LEFT_HIP: "upperleg01.L",
    Joint.LEFT_KNEE: "lowerleg01.L",
    Joint.LEFT_ANKLE: "foot.L",
    Joint.LEFT_BIG_TOE: "toe1-1.L",
    Joint.LEFT_SMALL_TOE: "toe5-1.L",
    Joint.RIGHT_BIG_TOE: "toe1-1.R",
    Joint.RIGHT_SMALL_TOE: "toe5-1.R",
}
SKIN_OF_BONE = {
    "clavicle": Label.TORSO_SKIN,
    "neck": Label.TORSO_SKIN,
    "upperarm": Label.LEFT_ARM,
    "lowerarm": Label.LEFT_ARM,
    "wrist": Label.LEFT_ARM,
    "finger": Label.LEFT_ARM,
    "metacarpal": Label.LEFT_ARM,
    "upperleg": Label.LEFT_LEG,
    "lowerleg": Label.LEFT_LEG,
    "foot": Label.LEFT_LEG,
    "toe": Label.LEFT_LEG,
    "spine": Label.TORSO_SKIN,
    "shoulder": Label.TORSO_SKIN,
    "breast": Label.TORSO_SKIN,
    "pelvis": Label.TORSO_SKIN,
    "root": Label.TORSO_SKIN,
}


@dataclass(frozen=True)
class View:
    """Pinhole camera; picture size in pixels, the rest in metres."""

    low: float
    high: float
    width: int = 768
    height: int = 1024
    distance: float = 5.5

    def project(self, points: Points) -> tuple[Points, Points]:
        """Pixels (n x 2) and depth (n) of points (n x 3)."""
        depth = points[:, 1] + self.distance
        scale = self.height / (self.high - self.low) * self.distance / depth
        x = self.width / 2 + points[:, 0] * scale
        y = self.height / 2 - (points[:, 2] - (self.low + self.high) / 2) * scale
        return np.stack([x, y], axis=1), depth


@dataclass(frozen=True)
class Layer:
    """Faces (or, with two columns, line segments) and the label of each."""

    vertices: Points
    faces: Faces
    labels: NDArray[np.uint8]


def strand_layer(strands: Points, label: Label) -> Layer:
    """Hair curves (strands x steps x 3) as line segments."""
    count, steps = strands.shape[:2]
    first = (np.arange(count)[:, None] * steps + np.arange(steps - 1)[None]).ravel()
    segments = np.stack([first, first + 1], axis=1)
    return Layer(strands.reshape(-1, 3), segments, np.full(len(first), label, np.uint8))


def skin_labels(rig: Rig, quads: Faces) -> NDArray[np.uint8]:
    """The label of each naked face by the bone that moves it most."""
    strongest = rig.weights[quads].sum(axis=1).argmax(axis=1)
    of_bone = np.array([_bone_label(name) for name in rig.names], np.uint8)
    return np.asarray(of_bone[strongest], dtype=np.uint8)


def _bone_label(name: str) -> int:
    for start, label in SKIN_OF_BONE.items():
        if name.startswith(start):
            paired = label in (Label.LEFT_ARM, Label.LEFT_LEG)
            return int(label) + (1 if paired and name.endswith(".R") else 0)
    return int(Label.FACE)


def paint(view: View, layers: list[Layer]) -> ParseMap:
    """The parse map: everything painted from far to near."""
    shapes: list[tuple[float, NDArray[np.int32], int]] = []
    for layer in layers:
        pixels, depth = view.project(layer.vertices)
        corners = np.round(pixels[layer.faces] * 16).astype(np.int32)
        far = depth[layer.faces].mean(axis=1)
        shapes += zip(far.tolist(), corners, layer.labels.tolist(), strict=True)
    canvas = np.zeros((view.height, view.width), np.uint8)
    for _, corners, label in sorted(shapes, key=lambda shape: -shape[0]):
        if len(corners) == 2:
            cv2.polylines(canvas, [corners], False, label, 1, cv2.LINE_8, 4)
        else:
            cv2.fillConvexPoly(canvas, corners, label, cv2.LINE_8, 4)
    return canvas


def key_points(view: View, bones: Mapping[str, Points], eyes: tuple[Points, Points]) -> Pose:
    """BODY_25 of posed bone heads and eye centres (left, right); ears are not given."""
    places = {joint: bones[bone] for joint, bone in JOINT_BONES.items()}
    places[Joint.NECK] = (places[Joint.LEFT_SHOULDER] + places[Joint.RIGHT_SHOULDER]) / 2
    places[Joint.MID_HIP] = (places[Joint.LEFT_HIP] + places[Joint.RIGHT_HIP]) / 2
    places[Joint.LEFT_EYE], places[Joint.RIGHT_EYE] = eyes
    places[Joint.NOSE] = (eyes[0] + eyes[1]) / 2 + np.array([0, -0.04, -0.045])
    pose = np.zeros((len(Joint), 3), np.float32)
    for joint, place in places.items():
        (x, y), _ = (part[0] for part in view.project(place[None]))
        if 0 <= x < view.width and 0 <= y < view.height:
            pose[joint] = x, y, 1
    return pose


def openpose_json(pose: Pose) -> str:
    """One person in OpenPose's own form."""
    person = {"pose_keypoints_2d": [round(float(v), 2) for v in pose.ravel()]}
    return json.dumps({"version": 1.3, "people": [person]})
