"""Trousers and shorts as worn: where they begin and end, and what of the photo they replace."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deployments.tryon.drape import Drape
from deployments.tryon.drape.body import SIDES, find_frame, measure
from deployments.tryon.drape.dressing import dress_lower
from deployments.tryon.drape.flat import Flat
from deployments.tryon.drape.gown import dress_hem
from deployments.tryon.drape.ground import fill_background
from deployments.tryon.drape.hem import find_old_hem, waist_limit
from deployments.tryon.drape.legs import measure_legs
from deployments.tryon.drape.lower import Bottom, plan_bottom
from deployments.tryon.drape.plan import fit
from deployments.tryon.drape.regions import find_regions
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import Scene, make_scene
from deployments.tryon.drape.waistband import front_dips
from deployments.types import Category, GarmentShape, Image, Joint, Label, Mask, frozen
from tests.deployments.tryon.drape.mannequin import (
    GROUND,
    NAVY,
    RED,
    SKIN,
    Mannequin,
    mannequin,
    top,
    trousers,
)


def seen(person: Mannequin) -> Scene:
    return make_scene(person.photo, person.pose, person.parse)


def corners(shape: GarmentShape) -> tuple[np.ndarray, np.ndarray]:
    right, left = (
        np.array(shape.landmarks[f"waist_{side}"], np.float32) for side in ("right", "left")
    )
    return right, left


def with_label(picture: Image, mask: Mask) -> tuple[Image, Mask]:
    """The inside of the back seen above the front, a white label on it, and a hanger's bar."""
    picture, mask = picture.copy(), mask.copy()
    cv2.ellipse(picture, (120, 28), (40, 10), 0, 0, 180, (20, 60, 30), -1)
    picture[28:37, 108:132] = 250
    picture[22:30, 76:164] = (15, 15, 15)
    mask[22:30, 76:164] = 255
    return picture, mask


def test_a_label_and_a_hanger_lie_above_the_front() -> None:
    picture, mask, shape = trousers()
    plain = front_dips(picture, mask, *corners(shape))
    assert max(plain) < 2
    dips = front_dips(*with_label(picture, mask), *corners(shape))
    assert 6 < dips.middle < 16
    assert dips.middle >= max(dips.left, dips.right) - 1e-3


def test_a_label_is_not_worn(drape: Drape) -> None:
    person = mannequin(whole=True)
    parse = np.where(person.parse == Label.UPPER_CLOTHES, np.uint8(Label.TORSO_SKIN), person.parse)
    picture, mask, shape = trousers()
    spoilt, outline = with_label(picture, mask)
    image = drape(
        person.photo, person.pose, frozen(parse), frozen(spoilt), frozen(outline), shape
    ).image
    assert image[280:600].min(axis=2).max() < 240


def test_a_leg_ends_in_the_shoe_that_is_seen() -> None:
    person = mannequin(whole=True)
    parse = person.parse.copy()
    parse[np.arange(len(parse)) > 2 * 318] = Label.BACKGROUND
    for x, label in ((70, Label.RIGHT_SHOE), (106, Label.LEFT_SHOE)):
        parse[2 * 318 : 2 * 332, 2 * x : 2 * (x + 16)] = label
    pose = person.pose.copy()
    pose[[Joint.RIGHT_ANKLE, Joint.LEFT_ANKLE], 1] = 2 * 285
    scene = make_scene(person.photo, pose, frozen(parse))
    factor = 1 / scene.magnification
    for side, leg in measure_legs(scene, measure(scene)).items():
        assert leg.path[-1][1] == pytest.approx(2 * 318 * factor, abs=6)
        assert leg.path[-1][0] == pytest.approx(2 * (78 if side == -1 else 114) * factor, abs=4)
    bare = np.where(parse == Label.PANTS, np.uint8(Label.RIGHT_LEG), parse)
    scene = make_scene(person.photo, pose, frozen(bare))
    for leg in measure_legs(scene, measure(scene)).values():
        assert leg.path[-1][1] == pytest.approx(2 * 285 * factor, abs=3)


def test_the_waistband_lies_where_the_old_one_was() -> None:
    person = mannequin(whole=True)
    parse = person.parse.copy()
    parse[2 * 138 : 2 * 160, 2 * 96 : 2 * 124] = Label.PANTS
    scene = make_scene(person.photo, person.pose, frozen(parse))
    body = measure(scene)
    old = find_old_hem(scene, body)
    assert old is not None
    raised = waist_limit(scene, body, old)
    usual = waist_limit(seen(person), body, find_old_hem(seen(person), body))
    assert raised is not None
    assert usual is not None
    assert raised < usual - 0.08 * body.unit


def test_a_bare_belly_stays_bare() -> None:
    person = mannequin(whole=True)
    parse = person.parse.copy()
    belly = parse[2 * 125 : 2 * 160]
    belly[belly == Label.UPPER_CLOTHES] = Label.TORSO_SKIN
    scene = make_scene(person.photo, person.pose, frozen(parse))
    body = measure(scene)
    limit = waist_limit(scene, body, find_old_hem(scene, body))
    assert limit is not None
    below = float(
        body.frame.coordinates(np.array([96, 152], np.float32) * 2 / scene.magnification)[1]
    )
    assert limit > below


def test_nothing_of_an_old_waistband_turns_to_skin(drape: Drape) -> None:
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    photo[2 * 138 : 2 * 160, 2 * 96 : 2 * 118] = NAVY
    parse[2 * 138 : 2 * 160, 2 * 96 : 2 * 118] = Label.PANTS
    image = drape(frozen(photo), person.pose, frozen(parse), *trousers()).image
    place = image[2 * 142 : 2 * 156, 2 * 100 : 2 * 114].astype(int)
    assert (place[..., 1] > place[..., 0] + 30).mean() > 0.95


def test_no_belly_is_seen_between_the_legs(drape: Drape) -> None:
    """A skirt hid where the legs begin; the trousers that come instead have a gap there."""
    person = mannequin(whole=True)
    parse = person.parse.copy()
    parse[parse == Label.PANTS] = Label.SKIRT
    scene = make_scene(person.photo, person.pose, frozen(parse))
    body = measure(scene)
    legs = measure_legs(scene, body)
    _, mask, shape = trousers()
    dressing = dress_lower(scene, body, legs, shape, trousers()[0], mask)
    skin = find_regions(scene, body, legs, dressing, "lower").torso_skin
    torso = cv2.resize(skin, scene.size[::-1], interpolation=cv2.INTER_AREA)
    _, below = body.frame.grid(scene.size)
    assert torso[below > 1.2 * body.frame.hips].max() == 0
    assert torso[below < body.frame.hips].max() == 1


def test_short_shorts_stay_short() -> None:
    person = mannequin(whole=True)
    scene = seen(person)
    body = measure(scene)
    legs = measure_legs(scene, body)
    _picture, mask, shape = trousers(short=True)
    marks = dict(shape.landmarks)
    brief = np.zeros_like(mask)
    half = [(80, 30), (66, 90), (58, 138), (112, 166), (120, 150)]
    outline = half + [(240 - x, y) for x, y in reversed(half)]
    cv2.fillPoly(brief, [np.array(outline, np.int32)], (255,))
    marks |= {"hem_right": (58.0, 138.0), "hem_left": (182.0, 138.0)}
    marks |= {"hem_right_inner": (112.0, 166.0), "hem_left_inner": (128.0, 166.0)}
    small = GarmentShape(**{**vars(shape), "landmarks": marks})
    ends = {}
    for name, bottom in (("brief", Bottom(small, brief)), ("usual", Bottom(shape, mask))):
        strips = plan_bottom(body, legs, bottom, None, covered=False)
        ends[name] = strips[0].end / legs[-1].length
    assert ends["brief"] < 0.35
    assert ends["brief"] < ends["usual"] - 0.1


def test_legs_that_stand_together_share_the_middle() -> None:
    person = mannequin(whole=True)
    pose = person.pose.copy()
    for name, x in (("KNEE", 7.0), ("ANKLE", 6.0)):
        pose[Joint[f"RIGHT_{name}"], 0] = 2 * (96 - x)
        pose[Joint[f"LEFT_{name}"], 0] = 2 * (96 + x)
    scene = make_scene(person.photo, pose, person.parse)
    body = measure(scene)
    _, mask, shape = trousers()
    middle = 96 * 2 / scene.magnification
    strips = plan_bottom(body, measure_legs(scene, body), Bottom(shape, mask), None, covered=False)
    for strip in strips:
        over = -strip.side * (strip.inner[:, 0] - middle)
        assert over.max() < 0.05 * body.unit


def test_a_coat_makes_no_legs_wide() -> None:
    person = mannequin(whole=True)
    parse = person.parse.copy()
    wide = cv2.dilate((parse == Label.UPPER_CLOTHES).astype(np.uint8), np.ones((1, 41), np.uint8))
    wide[2 * 100 : 2 * 205, 2 * 52 : 2 * 140] = 1
    parse[(wide > 0) & (parse != Label.FACE)] = Label.COAT
    scene = make_scene(person.photo, person.pose, frozen(parse))
    body = measure(scene)
    legs = measure_legs(scene, body)
    _, mask, shape = trousers()
    widths = []
    for covered in (False, True):
        strip = plan_bottom(body, legs, Bottom(shape, mask), None, covered=covered)[0]
        widths.append(float(np.linalg.norm(strip.outer - strip.inner, axis=1)[8]))
    assert widths[1] < 0.97 * widths[0]


def test_trousers_called_skin_are_trousers() -> None:
    person = mannequin(whole=True)
    parse = person.parse.copy()
    patch = (slice(2 * 230, 2 * 255), slice(2 * 60, 2 * 96))
    parse[patch] = np.where(parse[patch] == Label.PANTS, Label.RIGHT_LEG, parse[patch])
    scene = make_scene(person.photo, person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "lower").labels
    assert not (labels == Label.RIGHT_LEG).any()
    photo = np.where((parse == Label.RIGHT_LEG)[..., None], np.array(SKIN, np.uint8), person.photo)
    scene = make_scene(frozen(photo), person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "lower").labels
    assert (labels == Label.RIGHT_LEG).sum() > 100


@pytest.mark.parametrize("category", ["upper", "lower"])
@pytest.mark.parametrize("knee", [0, 6])
def test_trousers_of_which_little_is_seen_are_found(category: Category, knee: int) -> None:
    """A photo that ends above the knees: half of the trousers, ever more in the light, is called
    ground, a scrap of them a chest. The black bag before them is called ground as well, and
    rightly. A knee that seems to lie at the photo's end is believed no more than none."""
    person = mannequin(whole=True)
    end = 2 * 222
    photo, parse = person.photo[:end].copy(), person.parse[:end].copy()
    lost, scrap, bag = (np.zeros(parse.shape, np.bool_) for _ in range(3))
    lost[2 * 180 :, : 2 * 94], scrap[2 * 200 : 2 * 216, 2 * 104 : 2 * 120] = True, True
    lost, scrap = (where & (parse == Label.PANTS) for where in (lost, scrap))
    bag[2 * 202 : 2 * 222, 2 * 64 : 2 * 84] = True
    parse[lost], parse[scrap], parse[bag] = Label.BACKGROUND, Label.TORSO_SKIN, Label.BACKGROUND
    columns = np.flatnonzero(lost.any(axis=0))
    light = np.interp(np.arange(photo.shape[1]), [columns[0], columns[-1]], [60, 0])
    photo[lost] += np.broadcast_to(light[None, :, None], photo.shape)[lost].astype(np.uint8)
    photo[bag] = (14, 14, 16)
    pose = person.pose.copy()
    pose[pose[:, 1] > end] = 0
    if knee:
        pose[Joint.RIGHT_KNEE] = (*person.pose[Joint.RIGHT_KNEE][:1], end - knee, 0.4)
    scene = make_scene(frozen(photo), pose, frozen(parse))
    found = corrected(scene, find_frame(scene), category).labels == Label.PANTS
    lost, scrap, bag = (
        cv2.resize(where.view(np.uint8), found.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
        for where in (lost & ~bag, scrap, bag)
    )
    assert found[lost].mean() > 0.85
    assert found[scrap].mean() > 0.95
    assert found[bag].mean() < 0.05


def test_trousers_below_a_long_top_are_found() -> None:
    """The top hides most of the legs' bones, so what is lost of them is a small part of all."""
    person = mannequin(whole=True)
    end = 2 * 222
    photo, parse = person.photo[:end].copy(), person.parse[:end].copy()
    long_top = np.s_[2 * 150 : 2 * 196, 2 * 64 : 2 * 128]
    photo[long_top], parse[long_top] = RED, Label.UPPER_CLOTHES
    lost = np.zeros(parse.shape, np.bool_)
    lost[2 * 212 :, : 2 * 94] = True
    lost &= parse == Label.PANTS
    parse[lost] = Label.BACKGROUND
    pose = person.pose.copy()
    pose[pose[:, 1] > end] = 0
    scene = make_scene(frozen(photo), pose, frozen(parse))
    found = corrected(scene, find_frame(scene), "lower").labels == Label.PANTS
    there = cv2.resize(lost.view(np.uint8), found.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    assert found[there].mean() > 0.9


def test_a_bag_before_the_thighs_stays(drape: Drape) -> None:
    person = mannequin(whole=True)
    photo, parse = person.photo.copy(), person.parse.copy()
    bag = (slice(2 * 188, 2 * 228), slice(2 * 66, 2 * 126))
    photo[bag], parse[bag] = (240, 200, 20), Label.BACKGROUND
    image = drape(frozen(photo), person.pose, frozen(parse), *top(dress=True)).image
    inside = image[2 * 194 : 2 * 222, 2 * 72 : 2 * 120].astype(int)
    assert np.abs(inside - (240, 200, 20)).max() < 8


def test_a_horizon_goes_on_behind_the_legs() -> None:
    person = mannequin(whole=True)
    photo = person.photo.copy()
    ground = person.parse == Label.BACKGROUND
    rows = np.arange(len(photo))[:, None, None]
    scenery = np.where(rows < 2 * 230, np.array([190, 200, 210]), np.array([60, 58, 55]))
    photo = np.where(
        ground[..., None],
        cv2.GaussianBlur(np.broadcast_to(scenery, photo.shape).astype(np.uint8), (0, 0), 6),
        photo,
    )
    scene = make_scene(frozen(photo), person.pose, person.parse)
    body = measure(scene)
    gap = np.isin(scene.labels, (Label.PANTS,))
    filled = fill_background(scene, body, gap, 0)
    above, below = filled[2 * 212, 2 * 80], filled[2 * 248, 2 * 80]
    assert above.mean() > 165
    assert below.mean() < 90
    assert GROUND[0] > 165


def test_a_slim_dress_does_not_reach_the_floor() -> None:
    scene = seen(mannequin(whole=True))
    body = measure(scene)
    _, mask, shape = top("none", dress=True)
    flat = Flat(shape, mask)
    fitted = fit(body, flat)
    legs = measure_legs(scene, body)
    ankles = np.mean([body.frame.coordinates(legs[side].path[-1])[1] for side in SIDES])
    knees = body.frame.hips + 0.5 * (float(ankles) - body.frame.hips)
    end = fitted.armpit_below + dress_hem(body, legs, flat, fitted).length
    assert body.frame.hips + 0.5 * body.unit < end < knees + 0.4 * body.unit


def test_a_patch_amid_a_coat_belongs_to_the_coat() -> None:
    person = mannequin(whole=True)
    parse = person.parse.copy()
    parse[2 * 158 : 2 * 215, 2 * 64 : 2 * 128] = Label.COAT
    parse[2 * 120 : 2 * 150, 2 * 84 : 2 * 108] = Label.SKIRT
    scene = make_scene(person.photo, person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "lower").labels
    assert not (labels == Label.SKIRT).any()
    parse = parse.copy()
    parse[2 * 150 : 2 * 158, 2 * 64 : 2 * 128] = Label.BACKGROUND
    scene = make_scene(person.photo, person.pose, frozen(parse))
    labels = corrected(scene, find_frame(scene), "lower").labels
    assert (labels == Label.SKIRT).any()


def in_a_skirt(apart: float) -> Mannequin:
    """Bare legs that stand together below a skirt; its knees are guessed `apart` px too far out."""
    person = mannequin(whole=True)
    photo, parse, pose = person.photo.copy(), person.parse.copy(), person.pose.copy()
    worn = parse == Label.PANTS
    photo[worn], parse[worn] = GROUND, Label.BACKGROUND
    for x, label in ((180, Label.RIGHT_LEG), (204, Label.LEFT_LEG)):
        photo[565:650, x - 11 : x + 11], parse[565:650, x - 11 : x + 11] = SKIN, label
    photo[310:565, 120:264], parse[310:565, 120:264] = NAVY, Label.SKIRT
    for side, name in ((-1, "RIGHT"), (1, "LEFT")):
        pose[Joint[f"{name}_KNEE"], 0] = 192 + side * (16 + apart)
        pose[Joint[f"{name}_ANKLE"], 0] = 192 + side * (12 + apart / 2)
    return Mannequin(frozen(photo), pose, frozen(parse))


def painted_legs(person: Mannequin) -> np.ndarray:
    """H×W: legs painted under new shorts."""
    scene = seen(person)
    body = measure(scene)
    legs = measure_legs(scene, body)
    picture, mask, shape = trousers(short=True)
    dressing = dress_lower(scene, body, legs, shape, picture, mask)
    painted = find_regions(scene, body, legs, dressing, "lower").leg_skin
    return np.maximum(painted[-1], painted[1])


@pytest.mark.parametrize("apart", [0.0, 24.0])
def test_painted_legs_run_into_those_that_are_seen(apart: float) -> None:
    both = painted_legs(in_a_skirt(apart))
    columns = np.flatnonzero(both[555:564].mean(axis=0) > 0.5)
    assert 169 - 10 < columns.min() < 169 + 6
    assert 215 - 6 < columns.max() < 215 + 10


def test_a_slit_makes_no_leg_narrow() -> None:
    """One leg is seen in a slit long before the hem ends, but only a part of its width."""
    person = in_a_skirt(0.0)
    photo, parse = person.photo.copy(), person.parse.copy()
    photo[535:565, 170:183], parse[535:565, 170:183] = SKIN, Label.RIGHT_LEG
    slit = Mannequin(frozen(photo), person.pose, frozen(parse))
    rows = slice(533, 548)
    whole, cut = (painted_legs(one)[rows, :180].sum() for one in (person, slit))
    assert cut > 0.75 * whole
