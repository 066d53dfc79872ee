from __future__ import annotations

import pytest

from deployments.garment_shape.sleeve import agreed_sleeve
from deployments.types import Sleeve


def told(name: str, chance: float) -> dict[str, float]:
    rest = (1 - chance) / 3
    return {one: chance if one == name else rest for one in ("none", "short", "half", "long")}


@pytest.mark.parametrize(
    ("traced", "name", "chance", "agreed"),
    [
        ("short", "long", 0.8, "long"),  # a folded sleeve
        ("long", "short", 0.8, "short"),
        ("short", "none", 0.95, "none"),
        ("short", "none", 0.8, "short"),  # not sure enough to leave the arms bare
        ("short", "long", 0.6, "short"),
        ("long", "half", 0.95, "long"),
        ("none", "long", 0.99, "none"),  # nothing was traced that could be hung on an arm
    ],
)
def test_who_is_believed(traced: Sleeve, name: str, chance: float, agreed: Sleeve) -> None:
    assert agreed_sleeve(traced, told(name, chance)) == agreed
