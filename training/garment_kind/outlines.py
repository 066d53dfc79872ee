"""Outlines of sleeveless tops, dresses and skirts, drawn by chance: photos show few of them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.types import GarmentKind, Mask

SIDE = 512


def drawn_outline(kind: GarmentKind, chance: np.random.Generator) -> Mask:
    """A mask (512×512) of a sleeveless "top" or "dress", or of a "skirt"."""
    half = _skirt(chance) if kind == "skirt" else _sleeveless(kind == "dress", chance)
    high, wide = float(np.ptp(half[:, 1])), 2 * float(half[:, 0].max())
    half = (half - [0, half[:, 1].min()]) * (0.9 * SIDE / max(high, wide)) + [0, 0.05 * SIDE]
    sway = chance.normal(0, 0.004 * SIDE, half.shape)
    other = (half + sway[::-1]) * [-1, 1]
    ring = np.vstack([half + sway, other[::-1]])
    ring[:, 0] += SIDE / 2
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(mask, [ring.round().astype(np.int32)], 255)
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), float(chance.uniform(-6, 6)), 0.95)
    return np.asarray(cv2.warpAffine(mask, turn, (SIDE, SIDE)), np.uint8)


def _sleeveless(is_dress: bool, chance: np.random.Generator) -> NDArray[np.float64]:
    """Its right half from the neck down, where the half width at the armpits is 1."""
    neck = chance.uniform(0.25, 0.62)
    strap = chance.uniform(0.06, 0.4) if neck < 0.5 else chance.uniform(0.05, 0.2)
    depth = chance.uniform(0.05, 1.1)
    armhole = chance.uniform(0.6, 1.15)
    length = chance.uniform(4.2, 7.0) if is_dress else chance.uniform(2.1, 4.0)
    waist = chance.uniform(0.75, 1.0)
    hem = chance.uniform(0.85, 2.4) if is_dress else chance.uniform(0.85, 1.3)
    shoulder = min(neck + strap, 0.9)
    angle = np.linspace(np.pi / 2, 0, 9)
    edge = np.column_stack([neck * np.cos(angle), depth * np.sin(angle) ** chance.uniform(0.6, 2)])
    body = [
        (shoulder, strap * chance.uniform(0, 0.5)),
        (shoulder * chance.uniform(0.86, 1.0), 0.55 * armhole),
        (0.5 * (shoulder + 1), 0.88 * armhole),
        (1.0, armhole),
        (waist, armhole + (0.32 if is_dress else 0.5) * (length - armhole)),
        (hem, length),
        (0.0, length * chance.uniform(0.99, 1.03)),
    ]
    return np.vstack([edge, np.array(body)])


def _skirt(chance: np.random.Generator) -> NDArray[np.float64]:
    """Its right half from the middle of the waistband down, where half of that is 1."""
    length, hem = chance.uniform(1.2, 5.0), chance.uniform(0.95, 2.6)
    hip = chance.uniform(1.0, 1.0 + 0.7 * max(hem - 1, 0.3))
    body = [
        (0.0, chance.uniform(-0.03, 0.12)),
        (0.6, chance.uniform(-0.02, 0.05)),
        (1.0, 0.0),
        (hip, 0.35 * length),
        (hem, length),
        (0.0, length * chance.uniform(0.98, 1.06)),
    ]
    return np.array(body)
