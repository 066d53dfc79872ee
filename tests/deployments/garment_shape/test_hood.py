"""Jackets and vests laid with their hoods spread above the shoulders."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deployments.garment_shape import GarmentShaper
from deployments.garment_shape.hood import hood_end
from deployments.garment_shape.outline import upright
from tests.deployments import drawn_garments as drawing
from tests.deployments.drawn_garments import Drawn

HOOD = [(0.0, 60.0), (60.0, 64.0), (105.0, 110.0), (120.0, 190.0), (80.0, 240.0)]
VEST = [*HOOD, (170.0, 270.0), (178.0, 330.0), (205.0, 420.0), (205.0, 900.0), (0.0, 905.0)]
JACKET = [*HOOD, (190.0, 270.0), (300.0, 700.0), (240.0, 715.0), (190.0, 430.0), (195.0, 900.0),
          (0.0, 905.0)]  # fmt: skip


def _tell(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch, garment: Drawn, kind: str
) -> None:
    """Let the network call the garment by this name."""
    told = shaper.network(garment.image)
    changed = replace(told, category={name: float(name == kind) for name in told.category})
    monkeypatch.setattr(shaper, "network", lambda image: changed)


@pytest.mark.parametrize(("half", "armpit", "sleeved"), [(VEST, 420, False), (JACKET, 430, True)])
def test_a_hoods_corner_is_no_armpit(
    half: list[tuple[float, float]],
    armpit: float,
    sleeved: bool,
    shaper: GarmentShaper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    garment = drawing.drawn(half, {}, "top")
    _tell(shaper, monkeypatch, garment, "outwear")
    shape = shaper(garment.image, garment.mask, "upper")
    assert (shape.left_tube is not None) == sleeved
    for side in ("left", "right"):
        assert shape.landmarks[f"armpit_{side}"][1] == pytest.approx(armpit, abs=40)
        x, y = shape.landmarks[f"neck_{side}"]
        assert abs(x - drawing.AXIS) == pytest.approx(80, abs=15)
        assert y == pytest.approx(240, abs=15)


def test_one_side_may_hide_what_the_other_tells(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hood has slipped to one side, where its corner covers the shoulder."""
    garment = drawing.drawn(VEST, {}, "top")
    mask = garment.mask.copy()
    axis = round(drawing.AXIS)
    mask[120:245, axis : axis + 118] = 255
    _tell(shaper, monkeypatch, garment, "outwear")
    shape = shaper(garment.image, mask, "upper")
    assert shape.left_tube is None
    assert shape.right_tube is None
    for side in ("left", "right"):
        assert shape.landmarks[f"armpit_{side}"][1] > 370


NO_HOODS = {
    "a collar that stands off": [
        (0, 100), (66, 100), (84, 150), (60, 176), (185, 215), (200, 330), (200, 880), (0, 885)],
    "a deep armhole": [
        (0, 100), (70, 104), (150, 140), (150, 260), (112, 440), (190, 470), (200, 880), (0, 885)],
    "a puffed shoulder": [
        (0, 100), (70, 104), (205, 170), (205, 240), (168, 300), (212, 320), (205, 880), (0, 885)],
    "a turtleneck": [
        (0, 60), (64, 60), (70, 120), (60, 222), (190, 260), (200, 380), (200, 880), (0, 885)],
    "a flared coat's armpit": [
        (0, 100), (60, 104), (150, 150), (220, 250), (180, 290), (116, 250), (250, 880), (0, 885)],
}  # fmt: skip


@pytest.mark.parametrize("name", NO_HOODS)
def test_no_hood_is_seen_in(name: str) -> None:
    outline = upright(drawing.drawn(NO_HOODS[name], {}, "top").mask)
    assert hood_end((outline.right_half, outline.left_half), outline.height) is None


def test_a_dress_has_no_hood(shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same outline is a dress with a deep armhole to the network."""
    garment = drawing.drawn(VEST, {}, "top")
    _tell(shaper, monkeypatch, garment, "dress")
    shape = shaper(garment.image, garment.mask, "upper")
    assert shape.landmarks["neck_left"][1] < 120
