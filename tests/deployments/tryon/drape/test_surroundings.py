"""What lies round and before the person: other people, bags, books."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from deployments.tryon.drape import Drape
from deployments.tryon.drape.body import find_frame, measure
from deployments.tryon.drape.ground import fill_background, fill_bottoms
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import ARMS, BOTTOMS, TOPS, make_scene
from deployments.types import Joint, Label, frozen
from tests.deployments.tryon.drape.mannequin import GROUND, NAVY, RED, SKIN, mannequin, top


@pytest.mark.parametrize("hair", [False, True])
def test_somebody_beside_keeps_the_coat(drape: Drape, hair: bool) -> None:
    """With `hair` a hand or a camera hides so much of the face that it is called a neck."""
    person = mannequin()
    photo, parse = person.photo.copy(), person.parse.copy()
    photo[80:120, 340:366], parse[80:120, 340:366] = (200, 160, 140), Label.FACE
    if hair:
        parse[80:120, 340:366] = Label.TORSO_SKIN
        photo[60:82, 336:370], parse[60:82, 336:370] = (60, 40, 20), Label.HAIR
    photo[124:300, 330:380], parse[124:300, 330:380] = (20, 90, 30), Label.COAT
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    assert not (labels == Label.COAT).any()
    assert (labels == Label.UPPER_CLOTHES).sum() == (scene.labels == Label.UPPER_CLOTHES).sum()
    outcome = drape(frozen(photo), person.pose, frozen(parse), *top("short"))
    assert (outcome.image[150:280, 340:372] == (20, 90, 30)).all()


def test_a_scarf_lies_round_the_neck() -> None:
    person = mannequin()
    parse = person.parse.copy()
    parse[120:150, 150:230] = Label.SCARF
    parse[300:350, 40:80] = Label.SCARF
    scene = make_scene(person.photo, person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    scarf = np.argwhere(labels == Label.SCARF)
    assert len(scarf) > 100
    assert scarf[:, 0].max() < 200


@pytest.mark.parametrize(
    ("colour", "label"), [(NAVY, Label.PANTS), ((150, 90, 40), Label.BACKGROUND)]
)
def test_a_waistband_belongs_to_the_trousers_and_a_belt_does_not(
    colour: tuple[int, int, int], label: Label
) -> None:
    person = mannequin()
    photo, parse = person.photo.copy(), person.parse.copy()
    band = (slice(318, 336), slice(140, 240))
    photo[band], parse[band] = colour, Label.SCARF
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    assert (labels[scene.labels == Label.SCARF] == label).mean() > 0.95


@pytest.mark.parametrize(("long_sleeves", "label"), [(True, Label.UPPER_CLOTHES), (False, 0)])
def test_a_scarf_on_an_arm_is_a_sleeve_where_it_looks_like_one(
    long_sleeves: bool, label: int
) -> None:
    person = mannequin(long_sleeves=long_sleeves)
    parse = person.parse.copy()
    parse[250:310, 98:110] = Label.SCARF
    scene = make_scene(person.photo, person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    assert (labels[scene.labels == Label.SCARF] == label).mean() > 0.95


@pytest.mark.parametrize(
    "place",
    [
        (slice(540, 570), slice(224, 240)),
        (slice(540, 600), slice(210, 300)),
        (slice(600, 660), slice(224, 300)),
    ],
    ids=["a crumb", "a tenth of the top", "a corner"],
)
def test_a_top_at_the_ankles_is_trousers(place: tuple[slice, slice]) -> None:
    person = mannequin(whole=True)
    parse = person.parse.copy()
    patch = np.zeros(parse.shape, np.bool_)
    patch[place] = True
    patch &= parse == Label.PANTS
    parse[patch] = Label.COAT
    scene = make_scene(person.photo, person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    assert (labels[scene.labels == Label.COAT] == Label.PANTS).all()


def test_an_earring_like_the_top_stays() -> None:
    """A crumb of it is called a top, the rest hair; it hangs down nearly to the collar."""
    person = mannequin()
    photo, parse = person.photo.copy(), person.parse.copy()
    columns = slice(214, 228)
    shoulder = int((parse[:, columns] == Label.UPPER_CLOTHES).argmax(axis=0).min())
    hair, earring = (slice(60, shoulder), slice(210, 250)), (slice(78, shoulder - 2), columns)
    photo[hair], parse[hair] = (92, 58, 36), Label.HAIR
    photo[earring] = RED
    parse[84:90, 218:224] = Label.UPPER_CLOTHES
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    assert not np.isin(labels[: round(92 * len(labels) / len(photo))], TOPS).any()


def test_a_book_before_the_chest_stays(drape: Drape) -> None:
    person = mannequin(arm_across=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    book = np.zeros(parse.shape, np.bool_)
    book[200:260, 160:230] = True
    book &= parse != Label.RIGHT_ARM
    photo[book], parse[book] = (240, 220, 20), Label.BACKGROUND
    outcome = drape(frozen(photo), person.pose, frozen(parse), *top("short"))
    inside = cv2.erode(book.astype(np.uint8), np.ones((21, 21), np.uint8)) > 0
    assert inside.sum() > 300
    assert np.abs(outcome.image[inside].astype(int) - (240, 220, 20)).max() < 8
    person = mannequin()
    belt = person.parse.copy()
    belt[308:318, 120:264] = Label.BACKGROUND
    outcome = drape(person.photo, person.pose, frozen(belt), *top("short"))
    assert outcome.image.shape == person.photo.shape


@pytest.mark.parametrize(("half", "stays"), [(20, False), (48, True)])
def test_a_wide_belt_goes_under_the_top(drape: Drape, half: int, stays: bool) -> None:
    """What no hand holds in the middle is worn; what is larger than a corset hangs there."""
    person = mannequin()
    photo, parse = person.photo.copy(), person.parse.copy()
    belt = (slice(280 - half, 280 + half // 2), slice(192 - half, 192 + half))
    photo[belt], parse[belt] = (150, 90, 40), Label.BACKGROUND
    image = drape(frozen(photo), person.pose, frozen(parse), *top("short"), tuck="out").image
    seen = (image[belt] == (150, 90, 40)).all(axis=-1).mean()
    assert seen > 0.7 if stays else seen == 0


def test_a_hand_lost_in_a_wide_sleeve_is_told(drape: Drape) -> None:
    person = mannequin(long_sleeves=True)
    parse = person.parse.copy()
    parse[np.isin(parse, (Label.LEFT_ARM, Label.RIGHT_ARM))] = Label.UPPER_CLOTHES
    hidden = drape(person.photo, person.pose, frozen(parse), *top("short"))
    assert "HandHidden" in hidden.warnings
    bare = drape(person.photo, person.pose, person.parse, *top("short"))
    assert "HandHidden" not in bare.warnings
    pose = person.pose.copy()
    pose[[Joint.LEFT_WRIST, Joint.RIGHT_WRIST], 2] = 0
    unknown = drape(person.photo, pose, frozen(parse), *top("short"))
    assert "HandHidden" not in unknown.warnings, "where a hand would be is not known"
    assert (hidden.confidence or 0) < (bare.confidence or 0)


@pytest.mark.parametrize("pocketed", [True, False])
def test_an_arm_goes_under_the_top_to_a_hand_in_a_pocket(drape: Drape, pocketed: bool) -> None:
    """A coat's sleeves end in pockets at the hips; a hand that is seen stays before the top."""
    person = mannequin(long_sleeves=True)
    photo, parse, pose = person.photo.copy(), person.parse.copy(), person.pose.copy()
    arms = np.isin(parse, (Label.LEFT_ARM, Label.RIGHT_ARM))
    photo[arms], parse[arms] = GROUND, Label.BACKGROUND
    photo[250:400, 130:254], parse[250:400, 130:254] = RED, Label.UPPER_CLOTHES
    hands = [(slice(326, 350), slice(x - 9, x + 9)) for x in (150, 234)]
    for joint, x in ((Joint.RIGHT_WRIST, 150), (Joint.LEFT_WRIST, 234)):
        pose[joint, :2] = (x, 326)
    for hand, label in zip(hands, (Label.RIGHT_ARM, Label.LEFT_ARM), strict=True):
        if not pocketed:
            photo[hand], parse[hand] = SKIN, label
    outcome = drape(frozen(photo), pose, frozen(parse), *top("short"))
    ends = np.concatenate(
        [outcome.image[300:318, x - 4 : x + 5].reshape(-1, 3) for x in (142, 242)]
    )
    cloth = (ends[:, 2] > ends[:, 0].astype(int) + 40).mean()
    assert (cloth > 0.9) if pocketed else (cloth < 0.1)


def test_cloth_that_an_arms_label_covers_is_no_skin() -> None:
    """Labels run a little over edges. A pale rim on the arm's other side is light, not cloth."""
    pale = (238, 212, 198)
    person = mannequin(top=pale)
    photo, parse = person.photo.copy(), person.parse.copy()
    arm = np.isin(parse, Label.RIGHT_ARM)
    within = np.indices(parse.shape)[1] - arm.argmax(axis=1)[:, None]
    beside = np.zeros_like(arm)
    beside[220:300] = within[220:300] < 50
    photo[beside & (within >= 4)] = pale
    photo[258:261, :][beside[258:261] & (within[258:261] == 5)] = SKIN
    parse[beside & (within >= 6)] = Label.UPPER_CLOTHES
    rim = beside & (within >= 0) & (within < 2)
    photo[rim] = pale
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    covered = beside & (within >= 4) & (within < 6)
    assert (labels[covered] == Label.UPPER_CLOTHES).mean() > 0.9
    assert (labels[rim] == Label.RIGHT_ARM).mean() > 0.9
    assert (labels[covered] == Label.UPPER_CLOTHES)[len(labels[covered]) // 3 :].all(), "no crumb"


def test_lit_arms_of_a_shaded_face_are_no_pale_sleeves() -> None:
    person = mannequin(top=(226, 206, 198))
    photo = person.photo.copy()
    arms = np.isin(person.parse, (Label.LEFT_ARM, Label.RIGHT_ARM))
    photo[arms] = (236, 200, 182)
    photo[person.parse == Label.FACE] = (130, 98, 86)
    scene = make_scene(frozen(photo.copy()), person.pose, person.parse)
    labels = corrected(scene, find_frame(scene), "upper").labels
    assert np.isin(labels[arms], (Label.LEFT_ARM, Label.RIGHT_ARM)).mean() > 0.95
    photo[arms] = (226, 206, 198)
    scene = make_scene(frozen(photo.copy()), person.pose, person.parse)
    labels = corrected(scene, find_frame(scene), "upper").labels
    assert (labels[arms] == Label.UPPER_CLOTHES).mean() > 0.9


@pytest.mark.parametrize("below", [Label.PANTS, Label.RIGHT_LEG])
def test_a_dress_over_trousers_is_a_top(below: Label) -> None:
    person = mannequin(whole=True)
    parse = person.parse.copy()
    parse[np.isin(parse, (Label.UPPER_CLOTHES, Label.PANTS))] = Label.DRESS
    parse[480:][parse[480:] == Label.DRESS] = below
    photo = person.photo.copy()
    photo[parse == Label.RIGHT_LEG] = SKIN
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    assert (labels == Label.SKIRT).any() == (below != Label.PANTS)


@pytest.mark.parametrize(
    ("colour", "clothed"),
    [((236, 230, 214), True), (NAVY, True), ((150, 112, 84), False), ((187, 144, 121), False)],
)
def test_legs_unlike_all_skin_are_trousers(colour: tuple[int, int, int], clothed: bool) -> None:
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    legs = parse == Label.PANTS
    photo[legs], parse[legs] = colour, Label.LEFT_LEG
    photo[np.isin(parse, (*ARMS, Label.TORSO_SKIN))] = (96, 64, 48) if colour[0] > 99 else SKIN
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    assert (labels == Label.PANTS).any() == clothed
    assert (labels == Label.LEFT_LEG).any() != clothed


def test_trousers_end_where_a_bag_begins() -> None:
    """Their label runs over its edge onto the bag."""
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    photo[360:460, 60:152], parse[360:460, 60:152] = (240, 220, 20), Label.BACKGROUND
    parse[380:440, 138:152] = Label.PANTS
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "lower").labels
    bag = (scene.small[..., 2] < 60) & (scene.small[..., 0] > 220)
    assert (labels[bag] == Label.BACKGROUND).mean() > 0.9
    plain = make_scene(person.photo, person.pose, person.parse)
    trousers = corrected(plain, find_frame(plain), "lower").labels == Label.PANTS
    assert trousers.sum() == (plain.labels == Label.PANTS).sum()


def test_a_skirt_goes_on_above_its_edge_in_its_own_folds() -> None:
    person = mannequin(whole=True)
    scene = make_scene(person.photo, person.pose, person.parse)
    there = np.isin(scene.labels, BOTTOMS)
    folds = np.where(np.arange(scene.size[1]) // 4 % 2, 250.0, 40.0)[None, :, None]
    pleated = np.where(there[..., None], folds, scene.small).astype(np.float32)
    filled = fill_bottoms(replace(scene, small=pleated), measure(scene))
    assert filled is not None
    upper = int(np.flatnonzero(there.sum(axis=1) > 24)[0])
    inside = np.flatnonzero(there[upper + 4])[6:-6]
    assert filled[upper - 4, inside, 0].std() > 60


@pytest.mark.parametrize(("side", "believed"), [(26, False), (60, True)])
def test_a_small_island_of_ground_amid_the_cloth_is_not_carried_on(
    side: int, believed: bool
) -> None:
    """As often as not what is called ground there, between an arm and the body, is cloth."""
    person = mannequin(top=RED)
    parse = person.parse.copy()
    parse[180 : 180 + side, 164 : 164 + side] = Label.BACKGROUND
    scene = make_scene(person.photo, person.pose, frozen(parse))
    gap = np.isin(scene.labels, TOPS)
    behind = fill_background(scene, measure(scene), gap, seed=1)
    off = float(np.abs(behind - GROUND).max())
    assert off > 100 if believed else off < 5


def test_a_scrap_of_a_top_amid_a_skirt_is_skirt() -> None:
    """Even right below the top, as a belt's end or a pocket's edge is."""
    person = mannequin()
    parse = np.where(person.parse == Label.PANTS, Label.SKIRT, person.parse).astype(np.uint8)
    scrap = np.s_[324:332, 178:204]
    assert (parse[scrap] == Label.SKIRT).all()
    parse[scrap] = Label.UPPER_CLOTHES
    scene = make_scene(person.photo, person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    assert (labels[scrap] == Label.SKIRT).all()
    assert (labels == Label.UPPER_CLOTHES).sum() == (person.parse == Label.UPPER_CLOTHES).sum()


def test_a_scrap_of_a_top_that_hangs_from_it_stays() -> None:
    person = mannequin()
    photo, parse = person.photo.copy(), person.parse.copy()
    photo[314:332, 178:204], parse[314:332, 178:204] = RED, Label.UPPER_CLOTHES
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "upper").labels
    assert (labels[314:332, 178:204] == Label.UPPER_CLOTHES).all()
