"""How often each colour occurs in a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
Bools: TypeAlias = NDArray[np.bool_]

BINS = 12
"""Steps of each of the three CIELAB axes."""

Bins: TypeAlias = NDArray[np.uint16]
"""The number of each colour's bin, from 0 to BINS³ - 1."""


def to_lab(picture: Floats) -> Floats:
    """CIELAB of a picture (H×W×3, 0 to 255)."""
    return cv2.cvtColor(picture / np.float32(255), cv2.COLOR_RGB2LAB).astype(np.float32)


@dataclass(frozen=True)
class Palette:
    """Shares of the colours, a little blurred between neighbours; they add up to 1."""

    shares: Floats
    """BINS³ values."""

    @classmethod
    def of(cls, bins: Bins, where: Bools) -> Palette:
        counts = np.bincount(bins[where], minlength=BINS**3).astype(np.float32)
        table = counts.reshape(BINS, BINS, BINS)
        for axis in range(3):
            pad = [(1, 1) if axis == k else (0, 0) for k in range(3)]
            wide = np.pad(table, pad, mode="edge")
            before, after = (
                np.take(wide, range(start, start + BINS), axis=axis) for start in (0, 2)
            )
            table = 0.62 * table + 0.19 * (before + after)
        return cls(np.asarray(table.reshape(-1) / max(float(table.sum()), 1.0), np.float32))

    def __call__(self, bins: Bins) -> Floats:
        """How often the colour at each place occurs."""
        return np.asarray(self.shares[bins], np.float32)

    def shared(self, other: Palette) -> float:
        """How much both have in common, from 0 to 1."""
        return float(np.minimum(self.shares, other.shares).sum())


def bins_of(lab: Floats) -> Bins:
    """The number of each colour's bin."""
    scale = np.array([BINS / 100.01, BINS / 256, BINS / 256])
    steps = cv2.transform(lab, np.column_stack([np.diag(scale), scale * (0, 128, 128)]))
    light, across, along = cv2.split(np.clip(steps, 0, BINS - 1).astype(np.uint16))
    return np.asarray((light * BINS + across) * BINS + along, np.uint16)


def off_usual(lab: Floats, region: Bools) -> Floats:
    """How far each colour (H×W×3) is from a region's median, lightness counting half."""
    usual = [np.median(plane[region]) for plane in cv2.split(lab)]
    weights = np.array([0.5, 1, 1])
    away = cv2.transform(lab, np.column_stack([np.diag(weights), -weights * np.array(usual)]))
    return np.asarray(cv2.sqrt(cv2.transform(away * away, np.ones((1, 3)))), np.float32)
