"""Polylines in the plane: lengths, even resampling, rounding, normals."""

from __future__ import annotations

import numpy as np

from deployments.tryon.drape.arrays import Floats


def lengths(points: Floats) -> Floats:
    """Arc length from the first point to each of the N points, in the points' unit."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)]).astype(np.float32)


def at(points: Floats, length: Floats) -> Floats:
    """The points (K×2) that lie at the K arc lengths, held at both ends."""
    along = lengths(points)
    return np.stack([np.interp(length, along, points[:, i]) for i in (0, 1)], axis=-1).astype(
        np.float32
    )


def resample(points: Floats, count: int) -> Floats:
    """`count` points at even arc lengths."""
    return at(points, np.linspace(0, lengths(points)[-1], count, dtype=np.float32))


def rounded(points: Floats, passes: int = 3) -> Floats:
    """Corners cut by Chaikin's scheme; the two ends stay where they are."""
    for _ in range(passes):
        near = 0.75 * points[:-1] + 0.25 * points[1:]
        far = 0.25 * points[:-1] + 0.75 * points[1:]
        between = np.stack([near, far], axis=1).reshape(-1, 2)
        points = np.concatenate([points[:1], between, points[-1:]])
    return points.astype(np.float32)


def tangents(points: Floats) -> Floats:
    """Unit tangents at N >= 2 points."""
    slope = np.gradient(points, axis=0)
    size = np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-6)
    return np.asarray(slope / size, np.float32)


def blurred(values: Floats, sigma: float, weights: Floats | None = None) -> Floats:
    """A row of N numbers (or N×K) smoothed by a Gaussian of `sigma` samples, with weights."""
    count = len(values)
    weights = np.ones(count, np.float32) if weights is None else weights
    index = np.arange(count)
    kernel = np.exp(-0.5 * ((index[:, None] - index[None]) / max(sigma, 1e-3)) ** 2) * weights
    kernel /= np.maximum(kernel.sum(axis=1, keepdims=True), 1e-6)
    return (kernel @ values).astype(np.float32)
