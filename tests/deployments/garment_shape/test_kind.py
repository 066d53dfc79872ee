"""What kind of garment it is, where voices differ."""

from __future__ import annotations

import numpy as np
import pytest

from deployments.garment_shape.kind import (
    CLASS_KIND,
    FLARE,
    KINDS,
    LENGTH,
    agreed_scores,
    in_a_shop,
)
from deployments.garment_shape.shaper import GarmentShaper
from deployments.types import GarmentKind
from tests.deployments import drawn_garments as drawing
from tests.deployments.garment_shape.telling import tell_class

LIKE_A_DRESS: dict[GarmentKind, float] = {
    "top": 0.03,
    "trousers": 0.0,
    "shorts": 0.0,
    "skirt": 0.0,
    "dress": 0.97,
}


@pytest.mark.parametrize(
    ("length", "flare", "kind"),
    [(1.9, 1.1, "top"), (2.2, 1.2, "top"), (2.8, 1.1, "dress"), (2.0, 1.8, "dress")],
)
def test_a_fitted_top_in_a_shop_is_no_dress(length: float, flare: float, kind: GarmentKind) -> None:
    measures = np.zeros(60)
    measures[LENGTH], measures[FLARE] = np.log(length), np.log(flare)
    scores = in_a_shop(LIKE_A_DRESS, measures)
    assert max(scores, key=lambda name: scores[name]) == kind
    assert sum(scores.values()) == pytest.approx(1.0)


def test_other_kinds_stay() -> None:
    for kind in KINDS:
        scores = {**dict.fromkeys(KINDS, 0.0), kind: 1.0}
        if kind != "dress":
            assert in_a_shop(scores, np.zeros(60)) == scores


@pytest.mark.parametrize(("chance", "kind"), [(0.4, "dress"), (0.3, "top")])
def test_a_dress_weighs_more_where_the_network_is_in_two_minds(
    chance: float, kind: GarmentKind
) -> None:
    outline = dict.fromkeys(KINDS, 1 / len(KINDS))
    classes = {**dict.fromkeys(CLASS_KIND, 0.0), "nothing": 0.0}
    classes |= {"dress": chance, "t-shirt": 1 - chance}
    scores = agreed_scores(outline, classes)
    assert max(scores, key=lambda name: scores[name]) == kind
    assert sum(scores.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(("chance", "outer"), [(0.7, True), (0.3, False)])
def test_a_jacket_is_worn_over_other_clothes(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch, chance: float, outer: bool
) -> None:
    garment = drawing.long_sleeve()
    tell_class(shaper, monkeypatch, garment, "outwear", chance)
    assert shaper(garment.image, garment.mask, "upper").is_outer == outer
