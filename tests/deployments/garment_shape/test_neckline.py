"""The front edge of a neck opening, and edges that are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deployments.garment_shape.halves import top_halves
from deployments.garment_shape.neckline import with_seen_opening
from deployments.garment_shape.opening import Opening
from deployments.garment_shape.outline import Outline, upright
from deployments.garment_shape.shaper import GarmentShaper
from deployments.garment_shape.top import TopHalf
from deployments.types import Image, frozen
from tests.deployments import drawn_garments as drawing

WIDE = [(0.0, 185.0), (100.0, 183.0), (190.0, 130.0), (215.0, 150.0), (330.0, 280.0),
        (250.0, 330.0), (195.0, 290.0), (195.0, 850.0), (0.0, 855.0)]  # fmt: skip
"""Half of a T-shirt with a wide neck."""


def test_a_yokes_seam_below_the_armpits_is_no_front_edge(shaper: GarmentShaper) -> None:
    garment = drawing.drawn(WIDE, {}, "top", "short")
    image = garment.image.copy()
    yoke = (garment.mask > 127) & (np.arange(drawing.HEIGHT)[:, None] < 420)
    image[yoke] = (190, 170, 40)
    shape = shaper(frozen(image), garment.mask, "upper")
    assert shape.landmarks["neck_front"][1] < 330


def test_an_opening_that_nothing_shows_is_as_wide_as_usual() -> None:
    """Where the outline has no corner and the network sees nothing either."""
    garment = drawing.boat_neck(0)
    outline = upright(garment.mask)
    halves = top_halves(outline)
    nothing = Opening(np.zeros((80, 80), np.float32), np.eye(2, 3))
    opened = with_seen_opening(garment.image, outline, *halves, nothing)
    for before, half in zip(halves, opened, strict=True):
        assert before.point("neck")[0] < 0.1 * before.point("armpit")[0]
        assert half.point("neck")[0] == pytest.approx(0.36 * half.point("armpit")[0], abs=2)


@pytest.mark.parametrize(("share", "moved"), [(0.8, False), (0.6, True), (1.6, True)])
def test_neck_points_move_to_an_opening_of_clearly_another_width(share: float, moved: bool) -> None:
    garment = drawing.t_shirt()
    outline = upright(garment.mask)
    halves = top_halves(outline)
    width = float(halves[0].point("neck")[0] + halves[1].point("neck")[0]) / 2
    seen = np.zeros((80, 200), np.float32)
    seen[10:20, : round(2 * share * width)] = 1.0
    opened = with_seen_opening(garment.image, outline, *halves, Opening(seen, np.eye(2, 3)))
    wanted = share * width if moved else width
    assert opened[0].point("neck")[0] == pytest.approx(wanted, abs=3)


def test_an_opening_is_followed_where_nothing_in_the_picture_shows_its_edge(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Black on black: the network alone knows."""
    garment = drawing.t_shirt()
    picture = garment.image.copy()
    picture[garment.mask > 127] = (20, 20, 22)
    unseen = shaper.opening

    def told(image: Image, outline: Outline, left: TopHalf, right: TopHalf) -> Opening:
        found = unseen(image, outline, left, right)
        x, y = found.matrix @ [outline.axis, outline.top, 1]
        chances = np.zeros_like(found.chances)
        cv2.ellipse(chances, (round(x), round(y)), (16, 24), 0, 0, 180, (1.0,), -1)
        return Opening(chances, found.matrix)

    monkeypatch.setattr(shaper, "opening", told)
    marks = shaper(frozen(picture), garment.mask, "upper").landmarks
    reach = (marks["armpit_left"][0] - marks["armpit_right"][0]) / 2
    assert marks["neck_front"][1] - 122 == pytest.approx(24 / 80 * 1.8 * reach, rel=0.2)


@pytest.mark.parametrize(("into", "followed"), [(3, False), (60, True)])
def test_what_is_open_to_the_ground_ends_at_its_outline(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch, into: int, followed: bool
) -> None:
    """The network's opening reaches `into` the cloth below a bare one: a little is its error."""
    half = [(0.0, 150.0), (70.0, 150.0), (90.0, 120.0), (160.0, 140.0), (195.0, 290.0),
            (195.0, 850.0), (0.0, 855.0)]  # fmt: skip
    garment = drawing.drawn(half, {}, "top")
    seen = shaper.opening

    def told(image: Image, outline: Outline, left: TopHalf, right: TopHalf) -> Opening:
        found = seen(image, outline, left, right)
        ends = [half.half.to_frame(half.point("neck"))[0] for half in (right, left)]
        (x0, y), (x1, _) = (found.matrix[:, :2] @ end + found.matrix[:, 2] for end in ends)
        cell = float(found.matrix[0, 0]) / outline.scale
        bottom = y + cell * (30 + into)
        chances = np.zeros_like(found.chances)
        cv2.rectangle(chances, (round(x0), round(y)), (round(x1), round(bottom)), (1.0,), -1)
        return Opening(chances, found.matrix)

    monkeypatch.setattr(shaper, "opening", told)
    front = shaper(garment.image, garment.mask, "upper").landmarks["neck_front"][1]
    assert (front > 175) is followed
    if not followed:
        assert front == pytest.approx(150, abs=4)
