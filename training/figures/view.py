"""The camera of a rendered picture: where a place in space lies in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.figures.body import Points


@dataclass(frozen=True)
class View:
    """Pinhole camera that looks along +y from `distance` metres and sees `low`..`high` metres of
    the plane y = 0; picture size in pixels, the rest in metres."""

    low: float
    high: float
    width: int = 768
    height: int = 1024
    distance: float = 5.5

    def project(self, points: Points) -> tuple[Points, Points]:
        """Pixels (n x 2) and depth (n, metres) of points (n x 3)."""
        depth = points[:, 1] + self.distance
        scale = self.height / (self.high - self.low) * self.distance / depth
        x = self.width / 2 + points[:, 0] * scale
        y = self.height / 2 - (points[:, 2] - (self.low + self.high) / 2) * scale
        return np.stack([x, y], axis=1), depth
