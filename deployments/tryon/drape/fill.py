"""Gaps filled from what lies round them."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.raster import blur


def push_pull(values: Floats, weights: Floats) -> Floats:
    """Values (h×w×K) carried smoothly into the places where their weights (h×w) are 0.

    Gortler et al., "The Lumigraph", 1996: averages of ever coarser grids are handed back to the
    finer ones, each place taking of them what it lacks itself. Empty coarse cells have weight 0 and
    are never taken for a colour.
    """
    height, width = weights.shape
    if min(height, width) <= 2 or float(weights.min()) >= 1:
        total = float(weights.sum())
        mean = (values * weights[..., None]).sum(axis=(0, 1)) / max(total, 1e-6)
        return np.where(weights[..., None] > 0, values, mean).astype(np.float32)
    half = ((width + 1) // 2, (height + 1) // 2)
    mass = cv2.resize(weights, half, interpolation=cv2.INTER_AREA)
    summed = cv2.resize(_weighted(values, weights), half, interpolation=cv2.INTER_AREA)
    mean = summed.reshape(half[1], half[0], -1) / np.maximum(mass, 1e-6)[..., None]
    coarse = push_pull(mean.astype(np.float32), np.minimum(1, 4 * mass).astype(np.float32))
    grown = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    grown = grown.reshape(height, width, -1)
    return np.asarray(grown + _weighted(values - grown, np.clip(weights, 0, 1)), np.float32)


def near_mean(values: Floats, weights: Floats, sigma: float, prior: Floats, trust: float) -> Floats:
    """A weighted local mean (h×w×K) that falls back on a prior (K, or h×w×K) far from any value.

    `trust` is the weight of the prior: about the share of a neighbourhood that must be known for
    its own mean to count.
    """
    mass = blur(weights, sigma)
    total = blur(_weighted(values, weights), sigma)
    fallback = np.asarray(trust * prior, np.float32)
    total += fallback if fallback.ndim == 3 else np.tile(fallback, (*weights.shape, 1))
    return _weighted(total, 1 / (mass + np.float32(trust)))


def membrane(difference: Floats, known: Floats, sigma: float) -> Floats:
    """A difference (h×w×K) that is known beside a seam, carried over it and fading to 0 within a
    few `sigma` px."""
    mass = blur(known, sigma)
    total = blur(_weighted(difference, known), sigma)
    return _weighted(total, np.clip(2.2 * mass, 0, 1) / np.maximum(mass, 1e-4))


def _weighted(values: Floats, weights: Floats) -> Floats:
    """Values (h×w×K) times weights (h×w): cv2 spreads them over the K faster than numpy does."""
    if values.shape[2] == 1:
        return np.asarray(values * weights[..., None], np.float32)
    return np.asarray(values * cv2.merge([weights] * values.shape[2]), np.float32)


def grain_strength(photo: Floats, where: NDArray[np.bool_]) -> float:
    """Standard deviation of the photo's noise (0 to 255) in a region, taken where it is calmest:
    walls and leaves are no noise."""
    if where.sum() < 64:
        return 0.0
    luminance = photo.mean(axis=2)
    detail = np.abs(luminance - cv2.GaussianBlur(luminance, (0, 0), 1.2))
    mass = cv2.blur(where.astype(np.float32), (7, 7))
    mean = cv2.blur(np.where(where, detail, 0).astype(np.float32), (7, 7)) / np.maximum(mass, 1e-3)
    calmest = np.percentile(mean[mass > 0.9], 10) if (mass > 0.9).any() else 0.0
    return float(min(1.25 * GRAIN_OF_DETAIL * calmest, MOST_GRAIN))


MOST_GRAIN = 2.0
"""Stones and leaves all over a photo have more detail than this; smooth skin must not."""
GRAIN_OF_DETAIL = 1.6
"""The standard deviation of white noise over the mean size of its detail."""


def grain(shape: tuple[int, int], strength: float, seed: int) -> Floats:
    """Noise like a camera's: h×w, a little softer than white."""
    return _even_grain(shape, seed) * np.float32(strength)


@lru_cache(maxsize=2)
def _even_grain(shape: tuple[int, int], seed: int) -> Floats:
    """Noise of the standard deviation 1: the same for all photos of one size, so it is kept."""
    noise = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.6), np.float32)
    even = np.asarray(soft / max(float(soft.std()), 1e-6), np.float32)
    even.setflags(write=False)
    return even
