"""DensePose's 24 parts of the body, and the picture of them that generators were trained with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from deployments.types import BodyParts, Image, frozen


class Part(IntEnum):
    """DensePose's numbers (Güler et al., CVPR 2018). Left and right are the person's own. The two
    halves of a limb meet along it: of an arm that hangs with its palm to the thigh the inner half
    is at the side of the body, and of a leg that is seen from the front one sees the front."""

    BACKGROUND = 0
    TORSO_BACK = 1
    TORSO_FRONT = 2
    RIGHT_HAND = 3
    LEFT_HAND = 4
    LEFT_FOOT = 5
    RIGHT_FOOT = 6
    RIGHT_THIGH_BACK = 7
    LEFT_THIGH_BACK = 8
    RIGHT_THIGH_FRONT = 9
    LEFT_THIGH_FRONT = 10
    RIGHT_SHIN_BACK = 11
    LEFT_SHIN_BACK = 12
    RIGHT_SHIN_FRONT = 13
    LEFT_SHIN_FRONT = 14
    LEFT_UPPER_ARM_INNER = 15
    RIGHT_UPPER_ARM_INNER = 16
    LEFT_UPPER_ARM_OUTER = 17
    RIGHT_UPPER_ARM_OUTER = 18
    LEFT_FOREARM_INNER = 19
    RIGHT_FOREARM_INNER = 20
    LEFT_FOREARM_OUTER = 21
    RIGHT_FOREARM_OUTER = 22
    HEAD_RIGHT = 23
    HEAD_LEFT = 24


@dataclass(frozen=True)
class Parts:
    """The parts, and the method that found them, since a lesser method must be named as such."""

    parts: BodyParts
    method: str


COLOURS = (
    (0, 0, 0), (37, 60, 163), (20, 80, 194), (4, 97, 223), (8, 110, 221), (14, 122, 216),
    (20, 132, 212), (15, 144, 208), (11, 156, 203), (6, 166, 198), (22, 173, 185), (38, 179, 172),
    (55, 185, 159), (86, 187, 144), (114, 189, 130), (145, 191, 116), (170, 189, 105),
    (192, 188, 96), (216, 186, 86), (228, 192, 74), (240, 199, 60), (252, 206, 46), (251, 220, 36),
    (250, 235, 25), (249, 251, 14),
)  # fmt: skip
"""RGB of the 24 parts on black: OpenCV's colour map PARULA at part · 255 / 24."""


def colours(parts: BodyParts) -> Image:
    """The picture of the parts, uint8 H×W×3 RGB, as VITON-HD's and HR-VITON's data has it."""
    return frozen(np.array(COLOURS, np.uint8)[parts])
