"""A pose drawn over its picture, in OpenPose's colours."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.types import Image, Pose, frozen

BONES = (
    (1, 8), (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (8, 9), (9, 10), (10, 11), (8, 12),
    (12, 13), (13, 14), (1, 0), (0, 15), (15, 17), (0, 16), (16, 18), (14, 19), (19, 20), (14, 21),
    (11, 22), (22, 23), (11, 24),
)  # fmt: skip
"""Pairs of joints; the second one gives the colour."""

COLOURS = (
    (255, 0, 85), (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0),
    (85, 255, 0), (0, 255, 0), (255, 0, 0), (0, 255, 85), (0, 255, 170), (0, 255, 255),
    (0, 170, 255), (0, 85, 255), (0, 0, 255), (255, 0, 170), (170, 0, 255), (255, 0, 255),
    (85, 0, 255), (0, 0, 255), (0, 0, 255), (0, 0, 255), (0, 255, 255), (0, 255, 255),
    (0, 255, 255),
)  # fmt: skip


def draw_pose(image: Image, pose: Pose, opacity: float = 0.8) -> Image:
    """The picture with bones and joints over it."""
    drawn = np.array(image)
    thickness = max(2, round(max(image.shape[:2]) / 200))
    at = [tuple(int(value) for value in joint[:2].round()) for joint in pose]
    for start, end in BONES:
        if pose[start, 2] > 0 and pose[end, 2] > 0:
            cv2.line(drawn, at[start], at[end], COLOURS[end], thickness, cv2.LINE_AA)
    for joint, colour in enumerate(COLOURS):
        if pose[joint, 2] > 0:
            cv2.circle(drawn, at[joint], thickness * 3 // 2, colour, -1, cv2.LINE_AA)
    return frozen(cv2.addWeighted(drawn, opacity, image, 1 - opacity, 0).astype(np.uint8))
