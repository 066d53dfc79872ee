"""The thin-plate spline: the smoothest map of the plane that takes given points to given points.

Bookstein, "Principal Warps", IEEE PAMI 1989.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.arrays import Floats


def _kernel(squared: NDArray[np.float64]) -> NDArray[np.float64]:
    return squared * np.log(np.maximum(squared, 1e-12))


class ThinPlate:
    """A map fitted to `start` (N×2 px) → `end` (N×2 px).

    `stiffness` lets it miss the points a little where they disagree: 0 goes through all of them.
    `weights` (N) of more than 1 hold a point harder, of less than 1 softer.
    """

    def __init__(
        self, start: Floats, end: Floats, stiffness: float = 1e-4, weights: Floats | None = None
    ) -> None:
        self._centre = start.mean(axis=0).astype(np.float64)
        self._scale = float(np.abs(start - self._centre).max()) or 1.0
        self._points = (start - self._centre) / self._scale
        self._coefficients = self._solve(end.astype(np.float64), stiffness, weights)

    def _solve(
        self, end: NDArray[np.float64], stiffness: float, weights: Floats | None
    ) -> NDArray[np.float64]:
        count = len(self._points)
        softness = np.ones(count) if weights is None else 1.0 / weights.astype(np.float64)
        system = np.zeros((count + 3, count + 3))
        system[:count, :count] = self._distances(self._points) + stiffness * np.diag(softness)
        system[:count, count] = 1
        system[:count, count + 1 :] = self._points
        system[count:, :count] = system[:count, count:].T
        right = np.concatenate([end, np.zeros((3, 2))])
        solution: NDArray[np.float64] = np.linalg.lstsq(system, right, rcond=1e-12)[0]
        return solution

    def _distances(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each point (M×2) to each of the spline's own: M×N."""
        lengths = [(each * each).sum(axis=1) for each in (points, self._points)]
        squared = lengths[0][:, None] + lengths[1] - 2 * points @ self._points.T
        return _kernel(squared)

    def __call__(self, points: Floats) -> Floats:
        """Where N×2 points go: N×2."""
        scaled = (points.astype(np.float64) - self._centre) / self._scale
        count = len(self._points)
        bent = self._distances(scaled) @ self._coefficients[:count]
        flat = scaled @ self._coefficients[count + 1 :] + self._coefficients[count]
        return np.asarray(bent + flat, np.float32)
