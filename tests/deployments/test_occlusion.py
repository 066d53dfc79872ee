"""Wrists in front of the torso, on drawn skeletons."""

from __future__ import annotations

import numpy as np
import pytest

from deployments.occlusion import wrists_over_torso
from deployments.types import Joint, Pose

# Shoulders 110 and 190 across at 108 down, hips 128 and 172 at 230: the torso is 122 long, and a
# wrist is at a hip within 0.17 of that, 20.7 px.
RIGHT, LEFT = Joint.RIGHT_WRIST, Joint.LEFT_WRIST


def skeleton(
    right: tuple[float, float] = (60, 210), left: tuple[float, float] = (240, 210), scale: float = 1
) -> Pose:
    pose = np.zeros((25, 3), np.float32)
    places = {
        Joint.RIGHT_SHOULDER: (110, 108),
        Joint.LEFT_SHOULDER: (190, 108),
        Joint.RIGHT_HIP: (128, 230),
        Joint.LEFT_HIP: (172, 230),
        RIGHT: right,
        LEFT: left,
    }
    for joint, (x, y) in places.items():
        pose[joint] = (x * scale, y * scale, 0.9)
    return pose


@pytest.mark.parametrize(
    ("name", "right", "left", "found"),
    [
        ("arms at the sides", (60, 210), (240, 210), ()),
        ("right hand on the belly", (150, 180), (240, 210), (RIGHT,)),
        ("left hand on the chest", (60, 210), (150, 130), (LEFT,)),
        ("arms crossed", (175, 160), (125, 160), (RIGHT, LEFT)),
        ("right hand just beside the torso", (116, 170), (240, 210), ()),
        ("right hand just inside of it", (123, 170), (240, 210), (RIGHT,)),
        ("left hand just beside the torso", (60, 210), (184, 170), ()),
        ("left hand just inside of it", (60, 210), (177, 170), (LEFT,)),
        ("hands above the shoulders", (120, 100), (180, 100), ()),
        ("hands below the hips", (140, 240), (160, 240), ()),
        ("right hand touches its hip", (133, 222), (240, 210), ()),
        ("left hand touches its hip", (60, 210), (166, 220), ()),
        ("right hand touches the other hip", (166, 220), (240, 210), ()),
        ("right hand a little above its hip", (134, 205), (240, 210), (RIGHT,)),
        ("hands folded before the hips", (150, 228), (150, 229), (RIGHT, LEFT)),
    ],
)
@pytest.mark.parametrize("scale", [0.4, 1, 7])
def test_drawn_skeletons(
    name: str,
    right: tuple[float, float],
    left: tuple[float, float],
    found: tuple[Joint, ...],
    scale: float,
) -> None:
    assert wrists_over_torso(skeleton(right, left, scale)) == found


def test_seen_from_behind_or_mirrored_it_is_the_same_torso() -> None:
    pose = skeleton((150, 180))
    pose[:, 0] = 300 - pose[:, 0]
    assert wrists_over_torso(pose) == (RIGHT,)


@pytest.mark.parametrize("missing", [RIGHT, Joint.LEFT_HIP, Joint.RIGHT_SHOULDER])
def test_what_was_not_seen_tells_nothing(missing: Joint) -> None:
    pose = skeleton((150, 180))
    assert wrists_over_torso(pose)
    pose[missing] = 0
    assert wrists_over_torso(pose) == ()
