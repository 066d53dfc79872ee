"""Labels that contradict the picture, and those that only seem to."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deployments.tryon.drape.body import find_frame
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import make_scene
from deployments.types import Category, Image, Label, ParseMap, Pose, frozen
from tests.deployments.tryon.drape.mannequin import GROUND, NAVY, RED, mannequin

PALE = (236, 226, 216)
GREEN = (40, 140, 60)


def labels_of(photo: Image, pose: Pose, parse: ParseMap, category: Category) -> NDArray[np.uint8]:
    """The corrected labels, at the photo's size."""
    scene = make_scene(frozen(photo), pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), category).labels
    large = cv2.resize(labels, parse.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(large, np.uint8)


def test_a_bag_before_a_leg_is_no_trousers() -> None:
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    bag = (slice(2 * 195, 2 * 265), slice(2 * 52, 2 * 98))
    photo[bag], parse[bag] = NAVY, Label.BACKGROUND
    labels = labels_of(photo, person.pose, parse, "lower")
    assert (labels[bag] == Label.BACKGROUND).mean() > 0.95


@pytest.mark.parametrize("category", ["upper", "lower"])
def test_clothes_off_the_bones_are_ground(category: Category) -> None:
    """A floor that is called a coat; it is larger than any stray."""
    person = mannequin(whole=True)
    parse = person.parse.copy()
    floor = (slice(2 * 230, 2 * 336), slice(2 * 150, 2 * 192))
    parse[floor] = Label.COAT
    labels = labels_of(person.photo, person.pose, parse, category)
    assert (labels[floor] == Label.BACKGROUND).all()
    assert (labels == Label.UPPER_CLOTHES).any()


@pytest.mark.parametrize(("share", "called"), [(0.5, Label.LEFT_ARM), (1.0, Label.UPPER_CLOTHES)])
def test_the_lit_side_of_an_arm_is_no_sleeve(share: float, called: Label) -> None:
    """Skin in the sun is as pale as a white top, along one side; a sleeve goes all round."""
    person = mannequin(top=PALE)
    photo = person.photo.copy()
    photo[person.parse == Label.BACKGROUND] = NAVY
    arm = (person.parse == Label.LEFT_ARM) & (np.arange(512)[:, None] < 2 * 150)
    ends = np.where(arm.any(axis=1), 384 - arm[:, ::-1].argmax(axis=1), 0)
    pale = arm & (np.arange(384) >= (ends - share * arm.sum(axis=1))[:, None])
    photo[pale] = PALE
    labels = labels_of(photo, person.pose, person.parse, "upper")
    assert (labels[pale] == called).mean() > 0.85


def test_a_skirt_beside_an_arm_is_no_sleeve() -> None:
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    beside = np.zeros(parse.shape, np.bool_)
    beside[2 * 140 : 2 * 160, 2 * 40 : 2 * 152] = True
    beside &= np.isin(parse, (Label.BACKGROUND, Label.PANTS))
    photo[beside], parse[beside] = NAVY, Label.PANTS
    labels = labels_of(photo, person.pose, parse, "upper")
    assert (labels[beside] == Label.UPPER_CLOTHES).mean() < 0.08


def test_a_sleeve_of_another_colour_is_no_ground() -> None:
    """Fur cuffs, knitted sleeves: they may have the ground's colour, but bones run in them."""
    person = mannequin(long_sleeves=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    cuffs = (parse == Label.UPPER_CLOTHES) & (np.arange(384) > 2 * 131)
    cuffs[: 2 * 125] = False
    photo[cuffs] = GROUND
    labels = labels_of(photo, person.pose, parse, "upper")
    assert (labels[cuffs] == Label.UPPER_CLOTHES).mean() > 0.9
    beside = np.zeros(parse.shape, np.bool_)
    beside[2 * 112 : 2 * 135, 2 * 60 : 2 * 68] = True
    photo, parse = person.photo.copy(), person.parse.copy()
    over = beside & (parse == Label.BACKGROUND)
    parse[over] = Label.UPPER_CLOTHES
    labels = labels_of(photo, person.pose, parse, "upper")
    assert (labels[over] == Label.BACKGROUND).mean() > 0.7


def test_tights_below_a_skirt_are_no_ground() -> None:
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    worn, above = parse == Label.PANTS, np.arange(672)[:, None] < 2 * 285
    skirt = above & (np.arange(672)[:, None] > 2 * 166) & (np.abs(np.arange(384) - 192) < 2 * 70)
    photo[(parse == Label.BACKGROUND) & (np.arange(384) < 2 * 78)] = NAVY
    photo[skirt], parse[skirt] = GREEN, Label.SKIRT
    labels = labels_of(photo, person.pose, parse, "upper")
    assert (labels[worn & ~above] == Label.PANTS).mean() > 0.95


@pytest.mark.parametrize(("colour", "kind"), [(NAVY, Label.PANTS), (RED, Label.UPPER_CLOTHES)])
def test_trousers_between_the_fronts_of_a_coat_stay(
    colour: tuple[int, int, int], kind: Label
) -> None:
    """What is called trousers above a coat's hem is a fold of it if it looks like it."""
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    coat = (slice(2 * 150, 2 * 215), slice(2 * 64, 2 * 128))
    photo[coat], parse[coat] = RED, Label.COAT
    between = (slice(2 * 165, 2 * 200), slice(2 * 90, 2 * 102))
    photo[between], parse[between] = colour, Label.PANTS
    labels = labels_of(photo, person.pose, parse, "lower")
    assert (labels[between] == kind).mean() > 0.9


def test_skin_amid_cloth_is_skin() -> None:
    """A keyhole, a chest between the buttons: no neckline joins it to the neck."""
    person = mannequin()
    photo, parse = person.photo.copy(), person.parse.copy()
    keyhole = (slice(2 * 84, 2 * 96), slice(2 * 90, 2 * 102))
    photo[keyhole], parse[keyhole] = (214, 170, 140), Label.TORSO_SKIN
    labels = labels_of(photo, person.pose, parse, "upper")
    assert (labels[keyhole] == Label.TORSO_SKIN).mean() > 0.8


@pytest.mark.parametrize(("colour", "kind"), [(NAVY, Label.PANTS), (RED, Label.UPPER_CLOTHES)])
def test_a_waistband_called_a_top_is_trousers(colour: tuple[int, int, int], kind: Label) -> None:
    person = mannequin()
    photo, parse = person.photo.copy(), person.parse.copy()
    band = np.zeros(parse.shape, np.bool_)
    band[2 * 153 : 2 * 160, 2 * 70 : 2 * 122] = True
    band &= parse == Label.UPPER_CLOTHES
    photo[band] = colour
    labels = labels_of(photo, person.pose, parse, "lower")
    assert (labels[band] == kind).mean() > 0.9


def test_the_end_of_a_trouser_in_another_colour_is_no_ground() -> None:
    """A leg dyed pale towards its hem, as pale as the floor beside it."""
    person = mannequin(whole=True)
    photo = person.photo.copy()
    end = (person.parse == Label.PANTS) & (np.arange(672)[:, None] > 2 * 290)
    end &= np.arange(384) < 2 * 96
    photo[end] = GROUND
    labels = labels_of(photo, person.pose, person.parse, "lower")
    assert (labels[end] == Label.PANTS).mean() > 0.9


BROWN = (150, 95, 50)


@pytest.mark.parametrize(("colour", "kind"), [(NAVY, Label.UPPER_CLOTHES), (BROWN, Label.HAIR)])
def test_a_yokes_rim_called_hair_is_the_top(colour: tuple[int, int, int], kind: Label) -> None:
    """Hair over the dark yoke of a pale top: its label runs over its end."""
    person = mannequin(top=PALE)
    photo, parse = person.photo.copy(), person.parse.copy()
    yoke = (parse == Label.UPPER_CLOTHES) & (np.arange(512)[:, None] < 2 * 106)
    photo[yoke] = NAVY
    hair = (slice(2 * 30, 2 * 92), slice(2 * 112, 2 * 122))
    photo[hair], parse[hair] = BROWN, Label.HAIR
    end = (slice(2 * 82, 2 * 92), slice(2 * 112, 2 * 122))
    photo[end] = colour
    labels = labels_of(photo, person.pose, parse, "upper")
    assert (labels[end] == kind).mean() > 0.8
