from __future__ import annotations

import math

import numpy as np

from deployments.pose.region import Region
from deployments.types import frozen


def points(*pairs: tuple[float, float]) -> np.ndarray:
    return np.array(pairs, np.float32)


def test_upright_people_are_not_turned() -> None:
    region = Region.around(points((50, 100))[0], points((50, 60))[0], 1.25)
    assert (region.x, region.y, region.side) == (50, 100, 100)
    assert region.angle == 0


def test_a_person_who_leans_is_cut_out_upright() -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    image[98:103, 120:180] = 255  # a body whose head is at the right side of the picture
    region = Region.around(points((100, 100))[0], points((180, 100))[0], 1.0)
    assert math.isclose(region.angle, math.pi / 2)
    square = region.cut(frozen(image), 160)[..., 0]
    rows, columns = np.nonzero(square > 128)
    assert abs(columns.mean() - 80) < 2
    assert rows.max() < 65


def test_points_go_back_to_where_they_were_cut_from() -> None:
    rng = np.random.default_rng(3)
    image = np.zeros((300, 240, 3), np.uint8)
    region = Region(110, 160, 180, 0.4)
    for x, y in rng.uniform((80, 130), (140, 190), (5, 2)):
        dot = image.copy()
        dot[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2] = 255
        square = region.cut(frozen(dot), 256)[..., 0]
        rows, columns = np.nonzero(square > 100)
        back = region.to_picture(points((columns.mean(), rows.mean())), 256)[0]
        assert np.hypot(back[0] - x, back[1] - y) < 1.5


def test_outside_of_the_picture_is_black() -> None:
    image = frozen(np.full((40, 40, 3), 200, np.uint8))
    square = Region(20, 20, 80).cut(image, 80)
    assert square[40, 40].tolist() == [200, 200, 200]
    assert square[5, 5].tolist() == [0, 0, 0]


def test_large_pictures_are_averaged_before_they_are_cut() -> None:
    stripes = np.zeros((2000, 2000, 3), np.uint8)
    stripes[:, ::2] = 255
    square = Region(1000, 1000, 2000).cut(frozen(stripes), 100)
    assert square[20:80, 20:80].std() < 12
    assert abs(float(square[20:80, 20:80].mean()) - 127) < 6
