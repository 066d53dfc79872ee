"""Sleeves that hardly leave the body, and those that nothing shows."""

from __future__ import annotations

import pytest

from deployments.garment_shape.shaper import GarmentShaper
from tests.deployments import drawn_garments as drawing
from tests.deployments.garment_shape.telling import tell, tell_sleeves

CAP = [(0.0, 122.0), (80.0, 130.0), (235.0, 165.0), (282.0, 205.0), (284.0, 262.0),
       (260.0, 250.0), (262.0, 330.0), (265.0, 590.0), (0.0, 595.0)]  # fmt: skip
"""Half of a T-shirt with the shortest of sleeves."""


@pytest.mark.parametrize(
    ("chances", "sleeved"),
    [
        ({"none": 0.05, "short": 0.95}, True),
        ({"none": 0.4, "short": 0.6}, False),
        ({"none": 0.05, "short": 0.35, "long": 0.6}, False),
    ],
)
def test_what_hardly_leaves_the_body_is_a_sleeve_where_one_is_seen(
    shaper: GarmentShaper,
    monkeypatch: pytest.MonkeyPatch,
    chances: dict[str, float],
    sleeved: bool,
) -> None:
    garment = drawing.drawn(CAP, {}, "top", "short")
    tell_sleeves(shaper, monkeypatch, garment, chances)
    shape = shaper(garment.image, garment.mask, "upper")
    assert (shape.left_tube is not None) == sleeved
    assert (shape.right_tube is not None) == sleeved
    if sleeved:
        assert shape.landmarks["armpit_left"] == pytest.approx((drawing.AXIS + 260, 250), abs=12)


def test_long_sleeves_that_are_nowhere_are_doubted(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    garment = drawing.drawn(CAP, {}, "top", "short")
    tell(shaper, monkeypatch, garment, 0.95, "long")
    sure = shaper(garment.image, garment.mask, "upper").confidence
    tell(shaper, monkeypatch, garment, 0.3, "long")
    assert shaper(garment.image, garment.mask, "upper").confidence < 0.5 * sure
