"""Polylines in a plane."""

from __future__ import annotations

import itertools

import cv2
import numpy as np

from deployments.types import Mask
from training.figures.body import Points


def unit(vector: Points) -> Points:
    """The vector at length 1."""
    return np.asarray(vector / np.linalg.norm(vector))


def finer(line: Points, parts: int) -> Points:
    """A line (n×2) with `parts` points on each of its pieces, without its end."""
    share = np.linspace(0, 1, parts, endpoint=False)[:, None]
    return np.concatenate([a + share * (b - a) for a, b in itertools.pairwise(line)])


def contour(mask: Mask, blur: float) -> Points:
    """The largest outline of a mask blurred by `blur` px: closed, a point a pixel (n×2, px), walked
    counter-clockwise as seen in the picture. Without points where the mask is empty."""
    solid = (cv2.GaussianBlur(mask, (0, 0), blur) > 127).astype(np.uint8)
    found, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not found:
        return np.zeros((0, 2))
    line = max(found, key=cv2.contourArea)[:, 0].astype(np.float64) + 0.5
    x, y = line.T
    turn = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))  # y points down
    return line[::-1] if turn > 0 else line


def smoothed(line: Points, kernel: Points) -> Points:
    """A closed line (n×2) whose points are means of themselves and their neighbours, weighted by
    `kernel` (odd length, sum 1)."""
    reach = len(kernel) // 2
    padded = np.concatenate([line[-reach:], line, line[:reach]])
    return np.stack([np.convolve(padded[:, k], kernel, "valid") for k in (0, 1)], axis=1)
