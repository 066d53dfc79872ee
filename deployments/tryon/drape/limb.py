"""A limb: a rounded path along its bones, and how wide it is on either side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Bools, Floats

STATIONS = 60
"""Points along the path of a limb."""


@dataclass(frozen=True)
class Limb:
    """An arm or a leg, in px of the reduced grid.

    `outward` is the unit normal on the side that turns away from the body when the limb hangs
    down; it stays on that side of the limb however the limb bends.
    """

    side: int
    path: Floats
    """N×2, from the shoulder (or hip) to the wrist (or ankle)."""
    outward: Floats
    """N×2."""
    outer: Floats
    """N, half-width towards `outward`."""
    inner: Floats
    """N, half-width away from it."""
    bend: float
    """Arc length at the elbow (or knee)."""
    whole: bool
    """Whether both bones were seen."""
    hand: float | None = None
    """How far past an arm's end the hand comes out of a sleeve (px), None where it is hidden."""
    behind: bool = False
    """Whether an arm goes behind the body, so that nothing of it can be seen before it."""

    @property
    def length(self) -> float:
        return float(curves.lengths(self.path)[-1])

    def index(self, station: Floats) -> Floats:
        """Arc lengths as fractional indices of the path."""
        return np.asarray(station / max(self.length, 1e-3) * (len(self.path) - 1), np.float32)

    def offset(self, station: Floats, across: Floats) -> Floats:
        """Points at arc lengths, `across` px outwards of the path; beyond its ends it goes on
        straight."""
        index = self.index(station)
        held = np.clip(index, 0, len(self.path) - 1)
        spot, normal = self._sample(self.path, held), self._sample(self.outward, held)
        normal = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
        along = np.stack([-self.side * normal[:, 1], self.side * normal[:, 0]], axis=-1)
        beyond = (index - held) * self.length / (len(self.path) - 1)
        return np.asarray(
            spot + along * beyond[:, None] + normal * np.asarray(across)[:, None], np.float32
        )

    def width(self, station: Floats, outer: bool) -> Floats:
        index = np.clip(self.index(station), 0, len(self.path) - 1)
        chosen = self.outer if outer else self.inner
        return np.interp(index, np.arange(len(chosen)), chosen).astype(np.float32)

    def edges(self, grow: float = 1.0) -> tuple[Floats, Floats]:
        """The outer and the inner edge from end to end."""
        station = np.linspace(0, 1, 40, dtype=np.float32) * self.length
        return (
            self.offset(station, self.width(station, outer=True) * grow),
            self.offset(station, -self.width(station, outer=False) * grow),
        )

    def outline(self, grow: float = 1.0, start: float = 0.0, end: float = 1.0) -> Floats:
        """The closed outline of the limb between two shares of its length."""
        station = np.linspace(start, end, 40, dtype=np.float32) * self.length
        one = self.offset(station, self.width(station, True) * grow)
        other = self.offset(station, -self.width(station, False) * grow)
        return np.concatenate([one, other[::-1]])

    @staticmethod
    def _sample(values: Floats, index: Floats) -> Floats:
        count = np.arange(len(values))
        return np.stack(
            [np.interp(index, count, values[:, i]) for i in range(values.shape[1])], axis=-1
        ).astype(np.float32)


def make_path(start: Floats, middle: Floats, end: Floats) -> tuple[Floats, float]:
    """A path over two bones with a rounded joint, and the arc length at that joint."""
    corner = np.stack([start, start + 0.72 * (middle - start), middle])
    corner = np.concatenate([corner, np.stack([middle + 0.28 * (end - middle), end])])
    path = curves.resample(curves.rounded(corner.astype(np.float32)), STATIONS)
    nearest = int(np.argmin(np.linalg.norm(path - middle, axis=1)))
    return path, float(curves.lengths(path)[nearest])


def outward_normals(path: Floats, side: int) -> Floats:
    along = curves.tangents(path)
    return np.stack([side * along[:, 1], -side * along[:, 0]], axis=-1).astype(np.float32)


def first_exit(mask: Bools, start: Floats, direction: Floats, reach: float) -> Floats:
    """How far N rays stay inside a mask: the length in px at which each leaves it, NaN where it
    starts outside, leaves the picture, or does not leave within `reach`."""
    steps = np.arange(0, reach, 0.5, dtype=np.float32)
    spots = np.round(start[:, None] + direction[:, None] * steps[None, :, None]).astype(int)
    height, width = mask.shape
    seen = (spots >= 0).all(-1) & (spots[..., 0] < width) & (spots[..., 1] < height)
    x, y = np.clip(spots[..., 0], 0, width - 1), np.clip(spots[..., 1], 0, height - 1)
    outside = ~mask[y, x]
    exits = np.argmax(outside, axis=1)
    found = outside.any(axis=1) & (exits > 0)
    found &= np.take_along_axis(seen, exits[:, None], axis=1)[:, 0]
    return np.where(found, steps[exits], np.nan).astype(np.float32)


def fitted_ratio(measured: Floats, expected: Floats, low: float, high: float) -> Floats:
    """Measured widths over expected ones, smoothed along a limb, the gaps (NaN) filled by what
    was measured nearby and by the expectation itself."""
    ratio = measured / np.maximum(expected, 1e-3)
    known = np.isfinite(ratio) & (ratio > 0.45)
    ratio = np.clip(np.where(known, ratio, 1.0), low, high).astype(np.float32)
    usual = float(np.median(ratio[known])) if known.sum() > 4 else 1.0
    weights = np.where(known, 1.0, 0.02).astype(np.float32)
    ratio = np.where(known, ratio, usual).astype(np.float32)
    return curves.blurred(ratio, len(ratio) / 20, weights)
