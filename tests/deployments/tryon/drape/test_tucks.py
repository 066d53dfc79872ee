"""Where a top ends that goes into trousers or a skirt."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.tryon.drape import Drape
from deployments.tryon.drape.body import Body, find_frame, measure
from deployments.tryon.drape.flat import Flat
from deployments.tryon.drape.hem import Hem, OldHem, Tuck, find_old_hem, under_jacket
from deployments.tryon.drape.plan import fit
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import Scene, make_scene
from deployments.tryon.drape.tuck import tucked_in
from deployments.types import Label, frozen
from tests.deployments.tryon.drape.mannequin import (
    GROUND,
    JOINTS,
    NAVY,
    RED,
    Mannequin,
    mannequin,
    top,
)
from tests.deployments.tryon.drape.test_drape import is_blue, near, worn

SHOULDERS = JOINTS[5][1]
WAIST = 158
"""Where the drawn top ends, in the mannequin's own measures."""


def seen(person: Mannequin) -> tuple[Scene, Body]:
    scene = make_scene(person.photo, person.pose, person.parse)
    return scene, measure(scene)


def in_a_jacket(end: int, middle: int = 134, label: Label = Label.COAT) -> Mannequin:
    """Somebody in an open jacket that ends at a row, whose skirt begins higher up between its
    fronts."""
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    fronts = [(slice(2 * 76, 2 * end), slice(2 * x, 2 * (x + 16))) for x in (66, 110)]
    for front in fronts:
        photo[front], parse[front] = RED, label
    between = (slice(2 * middle, 2 * 184), slice(2 * 82, 2 * 110))
    photo[between], parse[between] = NAVY, Label.PANTS
    return Mannequin(frozen(photo), person.pose, frozen(parse))


def buttoned() -> Mannequin:
    person = mannequin(whole=True)
    parse = np.where(person.parse == Label.UPPER_CLOTHES, np.uint8(Label.COAT), person.parse)
    return Mannequin(person.photo, person.pose, frozen(parse))


def hem_of(person: Mannequin, reach: int = 200) -> tuple[OldHem | None, OldHem | None]:
    """The old hem, and where a top ends that would reach to a row."""
    scene, body = seen(person)
    old = find_old_hem(scene, body)
    return old, under_jacket(scene, body, old, below_shoulders(reach, scene))


def below_shoulders(row: int, scene: Scene) -> float:
    """Px of the reduced grid from the shoulders to a row of the mannequin's own measures."""
    return 2 * (row - SHOULDERS) / scene.magnification


def test_a_top_is_as_long_as_the_jacket_it_takes_the_place_of() -> None:
    person = in_a_jacket(end=168, middle=120)
    old, new = hem_of(person)
    assert old is not None
    assert new is not None
    assert old.below < new.below - 5
    assert new.below == pytest.approx(below_shoulders(168, seen(person)[0]), abs=4)
    assert abs(new.slope) < 0.05


def test_nothing_that_a_jacket_hid_is_guessed(drape: Drape) -> None:
    image = worn(drape, in_a_jacket(end=168, middle=120), top()).image
    assert is_blue(near(image, (96, 150)))
    assert is_blue(near(image, (76, 160)))


@pytest.mark.parametrize(
    "person",
    [
        mannequin(whole=True),
        in_a_jacket(end=168, middle=120, label=Label.UPPER_CLOTHES),
        buttoned(),
        in_a_jacket(end=230, middle=120),
    ],
    ids=["no jacket", "a top", "a closed jacket", "a long coat"],
)
def test_other_hems_are_where_they_were_found(person: Mannequin) -> None:
    old, new = hem_of(person)
    assert old is not None
    assert new == old


def test_a_short_top_is_not_drawn_out_to_a_jackets_hem() -> None:
    old, new = hem_of(in_a_jacket(end=168, middle=120), reach=160)
    assert new == old


def test_nothing_below_is_no_hem() -> None:
    scene, body = seen(mannequin(whole=True))
    assert under_jacket(scene, body, None, 300.0) is None
    bare = OldHem(100.0, 0.0, over_bottoms=False)
    assert under_jacket(scene, body, bare, 300.0) == bare


def risen(rise: int) -> Mannequin:
    """Somebody whose trousers come up in the middle, as the lower half of a dress may."""
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    piece = (slice(2 * (WAIST - rise), 2 * WAIST), slice(2 * 90, 2 * 102))
    photo[piece], parse[piece] = NAVY, Label.PANTS
    return Mannequin(frozen(photo), person.pose, frozen(parse))


def test_the_top_ends_in_one_line(drape: Drape) -> None:
    image = worn(drape, risen(16), top()).image
    assert is_blue(near(image, (96, WAIST - 8)))
    assert not is_blue(near(image, (96, WAIST + 6)))


def test_a_waistband_that_is_not_quite_straight_stays(drape: Drape) -> None:
    person = risen(3)
    image = worn(drape, person, top()).image
    assert np.array_equal(near(image, (96, WAIST - 1)), near(person.photo, (96, WAIST - 1)))


def narrow(half: int) -> Mannequin:
    """Somebody whose trousers are narrower at the waist than the top above them."""
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    rows = np.arange(parse.shape[0])[:, None] >= 2 * WAIST
    beside = (np.abs(np.arange(parse.shape[1]) - 2 * 96) > 2 * half) & rows
    beside &= parse == Label.PANTS
    photo[beside], parse[beside] = GROUND, Label.BACKGROUND
    return Mannequin(frozen(photo), person.pose, frozen(parse))


def cover_of(person: Mannequin, slope: float = 0.0) -> NDArray[np.floating]:
    """Where a tucked top may show on somebody."""
    scene, body = seen(person)
    _, mask, shape = top()
    flat = Flat(shape, mask)
    fitted = fit(body, flat)
    tuck = below_shoulders(WAIST, scene)
    hem = Hem(1.2 * tuck, 1.2 * tuck, tucked=True, tuck=tuck, tuck_slope=slope)
    return tucked_in(scene, body, flat, fitted, hem)


@pytest.mark.parametrize(("half", "shown"), [(22, 0.0), (30, 1.0), (8, 1.0)])
def test_tucked_cloth_narrows_to_the_waist(half: int, shown: float) -> None:
    """Half a waist of 8 is no waist: an arm or a bag hides it."""
    cover = cover_of(narrow(half))
    corner, middle, under = 2 * (96 + 28), 2 * 96, 2 * (WAIST + 4)
    assert cover[2 * WAIST, corner] == pytest.approx(shown, abs=0.1)
    assert cover[2 * (WAIST - 12), corner] == 1
    assert cover[2 * WAIST, middle] == 1
    assert cover[under].max() == 0


@pytest.mark.parametrize(("tuck", "over"), [("auto", True), ("in", False)])
def test_a_jacket_hangs_over_what_is_below(drape: Drape, tuck: Tuck, over: bool) -> None:
    person, (picture, mask, shape) = mannequin(whole=True), top("long")
    jacket = replace(shape, is_outer=True)
    image = drape(person.photo, person.pose, person.parse, picture, mask, jacket, tuck=tuck).image
    assert is_blue(near(image, (96, WAIST + 12))) == over
    assert not is_blue(near(worn(drape, person, (picture, mask, shape)).image, (96, WAIST + 12)))


def test_a_tilted_tuck_is_followed() -> None:
    cover = cover_of(mannequin(whole=True), slope=0.2)
    ends = [int((cover[:, 2 * (96 + x)] > 0.5).sum()) for x in (-15, 15)]
    assert ends[1] - ends[0] == pytest.approx(0.2 * 60, abs=3)


@pytest.mark.parametrize(("colour", "kind"), [(RED, Label.UPPER_CLOTHES), (NAVY, Label.PANTS)])
def test_a_wide_cuff_called_trousers_is_the_sleeve(
    colour: tuple[int, int, int], kind: Label
) -> None:
    person = mannequin(whole=True, long_sleeves=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    cuff = np.zeros(parse.shape, np.bool_)
    cuff[2 * 162 : 2 * 172, 2 * 124 : 2 * 134] = True
    cuff &= parse != Label.UPPER_CLOTHES
    photo[cuff], parse[cuff] = colour, Label.PANTS
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    large = cv2.resize(labels, parse.shape[::-1], interpolation=cv2.INTER_NEAREST)
    assert (large[cuff] == kind).mean() > 0.85
