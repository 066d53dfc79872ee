"""Planes: float32 pictures of one channel (H×W) or three (H×W×3), and what is done to them."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.types import Image

Plane: TypeAlias = NDArray[np.float32]


def resized(plane: Plane, height: int, width: int) -> Plane:
    """`plane` at another size: area averages downwards, straight interpolation upwards."""
    if plane.shape[:2] == (height, width):
        return plane
    shrinking = height * width < plane.shape[0] * plane.shape[1]
    method = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (width, height), interpolation=method), np.float32)


def resized_image(image: Image, height: int, width: int) -> Image:
    """`image` at another size: area averages downwards, cubic interpolation upwards."""
    shrinking = height * width < image.shape[0] * image.shape[1]
    method = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)


def blurred(plane: Plane, sigma: float) -> Plane:
    """`plane` under a Gaussian of `sigma` px."""
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)


def smooth_step(value: Plane, low: float, high: float) -> Plane:
    """0 below `low`, 1 above `high`, and a smooth S between them."""
    share: Plane = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return share * share * (3 - 2 * share)


def slopes(plane: Plane) -> tuple[Plane, Plane]:
    """How steeply `plane` (H×W) rises to the right and downwards."""
    return (
        np.asarray(cv2.Scharr(plane, cv2.CV_32F, 1, 0), np.float32),
        np.asarray(cv2.Scharr(plane, cv2.CV_32F, 0, 1), np.float32),
    )


def sampled(plane: Plane, columns: Plane, rows: Plane) -> Plane:
    """`plane` read between its pixels, at x = `columns` and y = `rows` (H×W each)."""
    moved = cv2.remap(plane, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


@lru_cache(maxsize=4)
def grid(height: int, width: int) -> tuple[Plane, Plane]:
    """The x and the y of every pixel, read-only."""
    rows, columns = np.indices((height, width), dtype=np.float32)
    for axis in (rows, columns):
        axis.setflags(write=False)
    return columns, rows


def disc(diameter: int) -> NDArray[np.uint8]:
    """A round brush for morphology."""
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter)), np.uint8)
