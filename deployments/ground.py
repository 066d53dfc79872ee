"""The plain ground that a garment lies on: its colour, fitted from the picture's border."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.colour_shares import to_lab
from deployments.types import Image

BAND = 0.03
"""Share of the picture's size that its border takes."""
EVEN = 3.0
"""Lab units by which a plain ground may stray from the fit (median over the border)."""

DEEPEST_SHADOW, SHADOW_TINT = 25.0, 4.0
"""Lab units: a shadow darkens the ground by so much at most, and hardly changes its hue."""


@dataclass(frozen=True)
class Ground:
    """A smooth colour that goes over the picture as a plane in Lab."""

    distance: NDArray[np.float32]
    """H×W: how far each pixel is from the ground, in Lab units."""
    darker: NDArray[np.float32]
    """H×W: how much darker than the ground, in L units."""
    tint: NDArray[np.float32]
    """H×W: how far from the ground in a and b."""
    spread: float
    """Median distance of the border's pixels."""
    share: float
    """Share of the border's pixels that are ground."""

    @property
    def is_plain(self) -> bool:
        return self.spread <= EVEN and self.share >= 0.6

    def in_full_light(self) -> Ground:
        """The ground with the soft shadows on it taken for ground as well."""
        shadow = (self.tint < SHADOW_TINT) & (self.darker > 0) & (self.darker < DEEPEST_SHADOW)
        return replace(self, distance=np.where(shadow, 0, self.distance).astype(np.float32))

    def reached(self, tolerance: float) -> NDArray[np.uint8]:
        """H×W, 1 where ground of at most this distance is connected to the picture's border."""
        near = (self.distance <= tolerance).astype(np.uint8)
        framed = cv2.copyMakeBorder(near, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
        _, labels = cv2.connectedComponents(framed, connectivity=4)
        return np.asarray(labels[1:-1, 1:-1] == labels[0, 0], np.uint8)


def fit_ground(image: Image) -> Ground:
    """Fits the ground of a picture (H×W×3)."""
    lab = to_lab(image.astype(np.float32))
    height, width = lab.shape[:2]
    rows, columns = np.nonzero(_border(height, width))
    rows, columns = rows[::5], columns[::5]
    down, across = _places(height), _places(width)
    terms = np.column_stack([np.ones(len(rows)), across[columns], down[rows]])
    weights, stray = _plane(terms, lab[rows, columns].astype(np.float64))
    away = []
    for channel, (level, slope, fall) in enumerate(weights.T.astype(np.float32)):
        model = (level + fall * down)[:, None] + (slope * across)[None, :]
        away.append(model - lab[..., channel])
    tint = np.sqrt(away[1] ** 2 + away[2] ** 2)
    spread = float(np.median(stray))
    share = float((stray <= max(6.0, 3 * spread)).mean())
    return Ground(np.sqrt(tint**2 + away[0] ** 2), away[0], tint, spread, share)


def _plane(
    terms: NDArray[np.float64], colours: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(3 terms × 3 channels, how far each colour is from the plane): outliers have no say."""
    kept = np.ones(len(colours), bool)
    for _ in range(4):
        weights, *_ = np.linalg.lstsq(terms[kept], colours[kept], rcond=None)
        stray = np.linalg.norm(colours - terms @ weights, axis=1)
        kept = stray <= max(2.5 * float(np.median(stray[kept])), 1.5)
    return np.asarray(weights, np.float64), stray


def _places(count: int) -> NDArray[np.float32]:
    """From -0.5 to 0.5 over a side of so many px."""
    return np.linspace(-0.5, 0.5, count, dtype=np.float32)


def _border(height: int, width: int) -> NDArray[np.bool_]:
    band = max(int(BAND * min(height, width)), 1)
    inside = np.zeros((height, width), bool)
    inside[band:-band, band:-band] = True
    return ~inside
