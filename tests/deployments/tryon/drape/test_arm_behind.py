"""An arm that goes behind the body."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.tryon.drape import Drape
from deployments.tryon.drape.body import Body, measure
from deployments.tryon.drape.flat import Flat
from deployments.tryon.drape.hem import plan_hem
from deployments.tryon.drape.plan import fit, worn_half_width
from deployments.tryon.drape.scene import make_scene
from deployments.types import Image, Joint, Label, frozen
from tests.deployments.tryon.drape.mannequin import (
    GROUND,
    NAVY,
    SKIN,
    Mannequin,
    mannequin,
    top,
)

BEHIND = {Joint.RIGHT_ELBOW: (76, 122), Joint.RIGHT_WRIST: (90, 158)}
"""Where the pose guesses the joints of an arm that the body hides."""


def _with_an_arm_behind(score: float = 0.2, *, hand: bool = False) -> Mannequin:
    """A person in a T-shirt whose right arm comes out of its sleeve behind the back."""
    person = mannequin(whole=True)
    photo, parse, pose = person.photo.copy(), person.parse.copy(), person.pose.copy()
    gone = parse == Label.RIGHT_ARM
    photo[gone], parse[gone] = GROUND, Label.BACKGROUND
    for joint, place in BEHIND.items():
        pose[joint] = (2 * place[0], 2 * place[1], score)
    if hand:
        cv2.circle(photo, (184, 322), 14, SKIN, -1)
        cv2.circle(parse, (184, 322), 14, (int(Label.RIGHT_ARM),), -1)
    return Mannequin(frozen(photo), pose, frozen(parse))


def _measured(person: Mannequin) -> Body:
    return measure(make_scene(person.photo, person.pose, person.parse))


def _like(image: Image, colour: tuple[int, int, int], off: int = 40) -> NDArray[np.bool_]:
    return np.asarray(np.abs(image.astype(int) - colour).max(axis=2) < off)


def test_an_arm_that_shows_nothing_beside_a_bare_one_is_behind() -> None:
    arms = _measured(_with_an_arm_behind()).arms
    assert (arms[-1].behind, arms[1].behind) == (True, False)


@pytest.mark.parametrize(
    "person",
    [
        mannequin(),
        mannequin(long_sleeves=True),
        _with_an_arm_behind(hand=True),
        _with_an_arm_behind(score=0.9),
    ],
    ids=["both bare", "both covered", "a hand is seen", "surely seen"],
)
def test_other_arms_are_not(person: Mannequin) -> None:
    assert not any(arm.behind for arm in _measured(person).arms.values())


def test_the_body_is_as_wide_as_on_the_other_side() -> None:
    right, left = (_measured(_with_an_arm_behind()).half_widths[side][2:12] for side in (-1, 1))
    assert right == pytest.approx(left, rel=0.03)


def test_loose_cloth_is_not_held_in_by_it() -> None:
    body = _measured(_with_an_arm_behind())
    before = replace(body, arms={**body.arms, -1: replace(body.arms[-1], behind=False)})
    assert _half_width(body) > _half_width(before) + 2


def _half_width(body: Body) -> float:
    """How far a wide dress hangs from the spine, a little below the armpit on the right."""
    _, mask, shape = top("none", dress=True)
    flat = Flat(shape, mask)
    fitted = fit(body, flat)
    hem = plan_hem(body, None, fitted.armpit_below, flat.length * fitted.tall)
    return worn_half_width(body, flat, fitted, hem, -1, 0.4)


def test_no_skin_is_painted_on_the_chest(drape: Drape) -> None:
    person = _with_an_arm_behind()
    image = drape(person.photo, person.pose, person.parse, *top("none")).image
    assert not _like(image[190:330, 130:175], SKIN).any()


def test_its_sleeve_lies_behind_the_body_and_the_trousers(drape: Drape) -> None:
    person = _with_an_arm_behind()
    picture, mask, shape = top("long")
    marked = picture.copy()
    marked[(mask > 0) & (np.arange(300)[None] < 86)] = (30, 200, 60)
    image = drape(person.photo, person.pose, person.parse, frozen(marked), mask, shape).image
    green = _like(image, (30, 200, 60), 80)
    assert green[130:230, 100:150].any()  # beside the shoulder
    assert not green[230:330, 170:260].any()  # the chest and what is worn below
    trousers = (person.parse == Label.PANTS) & (np.arange(len(image))[:, None] > 330)
    assert _like(image, NAVY)[trousers].mean() > 0.97
