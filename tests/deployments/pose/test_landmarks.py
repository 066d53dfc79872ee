from __future__ import annotations

import numpy as np

from deployments.pose.landmarks import refine


def heat_with_peak(row: int, column: int, height: float) -> np.ndarray:
    heat = np.full((64, 64, 2), -20, np.float32)
    heat[row, column, 0] = height
    return heat


def test_a_landmark_moves_to_the_certain_peak_nearby() -> None:
    points = np.array([[100, 100], [40, 40]], np.float32)
    refined = refine(points, heat_with_peak(27, 24, 9))
    assert np.allclose(refined[0], [24 * 4, 27 * 4], atol=0.1)
    assert np.allclose(refined[1], [40, 40])


def test_it_stays_where_nothing_is_certain_or_it_lies_outside() -> None:
    points = np.array([[100, 100], [-30, 300]], np.float32)
    assert np.allclose(refine(points, heat_with_peak(27, 24, -2)), points)
    assert np.allclose(refine(points, heat_with_peak(60, 60, 9)), points)
