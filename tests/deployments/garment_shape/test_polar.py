from __future__ import annotations

import numpy as np
import pytest

from deployments.garment_shape.polar import ANGLES, STEEPEST, Rays, cheapest, edge_strength


@pytest.fixture
def rays() -> Rays:
    return Rays((np.array([60.0, 100.0]), np.array([140.0, 100.0])), 72)


def test_rays_go_from_the_right_end_downwards_to_the_left(rays: Rays) -> None:
    assert rays.half == 40
    at_one = int(np.abs(rays.radii[0] - 1).argmin())
    first, down, last = rays.points[[0, ANGLES // 2, -1], at_one]
    assert first == pytest.approx([60, 100], abs=1)
    assert down == pytest.approx([100, 140], abs=1)
    assert last == pytest.approx([140, 100], abs=1)


def test_passing_the_neck_points_by_has_its_price(rays: Rays) -> None:
    price, at_one = rays.to_the_ends(), int(np.abs(rays.radii[0] - 1).argmin())
    assert price[0, at_one] < 0.02
    assert price[0, at_one + 20] > 0.3
    assert price[0, at_one - 20] > 0.3
    assert price[ANGLES // 2].max() < 0.01


def test_a_path_ends_at_both_neck_points(rays: Rays) -> None:
    line = rays.along(np.full(ANGLES, 30))
    assert line[0].tolist() == [60, 100]
    assert line[-1].tolist() == [140, 100]


def test_a_path_follows_what_is_cheap_and_shuns_bends() -> None:
    cost = np.ones((ANGLES, 40), np.float32)
    cost[:, 20] = 0.0
    cost[ANGLES // 2, 20], cost[ANGLES // 2, 23] = 0.1, 0.0
    assert set(cheapest(cost, 0.03)) == {20}
    assert cheapest(cost, 0.0)[ANGLES // 2] == 23


def test_a_path_climbs_no_faster_than_it_may() -> None:
    cost = np.ones((ANGLES, 60), np.float32)
    cost[:30, 5] = 0.0
    cost[30:, 55] = 0.0
    assert np.abs(np.diff(cheapest(cost, 0.0))).max() == STEEPEST


def test_contrast_along_a_ray_is_an_edge() -> None:
    colours = np.zeros((ANGLES, 40, 3), np.float32)
    colours[:, 20:] = 100.0
    strength = edge_strength(colours)
    assert strength[:, 19:21].min() > 0.9
    assert strength[:, :16].max() == 0
