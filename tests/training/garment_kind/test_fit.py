from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from deployments.garment_shape.kind import KINDS, kind_scores
from deployments.types import GarmentKind, Mask
from tests.deployments import drawn_garments as drawing
from training.garment_kind.fit import altered, fitted, measured, sampled, table_source
from training.garment_kind.outlines import drawn_outline


@pytest.fixture(scope="module")
def masks() -> list[tuple[Mask, GarmentKind]]:
    drawn = (drawing.t_shirt(), drawing.trousers(), drawing.shorts(), drawing.dress())
    names: tuple[GarmentKind, ...] = ("top", "trousers", "shorts", "dress")
    return [(garment.mask, name) for garment, name in zip(drawn, names, strict=True)]


def test_a_table_fitted_on_masks_tells_them_apart(
    masks: list[tuple[Mask, GarmentKind]], tmp_path: Path
) -> None:
    chance = np.random.default_rng(3)
    samples = sampled(masks, chance, drawn_each=4)
    table = fitted(samples, steps=150)
    again = [(altered(mask, kind, chance), kind) for mask, kind in masks]
    told = table.kinds(np.array([measured(mask) for mask, _ in again]))
    assert [KINDS[i] for i in told] == [kind for _, kind in masks]
    source = tmp_path / "kind_table.py"
    source.write_text(table_source(table))
    written = runpy.run_path(str(source))
    assert np.allclose(written["MEAN"], table.mean, atol=1e-3)
    assert np.array(written["WEIGHTS"]).shape == table.weights.T.shape


def test_drawn_outlines_are_whole_and_differ() -> None:
    chance = np.random.default_rng(1)
    for kind in ("top", "dress", "skirt"):
        one, other = drawn_outline(kind, chance), drawn_outline(kind, chance)
        assert 0.05 < float((one > 127).mean()) < 0.9
        assert (one != other).any()
        assert not one[0].any()


def test_the_shipped_table_knows_most_drawn_outlines() -> None:
    chance = np.random.default_rng(11)
    right = 0
    for kind in ("top", "dress", "skirt"):
        for _ in range(12):
            scores = kind_scores(measured(drawn_outline(kind, chance)))
            assert sum(scores.values()) == pytest.approx(1)
            right += max(scores, key=lambda name: scores[name]) == kind
    assert right >= 30
