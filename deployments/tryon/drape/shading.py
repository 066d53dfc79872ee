"""Light and folds: what the photo's light did to the old garment, given to the new one."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.raster import blur
from deployments.tryon.drape.scene import Scene
from deployments.types import Label

DARKEST, LIGHTEST = 0.70, 1.16


def carried_shading(scene: Scene, body: Body, labels: tuple[Label, ...]) -> Floats:
    """h×w factors near 1: the old top's lightness over its own average, as far as it is plain.

    Prints and letters are left out with a margin; a cloth that is mottled all over (washed denim,
    melange, lace) has no folds that could be told from its pattern, so it gives its broad light
    alone.
    """
    old = cv2.erode(scene.marked(*labels).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if old.sum() < 200:
        return np.ones(scene.size, np.float32)
    luminance = scene.small @ np.array([0.299, 0.587, 0.114], np.float32)
    weights = old.astype(np.float32) * _plain(scene, body, old)
    overall = float((luminance * weights).sum() / max(float(weights.sum()), 1e-3))
    usual = np.full(scene.size, overall, np.float32)
    broad = _mean(luminance, weights, 0.32 * body.unit, usual)
    middle = _mean(luminance, weights, 0.10 * body.unit, broad)
    fine = _mean(luminance, weights, 0.014 * body.unit, middle)
    floor = 14.0
    folds, bulges = (fine + floor) / (middle + floor), (middle + floor) / (broad + floor)
    light = (broad + floor) / (overall + floor)
    restless = float(np.std(folds[weights > 0.5])) if (weights > 0.5).any() else 1.0
    calm = float(np.clip(1.5 - restless / 0.045, 0, 1))
    known = np.clip(blur(weights, 0.07 * body.unit) * 2.2, 0, 1)
    strength = _overall_plainness(weights, old) * known
    ratio = folds ** (0.9 * calm) * bulges ** (0.45 + 0.45 * calm) * light**0.6
    return np.asarray(np.clip(1 + (ratio - 1) * strength, DARKEST, LIGHTEST), np.float32)


def _mean(values: Floats, weights: Floats, sigma: float, otherwise: Floats) -> Floats:
    """The mean of what is known nearby, and of a wider neighbourhood where little is."""
    mass = blur(weights, sigma)
    known = np.clip((mass - 0.25) * 2.5, 0, 1)
    mean = blur(values * weights, sigma) / np.maximum(mass, 0.05)
    return np.asarray(otherwise + (mean - otherwise) * known, np.float32)


def _plain(scene: Scene, body: Body, old: Bools) -> Floats:
    """1 where the old top has the colour that is usual round there, 0 on prints, letters and other
    cloth, and near them."""
    lab = scene.lab
    usual = np.median(lab[old], axis=0)
    off = np.hypot(lab[..., 1] - usual[1], lab[..., 2] - usual[2])
    shade = np.abs(lab[..., 0] - usual[0])
    odd = ((off > 9 + 0.25 * shade) | (shade > 26)) & old
    margin = 2 * max(1, round(0.03 * body.unit)) + 1
    wide = cv2.dilate(odd.astype(np.uint8), np.ones((margin, margin), np.uint8))
    edges = np.abs(cv2.Laplacian(cv2.GaussianBlur(lab[..., 0], (0, 0), 0.8), cv2.CV_32F)) > 9
    letters = cv2.dilate((edges & old).astype(np.uint8), np.ones((margin, margin), np.uint8))
    return np.asarray((wide == 0) & (letters == 0), np.float32)


def _overall_plainness(weights: Floats, old: Bools) -> float:
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
