"""The tone, the shade and the mottling of painted skin."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from deployments.tryon.drape.body import measure
from deployments.tryon.drape.dressing import dress_upper
from deployments.tryon.drape.layers import compose, paint_under
from deployments.tryon.drape.pores import STRENGTH, pores
from deployments.tryon.drape.regions import find_regions
from deployments.tryon.drape.scene import ARMS, LEGS, Scene, make_scene
from deployments.tryon.drape.skin import Skin, paint_skin
from deployments.types import Joint, Label, frozen
from tests.deployments.tryon.drape.mannequin import SKIN, mannequin, top

HAND, FACE, LEG = (170, 122, 96), SKIN, (236, 200, 178)


def person(*, legs: bool = True, sleeves: bool = False) -> Scene:
    """Somebody whose arms are darker than the face and whose legs, if seen, are lighter."""
    someone = mannequin(whole=True, long_sleeves=sleeves)
    photo, parse = someone.photo.copy(), someone.parse.copy()
    parse[parse == Label.TORSO_SKIN] = Label.BACKGROUND
    parse[parse == Label.PANTS] = Label.LEFT_LEG if legs else Label.BACKGROUND
    for labels, colour in ((ARMS, HAND), ((Label.FACE,), FACE), (LEGS, LEG)):
        photo[np.isin(parse, labels)] = colour
    return make_scene(frozen(photo), someone.pose, frozen(parse))


def painted(scene: Scene) -> Skin:
    body = measure(scene)
    picture, mask, shape = top("none")
    dressing = dress_upper(scene, body, shape, picture, mask)
    return paint_skin(scene, body, find_regions(scene, body, {}, dressing, "upper"))


def off(colours: np.ndarray, wanted: tuple[int, int, int]) -> float:
    return float(np.abs(np.median(colours.reshape(-1, 3), axis=0) - wanted).max())


def at(scene: Scene, picture: np.ndarray, joint: Joint, up: int) -> np.ndarray:
    """A patch of the picture `up` px above a joint."""
    x, y = np.round(scene.joints[joint, :2]).astype(int)
    return picture[y - up - 4 : y - up + 4, x - 2 : x + 3]


def test_legs_beside_a_hand_do_not_tone_the_arm() -> None:
    scenes = [person(legs=legs, sleeves=True) for legs in (True, False)]
    with_legs, without = (painted(scene).arms for scene in scenes)
    for wrist in (Joint.LEFT_WRIST, Joint.RIGHT_WRIST):
        one, other = (at(scenes[0], arms, wrist, 8) for arms in (with_legs, without))
        assert np.abs(one - other).max() < 3


def test_chest_and_shoulders_have_the_tone_of_the_face() -> None:
    scene = person()
    skin = painted(scene)
    chest = at(scene, skin.torso, Joint.NECK, -25)
    assert off(chest, FACE) < 0.6 * off(chest, HAND)
    for shoulder in (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER):
        upper = at(scene, skin.arms, shoulder, -6)
        assert off(upper, FACE) < off(upper, HAND)


@pytest.mark.parametrize("unit", [60.0, 190.0, 420.0])
def test_mottled_skin_keeps_its_mean_and_lies_still(unit: float) -> None:
    shape = (700, 540)
    whole = pores(shape, unit, (slice(0, 700), slice(0, 540)))
    assert abs(float(whole.mean()) - 1) < 0.002
    assert 0.3 * STRENGTH < float(whole[..., 1].std()) < 1.5 * STRENGTH
    part = pores(shape, unit, (slice(100, 300), slice(20, 90)))
    assert np.array_equal(part, whole[100:300, 20:90])


def test_no_cloth_shimmers_through_an_arm_that_stays() -> None:
    """Where an old sleeve ends on an arm, what is taken fades into what stays."""
    someone = mannequin(arm_across=True)
    scene = make_scene(someone.photo, someone.pose, someone.parse)
    body = measure(scene)
    dressing = dress_upper(scene, body, top("none")[2], *top("none")[:2])
    regions = find_regions(scene, body, {}, dressing, "upper")
    arm = np.isin(someone.parse, ARMS)
    fading = replace(
        regions,
        taken=np.where(arm, 0.02, regions.taken).astype(np.float32),
        kept=np.where(arm, 0.85, regions.kept).astype(np.float32),
    )
    under = paint_under(scene, body, fading, dressing, seed=0)
    light = np.ones(scene.size, np.float32)
    composed = compose(scene, body, fading, dressing, under, light)
    inside = cv2.erode(arm.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert composed.shares[..., 0][inside].max() < 0.05
