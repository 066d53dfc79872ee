"""Light and folds: what the photo's light did to the old garment, given to the new one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.raster import blur
from deployments.tryon.drape.scene import TOPS, Scene

DARKEST, LIGHTEST = 0.70, 1.16


def carried_shading(scene: Scene, body: Body) -> Floats:
    """h×w factors near 1: the old top's lightness over its own average, as far as it is plain."""
    old = cv2.erode(scene.marked(*TOPS).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if old.sum() < 200:
        return np.ones(scene.size, np.float32)
    luminance = scene.small @ np.array([0.299, 0.587, 0.114], np.float32)
    weights = old.astype(np.float32) * _plain(scene, old)
    fine = _mean(luminance, weights, 0.012 * body.unit)
    broad = _mean(luminance, weights, 0.30 * body.unit)
    overall = float((luminance * weights).sum() / max(weights.sum(), 1e-3))
    floor = 12.0
    folds = (fine + floor) / (broad + floor)
    light = (broad + floor) / (overall + floor)
    ratio = folds * light**0.6
    plainness = blur(weights, 0.05 * body.unit) / np.maximum(
        blur(old.astype(np.float32), 0.05 * body.unit), 1e-3
    )
    strength = 0.85 * _overall_plainness(weights, old) * np.clip(plainness, 0, 1)
    strength = strength * np.clip(blur(old.astype(np.float32), 2.0) * 2 - 1, 0, 1)
    return np.asarray(np.clip(1 + (ratio - 1) * strength, DARKEST, LIGHTEST), np.float32)


def _mean(values: Floats, weights: Floats, sigma: float) -> Floats:
    mass = blur(weights, sigma)
    return np.asarray(blur(values * weights, sigma) / np.maximum(mass, 1e-3), np.float32)


def _plain(scene: Scene, old: NDArray[np.bool_]) -> Floats:
    """1 where the old top has its usual hue, 0 on prints, letters and other cloth."""
    lab = cv2.cvtColor(scene.small / 255, cv2.COLOR_RGB2LAB)
    usual = np.median(lab[old], axis=0)
    off = np.hypot(lab[..., 1] - usual[1], lab[..., 2] - usual[2])
    dark = np.abs(lab[..., 0] - usual[0])
    return np.asarray(np.clip(1.6 - off / 7, 0, 1) * np.clip(2.2 - dark / 16, 0, 1), np.float32)


def _overall_plainness(weights: Floats, old: NDArray[np.bool_]) -> float:
    share = float(weights[old].mean())
    return float(np.clip((share - 0.35) / 0.4, 0, 1))


def edge_shading(alpha: Floats, width: float, depth: float) -> Floats:
    """Cloth turning away at its outline: factors from 1 - depth at the edge to 1 inside."""
    inside = blur(alpha, width)
    return np.asarray(1 - depth * np.clip(1 - (inside - 0.5) * 2, 0, 1) ** 1.5, np.float32)


def contact_shadow(alpha: Floats, width: float, strength: float) -> Floats:
    """The shadow that a layer casts on what is beneath and below it: factors of at most 1."""
    shift = np.array([[1, 0, 0], [0, 1, width * 0.7]], np.float32)
    moved = np.asarray(cv2.warpAffine(alpha, shift, alpha.shape[::-1]), np.float32)
    return np.asarray(1 - strength * blur(moved, width) * (1 - alpha), np.float32)
