"""Meshes and outlines drawn onto a grid of pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.box import EVERYTHING, Box, bounds, inside

Whole: TypeAlias = NDArray[np.int64]

_SHIFT = 4
FINER = 4


def draw_mesh(places: Floats, values: Floats, height: int, width: int) -> tuple[Floats, Floats]:
    """Values (R×C×K) at the places (R×C×2 px) of a grid of quads, drawn row after row.

    Returns height×width×K values, interpolated in each triangle, and height×width coverage (0 or
    1). A later row lies over an earlier one where a mesh folds over itself.
    """
    corners, worth = _triangles(places.astype(np.float32)), _triangles(values)
    sides = corners[:, 1:] - corners[:, :1]
    area = sides[:, 0, 0] * sides[:, 1, 1] - sides[:, 0, 1] * sides[:, 1, 0]
    solid = np.abs(area) >= 1e-6
    corners, worth = corners[solid], worth[solid]
    spans = _spans(corners, sides[solid], area[solid], height, width)
    x, number = _counted(spans.left, spans.count), np.repeat(np.arange(len(spans.y)), spans.count)
    topmost = np.full(height * width, -1, np.int64)
    topmost[spans.y[number] * width + x] = np.arange(len(x))  # the last one at a place stays
    there = np.flatnonzero(topmost >= 0)
    x, number = x[topmost[there]], number[topmost[there]]
    owner = spans.owner[number]
    shares = spans.shares[number] + (x - corners[owner, 0, 0])[:, None] * spans.slopes[number]
    steps = (worth[:, 1:] - worth[:, :1])[owner]
    canvas = np.zeros((height * width, values.shape[2]), np.float32)
    canvas[there] = worth[owner, 0] + shares[:, :1] * steps[:, 0] + shares[:, 1:] * steps[:, 1]
    covered = np.zeros(height * width, np.float32)
    covered[there] = 1
    return canvas.reshape(height, width, -1), covered.reshape(height, width)


def _triangles(grid: Floats) -> Floats:
    """The corners of two triangles for each quad of a grid (R×C×K): N×3×K, row after row."""
    quads = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:]], axis=2)
    split = np.stack([quads[:, :, [0, 1, 2]], quads[:, :, [3, 2, 1]]], axis=2)
    return split.reshape(-1, 3, grid.shape[2])


@dataclass(frozen=True)
class _Spans:
    """The rows of pixels that triangles cover, M of them, one triangle after the other."""

    owner: Whole
    """The triangle's number."""
    y: Whole
    left: Whole
    count: Whole
    shares: Floats
    """M×2: what the second and the third corner contribute at the first corner's x."""
    slopes: Floats
    """M×2: how much more of it one px to the right."""


def _spans(corners: Floats, sides: Floats, area: Floats, height: int, width: int) -> _Spans:
    """A pixel is covered where no corner's share is less than 0, but for rounding."""
    low = np.maximum(np.floor(corners[..., 1].min(axis=1)), 0).astype(np.int64)
    high = np.minimum(np.ceil(corners[..., 1].max(axis=1)) + 1, height).astype(np.int64)
    tall = np.maximum(high - low, 0)
    owner, y = np.repeat(np.arange(len(corners)), tall), _counted(low, tall)
    slopes = (np.stack([sides[:, 1, 1], -sides[:, 0, 1]], axis=-1) / area[:, None])[owner]
    downward = (np.stack([-sides[:, 1, 0], sides[:, 0, 0]], axis=-1) / area[:, None])[owner]
    shares = (y - corners[owner, 0, 1])[:, None] * downward
    all_slopes = np.column_stack([slopes, -slopes.sum(axis=1)])
    all_shares = np.column_stack([shares, 1 - shares.sum(axis=1)])
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = corners[owner, :1, 0] + (-1e-4 - all_shares) / all_slopes
    left = np.where(all_slopes > 0, ends, 0).max(axis=1)
    right = np.where(all_slopes < 0, ends, width - 1).min(axis=1)
    never = ((all_slopes == 0) & (all_shares < -1e-4)).any(axis=1)
    first = np.ceil(np.clip(left, 0, width)).astype(np.int64)
    count = np.floor(np.clip(right, -1, width - 1)).astype(np.int64) + 1 - first
    return _Spans(owner, y, first, np.where(never, 0, np.maximum(count, 0)), shares, slopes)


def _counted(start: Whole, count: Whole) -> Whole:
    """`count` whole numbers from each start on, one run after the other."""
    ends = np.cumsum(count)
    return np.asarray(np.arange(count.sum()) + np.repeat(start - ends + count, count), np.int64)


def draw_outline(outline: Floats, height: int, width: int, soft: float = 0.0) -> Floats:
    """A closed outline (N×2 px) filled: height×width from 0 to 1, antialiased.

    `soft` is the sigma in px of a blur of the edge.
    """
    canvas = np.zeros((height, width), np.uint8)
    fixed = np.round(outline * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(canvas, [fixed.reshape(-1, 1, 2)], (255,), cv2.LINE_AA, _SHIFT)
    filled, there = np.zeros((height, width), np.float32), bounds(canvas)
    if there is not None:
        filled[there] = canvas[there] / np.float32(255)
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


def grown(mask: NDArray[np.bool_], reach: float) -> NDArray[np.bool_]:
    """What lies no farther from a mask than `reach` px, itself included."""
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(away <= reach, np.bool_)


def resize(values: Floats, height: int, width: int) -> Floats:
    """Bilinear when growing, area averages when shrinking."""
    shrinking = height < values.shape[0]
    kind = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (width, height), interpolation=kind), np.float32)


def enlarged(values: Floats, size: tuple[int, int], box: Box = EVERYTHING) -> Floats:
    """Values of a reduced grid (h×w, or h×w×K) at full size (height, width): what lies in a box.

    Where the grid was reduced by a whole number no more than that is computed.
    """
    down, across = size[0] // values.shape[0], size[1] // values.shape[1]
    if box == EVERYTHING or size != (values.shape[0] * down, values.shape[1] * across):
        grown = cv2.resize(values, size[::-1], interpolation=cv2.INTER_LINEAR)
        return np.asarray(grown[box], np.float32)
    top, left = max(box[0].start // down - 1, 0), max(box[1].start // across - 1, 0)
    part = values[top : -(-box[0].stop // down) + 1, left : -(-box[1].stop // across) + 1]
    near = part.shape[1] * across, part.shape[0] * down
    grown = cv2.resize(part, near, interpolation=cv2.INTER_LINEAR)
    corner = slice(top * down, None), slice(left * across, None)
    return np.asarray(grown[inside(box, corner)], np.float32)


def tripled(values: Floats) -> Floats:
    """H×W×3: the same values three times, which is faster than to let numpy spread them."""
    return np.asarray(cv2.cvtColor(values, cv2.COLOR_GRAY2RGB), np.float32)


def ramp(size: tuple[int, ...], origin: Floats, ahead: Floats) -> Floats:
    """How far each pixel of a grid (height, width) lies ahead of a point (px) in a direction."""
    x = (np.arange(size[1]) - float(origin[0])) * float(ahead[0])
    y = (np.arange(size[0]) - float(origin[1])) * float(ahead[1])
    return np.add(x.astype(np.float32)[None], y.astype(np.float32)[:, None])
