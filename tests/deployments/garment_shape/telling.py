"""What a test lets the network see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from deployments.garment_shape.shaper import GarmentShaper
from tests.deployments.drawn_garments import Drawn


def tell(
    shaper: GarmentShaper,
    monkeypatch: pytest.MonkeyPatch,
    garment: Drawn,
    none: float,
    others: str = "long",
) -> None:
    """Let the network give a chance of no sleeves, and the rest to the others."""
    tell_sleeves(shaper, monkeypatch, garment, {"none": none, others: 1.0 - none})


def tell_class(
    shaper: GarmentShaper, monkeypatch: pytest.MonkeyPatch, garment: Drawn, name: str, chance: float
) -> None:
    """Let the network give a class this chance, and share the rest among the others."""
    told = shaper.network(garment.image)
    rest = (1 - chance) / (len(told.category) - 1)
    changed = replace(told, category=dict.fromkeys(told.category, rest) | {name: chance})
    monkeypatch.setattr(shaper, "network", lambda image: changed)


def tell_sleeves(
    shaper: GarmentShaper,
    monkeypatch: pytest.MonkeyPatch,
    garment: Drawn,
    chances: Mapping[str, float],
) -> None:
    """Let the network give these chances of sleeves, and 0 to those that are left out."""
    told = shaper.network(garment.image)
    sleeve = dict.fromkeys(told.sleeve, 0.0) | dict(chances)
    changed = replace(told, sleeve=sleeve)
    monkeypatch.setattr(shaper, "network", lambda image: changed)
