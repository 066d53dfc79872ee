"""Meshes and outlines drawn onto a grid of pixels."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.tryon.drape.arrays import Floats

_SHIFT = 4
FINER = 4


def draw_mesh(places: Floats, values: Floats, height: int, width: int) -> tuple[Floats, Floats]:
    """Values (R×C×K) at the places (R×C×2 px) of a grid of quads, drawn row after row.

    Returns height×width×K values, interpolated in each triangle, and height×width coverage (0 or
    1). A later row lies over an earlier one where a mesh folds over itself.
    """
    canvas = np.zeros((height, width, values.shape[2]), np.float32)
    covered = np.zeros((height, width), np.float32)
    for row in range(places.shape[0] - 1):
        for column in range(places.shape[1] - 1):
            quad = places[row : row + 2, column : column + 2].reshape(4, 2)
            worth = values[row : row + 2, column : column + 2].reshape(4, -1)
            for corners in ((0, 1, 2), (3, 2, 1)):
                _draw_triangle(canvas, covered, quad[list(corners)], worth[list(corners)])
    return canvas, covered


def _draw_triangle(canvas: Floats, covered: Floats, corners: Floats, worth: Floats) -> None:
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1, covered.shape[::-1])
    sides = corners[1:] - corners[0]
    area = float(sides[0, 0] * sides[1, 1] - sides[0, 1] * sides[1, 0])
    if (high <= low).any() or abs(area) < 1e-6:
        return
    x = np.arange(low[0], high[0], dtype=np.float32)[None] - corners[0, 0]
    y = np.arange(low[1], high[1], dtype=np.float32)[:, None] - corners[0, 1]
    second = (x * sides[1, 1] - y * sides[1, 0]) / area
    third = (y * sides[0, 0] - x * sides[0, 1]) / area
    inside = (second >= -1e-4) & (third >= -1e-4) & (second + third <= 1 + 1e-4)
    if not inside.any():
        return
    drawn = (
        worth[0]
        + second[inside][:, None] * (worth[1] - worth[0])
        + third[inside][:, None] * (worth[2] - worth[0])
    )
    canvas[low[1] : high[1], low[0] : high[0]][inside] = drawn
    covered[low[1] : high[1], low[0] : high[0]][inside] = 1


def draw_outline(outline: Floats, height: int, width: int, soft: float = 0.0) -> Floats:
    """A closed outline (N×2 px) filled: height×width from 0 to 1, antialiased.

    `soft` is the sigma in px of a blur of the edge.
    """
    canvas = np.zeros((height, width), np.uint8)
    fixed = np.round(outline * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(canvas, [fixed.reshape(-1, 1, 2)], (255,), cv2.LINE_AA, _SHIFT)
    filled = canvas.astype(np.float32) / 255
    return filled if soft <= 0 else blur(filled, soft)


def draw_strip(one: Floats, other: Floats, height: int, width: int) -> Floats:
    """The strip between two edges (each N×2 px), quad by quad, so that it may fold over itself:
    height×width from 0 to 1, antialiased by fourfold sampling."""
    filled = np.zeros((height, width), np.float32)
    points = np.concatenate([one, other])
    low = np.maximum(np.floor(points.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 2, (width, height))
    if (high <= low).any():
        return filled
    fine = np.zeros(((high[1] - low[1]) * FINER, (high[0] - low[0]) * FINER), np.uint8)
    scale = (1 << _SHIFT) * FINER
    for i in range(len(one) - 1):
        quad = np.stack([one[i], one[i + 1], other[i + 1], other[i]])
        fixed = np.round((quad - low + 0.5) * scale - (1 << _SHIFT) / 2).astype(np.int32)
        cv2.fillPoly(fine, [cv2.convexHull(fixed.reshape(-1, 1, 2))], (255,), cv2.LINE_8, _SHIFT)
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    window = cv2.resize(fine, size, interpolation=cv2.INTER_AREA)
    filled[low[1] : high[1], low[0] : high[0]] = window.astype(np.float32) / 255
    return filled


def blur(values: Floats, sigma: float) -> Floats:
    """A Gaussian blur of `sigma` px; wide ones are made on a reduced copy, which looks the same."""
    if sigma < 0.25:
        return values
    factor = min(8, max(1, int(sigma / 4)))
    if factor == 1:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)
    height, width = values.shape[:2]
    small_size = (max(1, width // factor), max(1, height // factor))
    small = cv2.resize(values, small_size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def resize(values: Floats, height: int, width: int) -> Floats:
    """Bilinear when growing, area averages when shrinking."""
    shrinking = height < values.shape[0]
    kind = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (width, height), interpolation=kind), np.float32)
