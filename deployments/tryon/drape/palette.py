"""How often each colour occurs in a region."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.arrays import Bools, Floats

BINS = 12
"""Steps of each of the three CIELAB axes."""


def to_lab(picture: Floats) -> Floats:
    """CIELAB of a picture (H×W×3, 0 to 255)."""
    return cv2.cvtColor(picture / np.float32(255), cv2.COLOR_RGB2LAB).astype(np.float32)


@dataclass(frozen=True)
class Palette:
    """Shares of the colours, a little blurred between neighbours; they add up to 1."""

    shares: Floats
    """BINS³ values."""

    @classmethod
    def of(cls, lab: Floats, where: Bools) -> Palette:
        counts = np.bincount(_bins(lab[where]), minlength=BINS**3).astype(np.float32)
        table = counts.reshape(BINS, BINS, BINS)
        for axis in range(3):
            pad = [(1, 1) if axis == k else (0, 0) for k in range(3)]
            wide = np.pad(table, pad, mode="edge")
            before, after = (
                np.take(wide, range(start, start + BINS), axis=axis) for start in (0, 2)
            )
            table = 0.62 * table + 0.19 * (before + after)
        return cls(np.asarray(table.reshape(-1) / max(float(table.sum()), 1.0), np.float32))

    def __call__(self, lab: Floats) -> Floats:
        """How often the colour at each place occurs."""
        return np.asarray(self.shares[_bins(lab)], np.float32)

    def shared(self, other: Palette) -> float:
        """How much both have in common, from 0 to 1."""
        return float(np.minimum(self.shares, other.shares).sum())


def _bins(lab: Floats) -> NDArray[np.int64]:
    """The number of each colour's bin."""
    scale = np.array([BINS / 100.01, BINS / 256, BINS / 256], np.float32)
    steps = ((lab + np.array([0, 128, 128], np.float32)) * scale).astype(np.int64)
    steps = np.clip(steps, 0, BINS - 1)
    return np.asarray((steps[..., 0] * BINS + steps[..., 1]) * BINS + steps[..., 2], np.int64)
