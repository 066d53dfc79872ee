"""Where painted arms meet real hands, and sleeves the body."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from deployments.tryon.drape import Drape
from deployments.tryon.drape.body import find_frame, measure
from deployments.tryon.drape.flat import SEAM_INSET, Flat
from deployments.tryon.drape.old_rim import shadowed_skin
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import make_scene
from deployments.types import Label, frozen
from tests.deployments.tryon.drape.mannequin import RED, SKIN, Mannequin, mannequin, top

ROSY = (220, 156, 138)
"""A hand in the cold is redder than the face."""


def _in_long_cuffs(half: int) -> Mannequin:
    """Sleeves that end past the wrists, and hands of twice `half` px in another tone."""
    person = mannequin(long_sleeves=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    for x, outwards, arm in ((100, -1, Label.RIGHT_ARM), (284, 1, Label.LEFT_ARM)):
        cuff, tip = (x + 2 * outwards, 348), (x + 5 * outwards, 376)
        cv2.line(photo, cuff, tip, ROSY, 2 * half)
        cv2.line(parse, cuff, tip, (int(arm),), 2 * half)
        cv2.line(photo, (x, 328), cuff, RED, 2 * half)
        cv2.line(parse, (x, 328), cuff, (int(Label.UPPER_CLOTHES),), 2 * half)
    return replace(person, photo=frozen(photo), parse=frozen(parse))


@pytest.mark.parametrize("half", [12, 15])
def test_an_arm_is_as_wide_as_the_hand_where_it_leaves_the_sleeve(half: int) -> None:
    person = _in_long_cuffs(half)
    scene = make_scene(person.photo, person.pose, person.parse)
    scene = corrected(scene, find_frame(scene), "upper")
    for arm in measure(scene).arms.values():
        width = float(arm.outer[-1] + arm.inner[-1]) * scene.magnification
        assert width == pytest.approx(2 * half, abs=8)


def test_a_painted_wrist_has_the_tone_of_the_hand(drape: Drape) -> None:
    person = _in_long_cuffs(14)
    image = drape(person.photo, person.pose, person.parse, *top("none")).image
    wrist, elbow = image[336:350, 97:107], image[240:250, 110:118]
    assert np.abs(np.median(wrist, axis=(0, 1)) - ROSY).max() < 18
    assert np.abs(np.median(elbow, axis=(0, 1)) - SKIN).max() < 25
    cuff = image[325:365, 100:104].astype(int)
    assert np.abs(np.diff(cuff, axis=0)).max() < 12  # no line where the cuff was


def test_the_shadow_of_a_cuff_past_the_wrist_is_painted_over() -> None:
    person = _in_long_cuffs(14)
    scene = make_scene(person.photo, person.pose, person.parse)
    scene = corrected(scene, find_frame(scene), "upper")
    shadowed = shadowed_skin(scene, measure(scene)) > 0.5
    rows = np.flatnonzero(shadowed.any(axis=1)) * scene.magnification
    assert 345 < rows.min() < rows.max() < 372  # the cuffs end at 362


@pytest.mark.parametrize("sleeve", ["short", "long"])
def test_a_sleeve_takes_no_cloth_of_the_body(sleeve: str) -> None:
    _, mask, shape = top(sleeve)  # type: ignore[arg-type]
    flat = Flat(shape, mask)
    for side in (-1, 1):
        edges = flat.sleeve_edges(side, 12)
        assert edges is not None
        tip, armpit = flat.tips[side], flat.armpits[side]
        for edge in edges:
            beside = (edge[:, 1] > tip[1]) & (edge[:, 1] < armpit[1])
            seam = np.interp(edge[:, 1], [tip[1], armpit[1]], [tip[0], armpit[0]])
            beyond = side * (edge[:, 0] - seam)
            assert (beyond[beside] > 0.9 * SEAM_INSET * flat.chest_half).all()


def test_no_specks_of_a_white_body_line_a_blue_sleeve(drape: Drape) -> None:
    person = mannequin()
    picture, mask, shape = top("short")
    seen = picture.copy()
    inside = np.zeros_like(mask)
    cv2.fillPoly(inside, [np.array([(88, 64), (92, 140), (208, 140), (212, 64)], np.int32)], (1,))
    seen[(inside > 0) & (mask > 0)] = 255
    image = drape(person.photo, person.pose, person.parse, frozen(seen), mask, shape).image
    for row in image[170:215:3].astype(int):
        cloth = np.flatnonzero(row[:, 2] > row[:, 0] + 60)
        white = (row.min(axis=1) > 200)[cloth[0] : cloth[-1]]
        assert np.abs(np.diff(white.astype(int))).sum() <= 2  # a sleeve, the body, a sleeve


def test_a_hand_that_no_photo_shows_is_drawn_round(drape: Drape) -> None:
    """An arm that ends in a straight cut at the wrist looks like a stump."""
    person = mannequin(long_sleeves=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    for x, arm in ((98, Label.RIGHT_ARM), (286, Label.LEFT_ARM)):
        hidden = parse == arm
        photo[hidden], parse[hidden] = RED, Label.UPPER_CLOTHES
        cv2.line(photo, (x, 320), (x, 380), RED, 52)
        cv2.line(parse, (x, 320), (x, 380), (int(Label.UPPER_CLOTHES),), 52)
    image = drape(frozen(photo), person.pose, frozen(parse), *top("none")).image.astype(int)
    skin = np.abs(image - SKIN).max(axis=2)[:, 60:130] < 60
    width = skin.sum(axis=1)
    assert width[350:360].min() > 1.15 * width[328]  # the hand's back
    assert 0 < width[378] < 0.8 * width[355]  # the finger tips
    assert width[395:].sum() == 0


def test_a_bare_wrist_is_no_wider_for_its_thumb() -> None:
    person = mannequin()
    parse = person.parse.copy()
    for x, arm in ((98, Label.RIGHT_ARM), (286, Label.LEFT_ARM)):
        cv2.line(parse, (x - 20, 340), (x + 20, 340), (int(arm),), 24)
    widths = []
    for one in (person.parse, frozen(parse)):
        scene = make_scene(person.photo, person.pose, one)
        widths.append(
            [float(arm.outer[-1] + arm.inner[-1]) for arm in measure(scene).arms.values()]
        )
    assert widths[1] == pytest.approx(widths[0], abs=1)
