"""The refiner: what it is shown, how its answers are applied, and what they may not touch."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from deployments.tryon.drape import Drape, refine
from deployments.tryon.drape import drape as drape_module
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.layers import Composed
from deployments.tryon.drape.refine import (
    HEIGHT,
    PLANES,
    TONE,
    WIDTH,
    Refiner,
    Window,
    corrected,
    cropped,
    find_window,
    planes,
    with_less_tone,
)
from deployments.types import Image, Joint, Label
from tests.deployments.tryon.drape.mannequin import mannequin, top
from weights.manifest import load_manifest
from weights.store import Store


def composed(cloth: Floats, skin: Floats) -> Composed:
    """A striped picture of which one part is cloth and one painted skin."""
    picture = np.full((*cloth.shape, 3), 120, np.float32)
    picture[:, ::2] += 40
    edited = np.maximum(cloth, skin)
    light = np.ones((8, 8), np.float32)
    return Composed(picture, edited, picture, light, np.stack([cloth, skin], axis=-1))


def halves() -> tuple[Floats, Floats]:
    cloth, skin = np.zeros((400, 300), np.float32), np.zeros((400, 300), np.float32)
    cloth[100:200, 50:250], skin[200:300, 50:250] = 1, 1
    return cloth, skin


WHOLE = Window(0, 0, 400)


def answer(gain: float, difference: float) -> Floats:
    values = np.full((HEIGHT, WIDTH, 4), difference, np.float32)
    values[..., 0] = gain
    return values


def test_cloth_is_multiplied_and_skin_is_shifted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refine, "GAIN", 1.0)
    cloth, skin = halves()
    before = composed(cloth, skin)
    after = corrected(before, answer(np.log(0.8), 7.0), WHOLE).picture
    assert np.allclose(after[cloth > 0], 0.8 * before.picture[cloth > 0], atol=0.05)
    assert np.allclose(after[skin > 0], before.picture[skin > 0] + 7, atol=0.05)
    outside = (cloth + skin) == 0
    assert np.array_equal(after[outside], before.picture[outside])


def test_texture_stays_that_of_the_warp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refine, "GAIN", 1.0)
    cloth, skin = halves()
    before = composed(cloth, skin)
    noise = np.random.default_rng(1).normal(0, 12, (HEIGHT, WIDTH, 4)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 6.0) / 12
    after = corrected(before, smooth.astype(np.float32), WHOLE).picture

    def fine(picture: Floats) -> Floats:
        values = picture[110:190, 60:240, 0]
        return np.asarray(values - cv2.GaussianBlur(values, (0, 0), 2.0))

    alike = np.corrcoef(fine(before.picture).ravel(), fine(after).ravel())[0, 1]
    assert alike > 0.99


def test_a_crop_lies_where_its_window_says() -> None:
    picture = np.zeros((512, 384), np.float32)
    picture[200:240, 100:140] = 1
    seen = cropped(picture, Window(60, 120, 256))
    y, x = np.nonzero(seen > 0.5)
    assert (y.min(), y.max() + 1, x.min(), x.max() + 1) == (80, 120, 40, 80)
    half = cropped(picture, Window(0, 0, 512))
    y, x = np.nonzero(half > 0.5)
    assert (y.min(), y.max() + 1, x.min(), x.max() + 1) == (100, 120, 50, 70)


@pytest.fixture(scope="module")
def refined() -> Drape:
    return Drape(Store.from_environment())


def dressed(drape: Drape) -> tuple[Image, Image]:
    person = mannequin()
    picture, mask, shape = top("short")
    outcome = drape(person.photo, person.pose, person.parse, picture, mask, shape, debug=True)
    return outcome.image, outcome.intermediates["region"][..., 0]


def test_only_the_edited_region_changes_and_always_the_same_way(refined: Drape) -> None:
    image, region = dressed(refined)
    again, _ = dressed(refined)
    assert np.array_equal(image, again)
    outside = region == 0
    assert outside.mean() > 0.3
    assert np.array_equal(image[outside], mannequin().photo[outside])


def test_the_refiner_does_something_and_not_too_much(
    refined: Drape, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, region = dressed(refined)
    monkeypatch.setattr(refined, "_refiner", None)
    plain, _ = dressed(refined)
    off = np.abs(image.astype(int) - plain.astype(int))[region > 0]
    assert off.max() > 2
    assert off.mean() < 25


def test_what_the_network_is_shown(monkeypatch: pytest.MonkeyPatch, refined: Drape) -> None:
    seen: list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]] = []

    class Watching(Refiner):
        def __init__(self) -> None:
            pass

        def __call__(self, scene, body, regions, made):  # type: ignore[no-untyped-def]
            window = find_window(scene, body, made)
            assert window is not None
            seen.append(planes(scene, body, regions, made, window))
            return made

    monkeypatch.setattr(refined, "_refiner", Watching())
    dressed(refined)
    assert seen[0].shape == (HEIGHT, WIDTH, len(PLANES))
    assert seen[0].dtype == np.uint8
    cloth, skin, edited = np.moveaxis(seen[0][..., 3:6].astype(int), 2, 0)
    assert (cloth > 200).mean() > 0.1
    assert (cloth + skin <= 260).all()
    assert ((cloth + skin > 60) <= (edited > 40)).mean() > 0.98
    lateral = seen[0][..., 8].astype(int)
    assert (np.diff(lateral[:, ::8], axis=1) >= 0).all()


def test_without_its_file_the_answer_says_so(tmp_path: Path) -> None:
    known = {name: spec for name, spec in load_manifest().items() if name != "refiner"}
    drape = Drape(Store(tmp_path, None, manifest=known))
    person = mannequin()
    picture, mask, shape = top("short")
    outcome = drape(person.photo, person.pose, person.parse, picture, mask, shape)
    assert "Unrefined" in outcome.warnings
    assert outcome.engine.version == drape_module.UNREFINED.version != drape_module.ENGINE.version


def test_a_change_of_tone_counts_less_than_one_of_shade() -> None:
    """Two parts of painted skin, each darkened as a whole and shaded from left to right."""
    shown = np.zeros((HEIGHT, WIDTH, len(PLANES)), np.uint8)
    told = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    shade = np.linspace(-10, 10, 41, dtype=np.float32)[None, :, None]
    parts = [(slice(40, 81), slice(20, 61)), (slice(150, 191), slice(100, 141))]
    for part, tone in zip(parts, (-30.0, 12.0), strict=True):
        shown[..., PLANES.index("skin")][part] = 255
        told[(*part, slice(1, None))] = tone + shade
    found = with_less_tone(told, shown)
    for part, tone in zip(parts, (-30.0, 12.0), strict=True):
        assert np.allclose(found[(*part, slice(1, None))], TONE * tone + shade, atol=0.01)
    assert np.array_equal(found[..., 0], told[..., 0])
    assert not found[:30].any()


def test_painted_skin_still_meets_real_skin(drape: Drape, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that darkens all skin is not heard where the hands begin."""
    person = mannequin(long_sleeves=True)
    dark = np.tile(np.array([0, -60, -60, -60], np.float32), (HEIGHT, WIDTH, 1))
    images = []
    for told in (dark, np.zeros_like(dark)):
        monkeypatch.setattr(Refiner, "infer", lambda self, shown, told=told: told)
        outcome = drape(person.photo, person.pose, person.parse, *top("none"))
        images.append(outcome.image.astype(int))
    changed = (images[1] - images[0]).mean(axis=2)
    middle = int(person.pose[Joint.RIGHT_WRIST, 0])
    hands = person.parse[:, middle] == Label.RIGHT_ARM
    cuff = int(np.flatnonzero(hands)[0])
    assert np.median(changed[cuff - 6 : cuff, middle - 3 : middle + 4]) < 8
    assert np.median(changed[cuff - 90 : cuff - 60, middle - 3 : middle + 16]) > 0.3 * 60
