"""Flat tops that are drawn: what is drawn, and that its marks lie where the mask has them."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from training.figures import outlines
from training.figures.body import Points
from training.figures.cloth import HEIGHT, WIDTH, Sheet, filled
from training.figures.tops import Cut
from training.pairs import drawn, lines
from training.pairs.drawn import Kind
from training.pairs.flat import SIDES, Flat

KINDS: tuple[Kind, ...] = ("tee", "long", "tank")


def _runs(form: Cut, kind: Kind) -> list[Points]:
    """The right half from the neck to the hem, round the sleeve where there is one."""
    limb = [form.armhole] if kind == "tank" else [form.sleeve, form.cuff, form.under]
    return [form.neck, form.shoulder, *limb, form.side, form.hem]


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_drawn_by_chance_is_one_line_and_seldom_the_same(kind: Kind) -> None:
    forms = [drawn.cut(np.random.default_rng(seed), kind) for seed in range(8)]
    for form in forms:
        for one, other in itertools.pairwise(_runs(form, kind)):
            np.testing.assert_allclose(one[-1], other[0], atol=1e-9)
        np.testing.assert_allclose(form.armhole[[0, -1]], [form.shoulder[-1], form.side[0]])
    for changed in ("neck", "side", "hem"):
        assert len({float(np.abs(getattr(form, changed)).sum()) for form in forms}) == 8


def _lying(kind: Kind) -> Flat:
    """A cut laid on a sheet that shows nothing."""
    sheet, form = Sheet(31), drawn.cut(np.random.default_rng(3), kind)
    sheet.cover = filled(outlines.closed(np.concatenate(_runs(form, kind))))
    blank = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    return drawn.flat_of(sheet, form, kind, blank, blank + 1)


@pytest.mark.parametrize("kind", KINDS)
def test_marks_and_ends_lie_on_the_outline_of_the_mask(kind: Kind) -> None:
    lying = _lying(kind)
    assert lying.picture.max() == 0
    assert lying.texture.min() == 1
    outline = lines.contour(lying.mask, 0.8)
    ends = [end for cuff in lying.cuffs.values() for end in cuff]
    places = [*lying.marks.values(), lying.neckline[0], lying.neckline[-1], *ends]
    off = np.array([np.linalg.norm(outline - place, axis=1).min() for place in places])
    assert len(off) == (8 if kind == "tank" else 12)
    assert np.median(off) < 1
    assert off.max() < 5  # at the armpits, whose sharp corners are rounded in a mask
    assert lying.neckline[0, 0] < WIDTH / 2 < lying.neckline[-1, 0]
    for part in ("shoulder", "armpit", "hem"):
        assert lying.marks[f"{part}_right"][0] < WIDTH / 2 < lying.marks[f"{part}_left"][0]


@pytest.mark.parametrize("kind", ["tee", "long"])
def test_a_sleeve_runs_inside_from_the_armhole_to_the_middle_of_its_cuff(kind: Kind) -> None:
    lying = _lying(kind)
    assert set(lying.sleeves) == set(SIDES)
    inside = cv2.distanceTransform((lying.mask > 127).astype(np.uint8), cv2.DIST_L2, 5)
    for side, name in ((1, "left"), (-1, "right")):
        line, (outer, inner) = lying.sleeves[side], lying.cuffs[side]
        column, row = np.round(line[:-2]).astype(int).T
        assert inside[row, column].min() > 8
        armhole = (lying.marks[f"shoulder_{name}"] + lying.marks[f"armpit_{name}"]) / 2
        np.testing.assert_allclose(line[0], armhole, atol=2)
        np.testing.assert_allclose(line[-1], (outer + inner) / 2, atol=3)
        assert side * (outer[0] - inner[0]) > 0
