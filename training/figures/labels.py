"""Perfect labels of a rendered person: parse map and key points, by projecting what was rendered.

NumPy only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from deployments.types import Joint, Label, ParseMap, Pose
from training.figures.body import Faces, Points, Rig
from training.figures.raster import STRAND, Buffer, Layer
from training.figures.view import View

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


def parse_map(buffer: Buffer, layers: Iterable[Layer]) -> ParseMap:
    """The label of each pixel of a buffer in which these layers were drawn."""
    of_face = np.concatenate([layer.labels for layer in layers])
    found = np.full(buffer.face.shape, Label.BACKGROUND, np.uint8)
    drawn = buffer.face >= 0
    found[drawn] = of_face[buffer.face[drawn]]
    found[buffer.face == STRAND] = Label.HAIR
    return found


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
