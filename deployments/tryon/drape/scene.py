"""The photo with what is known of it, on the reduced grid where shapes are worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.colour_shares import to_lab
from deployments.tryon.drape.arrays import Bools, Floats
from deployments.types import Image, Joint, Label, ParseMap, Pose, PoseUncertain

WORKING_SIDE = 512
"""Longest side of the grid on which outlines, flows and fills are worked out."""

LEAST_SEEN = 60
"""Pixels of the reduced grid from which a colour can be told."""
TOPS = (Label.UPPER_CLOTHES, Label.COAT, Label.DRESS, Label.SCARF)
BOTTOMS = (Label.PANTS, Label.SKIRT)
ARMS = (Label.LEFT_ARM, Label.RIGHT_ARM)
LEGS = (Label.LEFT_LEG, Label.RIGHT_LEG)
HEAD = (Label.HAT, Label.HAIR, Label.EYEWEAR, Label.FACE)


@dataclass(frozen=True)
class Scene:
    """A photo on two grids: as it came, and reduced to `WORKING_SIDE`.

    Joints are in px of the reduced grid. Where the person is seen from behind, left and right have
    been exchanged, so that side -1 is always the left of the picture and +1 the right.
    """

    photo: Image
    parse: ParseMap
    small: Floats
    """h×w×3, 0 to 255."""
    lab: Floats
    """h×w×3: the same in CIELAB."""
    labels: ParseMap
    """h×w."""
    joints: Floats
    """25×3."""
    from_behind: bool

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the reduced grid."""
        return self.labels.shape[0], self.labels.shape[1]

    @property
    def full_size(self) -> tuple[int, int]:
        return self.parse.shape[0], self.parse.shape[1]

    @property
    def magnification(self) -> float:
        """Pixels of the photo for one of the reduced grid."""
        return float(self.parse.shape[1] / self.labels.shape[1])

    def to_photo(self, points: Floats) -> Floats:
        """Points of the reduced grid (N×2) in px of the photo."""
        factors = np.array(self.full_size[::-1], np.float32) / np.array(self.size[::-1], np.float32)
        return ((points + 0.5) * factors - 0.5).astype(np.float32)

    def marked(self, *labels: int) -> Bools:
        """Where the reduced parse map has one of the labels."""
        return is_one_of(self.labels, labels)

    def joint(self, joint: int) -> Floats | None:
        """x and y of a joint, None where it was not seen."""
        x, y, score = self.joints[joint]
        return None if score < 0.05 else np.array([x, y], np.float32)


def is_one_of(labels: NDArray[np.uint8], wanted: Sequence[int]) -> Bools:
    """Where a map of labels has one of those wanted: a table's answer, ten times as fast as a
    comparison of sets."""
    table = np.zeros(256, np.uint8)
    table[list(wanted)] = 1
    return np.asarray(cv2.LUT(np.ascontiguousarray(labels), table), np.uint8).view(np.bool_)


def make_scene(photo: Image, pose: Pose, parse: ParseMap) -> Scene:
    """Reduce a photo and what is known of it. Raises `PoseUncertain` without two shoulders."""
    height, width = parse.shape
    ratio = min(1.0, WORKING_SIDE / max(height, width))
    small_width, small_height = max(8, round(width * ratio)), max(8, round(height * ratio))
    size = (small_width, small_height)
    joints = pose.astype(np.float32).copy()
    joints[:, 0] = (joints[:, 0] + 0.5) * small_width / width - 0.5
    joints[:, 1] = (joints[:, 1] + 0.5) * small_height / height - 0.5
    behind = _needs_shoulders(joints, small_width)
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return Scene(
        photo=photo,
        parse=parse,
        small=small,
        lab=to_lab(small),
        labels=np.asarray(cv2.resize(parse, size, interpolation=cv2.INTER_NEAREST), np.uint8),
        joints=_exchanged(joints) if behind else joints,
        from_behind=behind,
    )


def _needs_shoulders(joints: Floats, width: int) -> bool:
    """Whether the shoulders stand the other way round, as they do seen from behind."""
    left, right = joints[Joint.LEFT_SHOULDER], joints[Joint.RIGHT_SHOULDER]
    apart = float(np.hypot(left[0] - right[0], left[1] - right[1]))
    if min(left[2], right[2]) < 0.05 or apart < 0.02 * width:
        raise PoseUncertain(
            "The shoulders could not be located in the photo.",
            "Send a photo that shows the upper body from the front, with both shoulders in it.",
        )
    return bool(left[0] < right[0])


def _exchanged(joints: Floats) -> Floats:
    pairs = [
        (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER),
        (Joint.LEFT_ELBOW, Joint.RIGHT_ELBOW),
        (Joint.LEFT_WRIST, Joint.RIGHT_WRIST),
        (Joint.LEFT_HIP, Joint.RIGHT_HIP),
        (Joint.LEFT_KNEE, Joint.RIGHT_KNEE),
        (Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE),
    ]
    turned = joints.copy()
    for one, other in pairs:
        turned[[one, other]] = turned[[other, one]]
    return turned
