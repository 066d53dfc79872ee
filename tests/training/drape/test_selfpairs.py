"""Self-pairs of a drawn person: what is worn is laid flat, and looks the same when put on again."""

from __future__ import annotations

import numpy as np
import pytest

from deployments.garment_shape import GarmentShaper
from deployments.tryon.drape.body import measure
from deployments.tryon.drape.scene import make_scene
from deployments.types import Label, frozen
from training.drape import prepare
from training.drape.people import Wearer, parse_of
from training.drape.selfpairs import SelfPair, category_of, ground_for, group_of, lay_flat
from training.drape.template import draw_lower, draw_upper
from weights.store import Store


@pytest.fixture(scope="module")
def pair(wearer: Wearer) -> SelfPair:
    found = lay_flat(wearer, "upper")
    assert found is not None
    return found


def test_a_drawn_garment_has_the_landmarks_inside_its_picture(wearer: Wearer) -> None:
    scene = make_scene(wearer.photo, wearer.pose, wearer.parse)
    body = measure(scene)
    for template in (draw_upper(scene, body, "upper"), draw_lower(scene, body)):
        height, width = template.mask.shape
        marks = np.array(list(template.shape.landmarks.values()))
        assert ((marks >= 0) & (marks <= (width, height))).all()
        left, right = (template.shape.landmarks[f"hem_{side}"] for side in ("left", "right"))
        assert left[0] > right[0]
        assert 0.1 < (template.mask > 0).mean() < 0.9


def test_the_flat_garment_has_the_worn_colour(wearer: Wearer, pair: SelfPair) -> None:
    worn = np.isin(wearer.parse, (Label.UPPER_CLOTHES, Label.COAT, Label.DRESS))
    laid = pair.garment[pair.template.mask > 127]
    assert np.abs(np.median(wearer.photo[worn], axis=0) - np.median(laid, axis=0)).max() < 6
    assert 0.45 < pair.seen <= 1
    assert category_of(wearer) == pair.category == "upper"
    assert group_of(pair) == f"top-{pair.template.shape.sleeve}"


def test_a_pair_is_laid_out_as_its_picture_will_be_read(wearer: Wearer, store: Store) -> None:
    reader = GarmentShaper(store)
    found = lay_flat(wearer, "upper", reader=reader)
    assert found is not None
    assert max(found.template.mask.shape) >= 1024
    read = reader(found.garment, found.template.mask, "upper").landmarks
    for name in ("neck_left", "shoulder_left", "armpit_left", "hem_left"):
        apart = np.subtract(read[name], found.template.shape.landmarks[name])
        assert np.linalg.norm(apart) < 0.04 * found.unit


def test_the_ground_is_none_of_the_colours_worn() -> None:
    cloth = np.array([[240.0, 240, 240]] * 50 + [[90.0, 95, 100]] * 50, np.float32)
    ground = ground_for(cloth)
    assert np.abs(cloth - ground).sum(axis=1).min() > 120


def test_too_little_cloth_makes_no_pair(wearer: Wearer) -> None:
    parse = wearer.parse.copy()
    parse[parse == Label.UPPER_CLOTHES] = Label.BACKGROUND
    assert lay_flat(Wearer("bare", wearer.photo, frozen(parse), wearer.pose), "upper") is None


def test_a_flattened_garment_keeps_its_colour_and_loses_its_folds() -> None:
    x = np.arange(120, dtype=np.float32)
    folds = 1 + 0.25 * np.sin(x / 18)
    picture = np.clip(np.array([90.0, 120, 150]) * folds[None, :, None], 0, 255)
    folded = np.repeat(picture, 100, axis=0).astype(np.uint8)
    mask = np.full((100, 120), 255, np.uint8)
    flat = prepare.flattened(folded, mask, 8.0)
    assert flat.std(axis=1).mean() < 0.35 * folded.std(axis=1).mean()
    assert np.abs(np.median(flat, axis=(0, 1)) - np.median(folded, axis=(0, 1))).max() < 8


def test_the_disguise_hides_bare_skin_and_spares_the_hands(wearer: Wearer) -> None:
    arms = np.isin(wearer.parse, (Label.LEFT_ARM, Label.RIGHT_ARM))
    hidden = 0
    for number in range(8):
        parse = prepare.disguised(wearer, "upper", np.random.default_rng(number))
        left = np.isin(parse, (Label.LEFT_ARM, Label.RIGHT_ARM))
        assert not (left & ~arms).any()
        hidden += int(left.sum() < 0.6 * arms.sum())
        assert (parse[wearer.parse == Label.FACE] == Label.FACE).all()
    assert hidden >= 5


def test_a_lesson_shows_the_engine_and_the_truth(wearer: Wearer, pair: SelfPair) -> None:
    worn = prepare.put_on(pair, np.random.default_rng(3))
    assert worn is not None
    sample = prepare.lesson(pair, worn)
    assert sample is not None
    assert sample.shape == (256, 192, prepare.CHANNELS)
    assert sample.dtype == np.uint8
    teaches, cloth = sample[..., 13] > 127, sample[..., 3] > 200
    assert (teaches & cloth).mean() > 0.05
    off = np.abs(sample[..., :3].astype(int) - sample[..., 10:13].astype(int)).mean(axis=2)
    untouched = sample[..., 5] == 0
    assert off[untouched].mean() < 1
    assert off[teaches & cloth].mean() < 60


def test_ignored_pixels_take_the_nearest_label(wearer: Wearer) -> None:
    classes = np.zeros((40, 30), np.uint8)
    classes[:, 15:] = 5
    classes[:, 18:22] = 255
    parse = parse_of(classes, wearer.pose)
    assert (parse[:, 15:] == Label.UPPER_CLOTHES).all()
    assert (parse[:, :15] == Label.BACKGROUND).all()
