"""Skirts as worn: how they lie, hang and fold, and the legs and shoes under them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deployments.tryon.drape import Drape
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import SIDES, Body, measure
from deployments.tryon.drape.fall import fall_line
from deployments.tryon.drape.laid import COLUMNS, Laid, lay
from deployments.tryon.drape.legs import measure_legs
from deployments.tryon.drape.limb import Limb
from deployments.tryon.drape.lower import Bottom
from deployments.tryon.drape.scene import Scene, make_scene
from deployments.tryon.drape.skirt import Folds, Hanging, hang
from deployments.types import Label, Mask
from tests.deployments.tryon.drape.mannequin import JOINTS, NAVY, mannequin, skirt, trousers


@pytest.fixture(scope="module")
def figure() -> tuple[Scene, Body, dict[int, Limb]]:
    person = mannequin(whole=True)
    scene = make_scene(person.photo, person.pose, person.parse)
    body = measure(scene)
    return scene, body, measure_legs(scene, body)


def sector(inner: float, outer: float, spread: float) -> tuple[Mask, Floats]:
    """A flared skirt laid as a sector of a ring round (300, 20): its mask and four corners."""
    angle = np.radians(np.linspace(90 + spread, 90 - spread, 60))
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    outline = np.concatenate([inner * ring, outer * ring[::-1]]) + np.array([300, 20])
    mask = np.zeros((600, 600), np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], (255,))
    corners = outline[[0, 59, 60, 119]]
    return mask, corners.astype(np.float32)


def worn(figure: tuple[Scene, Body, dict[int, Limb]], laid: Laid) -> Hanging:
    _, body, legs = figure
    return hang(body, fall_line(body, legs), laid, 0.75 * body.frame.hips)


def test_a_sector_is_laid_in_arcs() -> None:
    laid = lay(*sector(90, 290, 55))
    away = np.linalg.norm(laid.points - (300, 20), axis=-1)
    assert np.ptp(away, axis=1).max() < 12
    assert laid.length == pytest.approx(200, rel=0.03)
    assert laid.widths[-1] / laid.widths[0] == pytest.approx(290 / 90, rel=0.05)


def test_an_outline_that_goes_round_a_hanger_is_not_followed() -> None:
    mask = np.zeros((400, 400), np.uint8)
    mask[100:300, 100:300] = 255
    mask[20:100, 190:210] = 255
    corners = np.array([[100, 100], [299, 100], [299, 299], [100, 299]], np.float32)
    top = lay(mask, corners).points[0]
    assert np.abs(top[:, 1] - 100).max() < 2


def test_a_flared_skirt_hangs_much_narrower_than_it_lies(
    figure: tuple[Scene, Body, dict[int, Limb]],
) -> None:
    laid = lay(*sector(90, 290, 60))
    hanging = worn(figure, laid)
    widths = hanging.halves[-1] + hanging.halves[1]
    flat = widths[0] * laid.widths[-1] / laid.widths[0]
    assert widths[0] < widths[-1] < 0.75 * flat
    fall = float(hanging.levels[-1] - hanging.levels[0])
    assert all(hanging.halves[s][-1] - hanging.halves[s][0] < 0.5 * fall for s in SIDES)


def test_folds_keep_the_order_of_the_cloth(figure: tuple[Scene, Body, dict[int, Limb]]) -> None:
    folds = Folds.of(worn(figure, lay(*sector(90, 290, 60))))
    across = np.linspace(-1, 1, 400, dtype=np.float32)
    for share in (0.0, 0.5, 1.0):
        place, light = folds(across, np.full_like(across, share))
        assert (np.diff(place) > -1e-6).all()
        assert place[0] == pytest.approx(-1, abs=1e-3)
        assert place[-1] == pytest.approx(1, abs=1e-3)
        assert np.ptp(light) >= 0.2 * share
    assert 2 * folds.count < COLUMNS


def test_a_straight_skirt_has_no_folds_and_covers_the_legs(
    figure: tuple[Scene, Body, dict[int, Limb]],
) -> None:
    _, body, legs = figure
    _, mask, shape = skirt(hem=(70, 180))
    hanging = worn(figure, lay(mask, Bottom(shape, mask).corners))
    assert hanging.fullness.max() < 1.15
    line = fall_line(body, legs)
    for side in SIDES:
        assert (hanging.halves[side] >= 0.98 * line.half_width(side, hanging.levels)).all()


def test_legs_have_calves_and_slim_ankles() -> None:
    person = mannequin(whole=True)
    loose = cv2.dilate((person.parse == Label.PANTS).astype(np.uint8), np.ones((25, 25), np.uint8))
    parse = np.where((loose > 0) & (person.parse == 0), np.uint8(Label.PANTS), person.parse)
    scene = make_scene(person.photo, person.pose, parse)
    for leg in measure_legs(scene, measure(scene)).values():
        width = leg.outer + leg.inner
        thigh, knee, calf, ankle = (width[round(s * 59)] for s in (0.2, 0.53, 0.67, 0.97))
        assert thigh > 1.3 * knee
        assert calf > 1.03 * knee
        assert ankle < 0.65 * calf


@pytest.mark.parametrize("garment", [skirt(), trousers(short=True), skirt(hem=(20, 200))])
def test_nothing_of_old_trousers_is_left(
    drape: Drape, garment: tuple[np.ndarray, np.ndarray, object]
) -> None:
    person = mannequin(whole=True)
    picture, mask, shape = garment
    image = drape(person.photo, person.pose, person.parse, picture, mask, shape).image  # type: ignore[arg-type]
    old = (person.parse == Label.PANTS) & (np.arange(len(image))[:, None] < 2 * 295)
    navy = np.abs(image.astype(int) - NAVY).max(axis=2) < 30
    assert (navy & old).sum() < 0.01 * old.sum()


def test_feet_that_trousers_hid_get_shoes(drape: Drape) -> None:
    person = mannequin(whole=True)
    image = drape(person.photo, person.pose, person.parse, *skirt()).image
    for joint in (11, 14):
        x, y = (round(2 * part) for part in JOINTS[joint])
        assert image[y + 24 : y + 34, x - 4 : x + 5].mean() < 110
