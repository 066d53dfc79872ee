"""Drawn pictures whose parts are known."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.types import Image, frozen

SKIN = (226, 180, 154)
SHIRT = (40, 90, 170)
WALL = (205, 208, 210)


def drawn_face(height: int = 512, width: int = 384) -> Image:
    """A face with eyes, brows and mouth over a blue shirt, with sensor noise."""
    canvas = np.full((height, width, 3), WALL, np.uint8)
    centre = (width // 2, int(height * 0.4))
    cv2.ellipse(
        canvas, (width // 2, height), (int(width * 0.45), height // 3), 0, 0, 360, SHIRT, -1
    )
    cv2.ellipse(canvas, centre, (int(width * 0.26), int(height * 0.26)), 0, 0, 360, SKIN, -1)
    for eye in eyes(height, width):
        cv2.ellipse(canvas, eye, (width // 24, height // 64), 0, 0, 360, (30, 22, 20), -1)
    mouth = (width // 2, int(height * 0.52))
    cv2.ellipse(canvas, mouth, (width // 12, height // 90), 0, 0, 360, (150, 60, 60), -1)
    grain = np.random.default_rng(7).normal(0, 3, canvas.shape)
    return frozen(np.clip(canvas + grain, 0, 255).astype(np.uint8))


def eyes(height: int = 512, width: int = 384) -> list[tuple[int, int]]:
    """The middles of the eyes of `drawn_face`, x and y."""
    row = int(height * 0.36)
    return [(int(width * 0.4), row), (int(width * 0.6), row)]


def plain(height: int, width: int, colour: tuple[int, int, int]) -> Image:
    """A picture of one colour."""
    return frozen(np.full((height, width, 3), colour, np.uint8))
