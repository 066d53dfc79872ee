"""What foreign parsers are shown of a photo, and their answer laid over it again."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.parsing import PADDING, Window, person_window
from deployments.types import Image, ParseMap, Pose, frozen

_Plane = TypeVar("_Plane", NDArray[np.uint8], NDArray[np.float32])


def shown(image: Image, pose: Pose, size: tuple[int, int]) -> tuple[Image, Window]:
    """The 3:4 window round the person whom the pose names, stretched to `size` (height, width).

    Raises PersonNotFound where the pose is empty.
    """
    window = person_window(pose, image.shape)
    matrix = _stretched(window, size)
    shrink = 1 / max(matrix[0, 0], matrix[1, 1])
    if shrink > 1.5:  # an area mean first: sampling alone would alias fine cloth
        small = cv2.resize(image, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
        scale = np.array(small.shape[1::-1]) / np.array(image.shape[1::-1])
        matrix = matrix.copy()
        matrix[:, 2] += matrix[:, :2] @ (0.5 / scale - 0.5)
        matrix[:, :2] /= scale
        image = small.astype(np.uint8)
    crop = cv2.warpAffine(image, matrix, size[::-1], borderValue=(PADDING,) * 3)
    return crop.astype(np.uint8), window


def laid_over(scores: NDArray[np.float32], window: Window, shape: tuple[int, ...]) -> ParseMap:
    """The best class of each pixel of a photo of `shape`, uint8 H×W, from scores C×h×w of its
    window; class 0 outside of it."""
    best = np.full(shape[:2], -np.inf, np.float32)
    classes = np.zeros(shape[:2], np.uint8)
    for number, plane in enumerate(scores):
        laid = _laid(plane, window, shape, cv2.INTER_LINEAR, np.inf if number == 0 else -np.inf)
        better = laid > best
        np.copyto(best, laid, where=better)
        classes[better] = number
    return frozen(classes)


def labels_over(labels: NDArray[np.uint8], window: Window, shape: tuple[int, ...]) -> ParseMap:
    """The numbers h×w of a window laid over a photo of `shape`, 0 outside of it."""
    return frozen(_laid(labels, window, shape, cv2.INTER_NEAREST, 0))


def _laid(
    plane: _Plane, window: Window, shape: tuple[int, ...], method: int, outside: float
) -> _Plane:
    """Continued to the window's edge, where linear mixing would otherwise meet the outside."""
    flags = method | cv2.WARP_INVERSE_MAP
    matrix, size = _stretched(window, (plane.shape[0], plane.shape[1])), (shape[1], shape[0])
    laid = cv2.warpAffine(plane, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside: _Plane = laid.astype(plane.dtype)
    inside[~_within(window, shape)] = outside
    return inside


def _within(window: Window, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    rows = np.arange(shape[0]) + 0.5
    columns = np.arange(shape[1]) + 0.5
    down = (rows >= window.top) & (rows < window.top + window.height)
    across = (columns >= window.left) & (columns < window.left + window.width)
    return np.asarray(down[:, None] & across[None])


def _stretched(window: Window, size: tuple[int, int]) -> NDArray[np.float64]:
    """2×3 matrix from the photo's px to those of the window at `size` (height, width)."""
    down, across = size[0] / window.height, size[1] / window.width
    return np.array(
        [
            [across, 0, 0.5 * across - 0.5 - across * window.left],
            [0, down, 0.5 * down - 0.5 - down * window.top],
        ]
    )
