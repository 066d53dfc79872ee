"""What the network says of a neck opening, and what it is shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.garment_shape.halves import Halves, top_halves
from deployments.garment_shape.opening import SIZE, Opening, OpeningNet, neck_view
from deployments.garment_shape.outline import Outline, upright
from deployments.garment_shape.shaper import GarmentShaper
from deployments.types import Image, frozen
from tests.deployments import drawn_garments as drawing

CELLS = SIZE // 2
FAR = 8.0
"""A logit of which the network is sure."""


def _read(garment: drawing.Drawn) -> tuple[Image, Outline, Halves]:
    outline = upright(garment.mask)
    return garment.image, outline, top_halves(outline)


class _Told:
    """A session that gives the same answer to every picture."""

    def __init__(self, logits: NDArray[np.float32]) -> None:
        self.logits = logits

    def run(self, names: list[str], given: dict[str, Any]) -> list[NDArray[np.float32]]:
        assert given["picture"].shape == (1, SIZE, SIZE, 4)
        return [self.logits[None]]


@pytest.fixture
def net(shaper: GarmentShaper) -> OpeningNet:
    return shaper.opening


def test_the_view_shows_the_neck_in_the_middle_at_the_top() -> None:
    image, outline, halves = _read(drawing.t_shirt())
    view = neck_view(image, outline, *halves)
    assert view.picture.shape == (SIZE, SIZE, 4)
    necks = [half.half.to_frame(half.point("neck"))[0] for half in halves]
    left, right = (point @ view.matrix[:, :2].T + view.matrix[:, 2] for point in necks)
    assert left[0] + right[0] == pytest.approx(SIZE, abs=3)
    assert 5 < left[1] < 0.2 * SIZE
    assert (view.picture[SIZE // 2 :, SIZE // 2, 3] == 255).all()
    assert (view.picture[:5, :, 3] == 0).all()


def test_a_large_picture_looks_like_a_small_one() -> None:
    small = drawing.t_shirt()
    large = frozen(np.repeat(np.repeat(small.image, 3, axis=0), 3, axis=1))
    mask = frozen(np.repeat(np.repeat(small.mask, 3, axis=0), 3, axis=1))
    views = []
    for image, cut in ((small.image, small.mask), (large, mask)):
        outline = upright(cut)
        views.append(neck_view(image, outline, *top_halves(outline)).picture.astype(int))
    assert np.abs(views[0] - views[1]).mean() < 3


def test_an_opening_is_asked_in_the_frames_own_px() -> None:
    chances = np.zeros((CELLS, CELLS), np.float32)
    chances[10:20, 30:50] = 1.0
    opening = Opening(chances, np.array([[0.5, 0, 5.0], [0, 0.5, 0]]))
    there, beside = (60.0, 30.0), (100.0, 30.0)
    assert opening.at(np.array([[there, beside]])).tolist() == [[1.0, 0.0]]
    assert opening.half_width == pytest.approx(20)
    assert Opening(np.zeros_like(chances), opening.matrix).half_width == 0


def test_only_the_largest_piece_is_an_opening_and_it_has_no_holes(
    net: OpeningNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    logits = np.full((CELLS, CELLS), -FAR, np.float32)
    logits[8:24, 28:52] = FAR
    logits[14:18, 38:42] = -FAR  # a label
    logits[50:56, 36:44] = FAR  # a print
    monkeypatch.setattr(net, "_session", _Told(logits))
    image, outline, halves = _read(drawing.t_shirt())
    chances = net(image, outline, *halves).chances
    assert chances[16, 40] > 0.9
    assert chances[53, 40] == 0
    assert chances[10, 40] > 0.9


def test_each_side_is_helped_by_the_other(net: OpeningNet, monkeypatch: pytest.MonkeyPatch) -> None:
    logits = np.full((CELLS, CELLS), -FAR, np.float32)
    logits[8:24, 28:52] = FAR
    logits[20:24, 40:52] = -FAR
    monkeypatch.setattr(net, "_session", _Told(logits))
    image, outline, halves = _read(drawing.t_shirt())
    chances = net(image, outline, *halves).chances
    assert 0.2 < chances[22, 46] < 0.5
    assert 0.5 < chances[22, 34] < 0.8


def test_nothing_is_seen_where_the_network_sees_nothing(
    net: OpeningNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(net, "_session", _Told(np.full((CELLS, CELLS), -FAR, np.float32)))
    image, outline, halves = _read(drawing.t_shirt())
    assert net(image, outline, *halves).half_width == 0


def test_the_shipped_network_sees_a_drawn_opening(shaper: GarmentShaper) -> None:
    garment = drawing.t_shirt()
    image, outline, halves = _read(garment)
    opening = shaper.opening(image, outline, *halves)
    wide = 2 * opening.half_width * outline.scale
    truth = garment.truth["neck_left"][0] - garment.truth["neck_right"][0]
    assert wide == pytest.approx(truth, rel=0.15)
