"""Necklines, collars and hoods of the flat garment, and the shoulders beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deployments.tryon.drape import Drape
from deployments.tryon.drape.body import measure
from deployments.tryon.drape.dressing import dress_upper
from deployments.tryon.drape.flat import Flat, torso_mask
from deployments.tryon.drape.hem import Hem
from deployments.tryon.drape.hood import hang_hood
from deployments.tryon.drape.plan import fit, sleeve_plan, torso_plan
from deployments.tryon.drape.scene import make_scene
from deployments.types import Joint, Label, Mask, frozen
from tests.deployments.tryon.drape.mannequin import BLUE, mannequin, top


def _round_line(flat: Flat, depth: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    angle = np.linspace(np.pi, 0, 61)
    middle = (flat.necks[-1] + flat.necks[1]) / 2
    points = np.stack([np.cos(angle), depth * np.sin(angle)], axis=-1) * flat.neck_half
    return (middle + points).astype(np.float32)


def test_a_dented_neckline_is_smooth_and_alike_on_both_sides() -> None:
    _, mask, shape = top("short")
    flat = Flat(shape, mask)
    line = _round_line(flat, 0.8)
    whole = line.copy()
    line[22:34, 1] -= 0.3 * flat.neck_half  # a label
    found = Flat(replace(shape, neckline=line), mask).neckline
    assert found is not None
    assert np.allclose(found[[0, -1]], whole[[0, -1]], atol=1)
    middle = float(found[:, 0].mean())
    mirrored = np.stack([2 * middle - found[::-1, 0], found[::-1, 1]], axis=-1)
    assert np.abs(mirrored - found).max() < 0.05 * flat.neck_half
    deepest = float(found[:, 1].max() - found[0, 1])
    assert deepest == pytest.approx(0.8 * flat.neck_half, rel=0.12)


def test_the_point_of_a_v_is_not_rounded_off() -> None:
    _, mask, shape = top("short")
    flat = Flat(shape, mask)
    share = np.linspace(-1, 1, 61)
    away = np.stack([share, 1.1 * (1 - np.abs(share))], axis=-1) * flat.neck_half
    line = ((flat.necks[-1] + flat.necks[1]) / 2 + away).astype(np.float32)
    found = Flat(replace(shape, neckline=line), mask).neckline
    assert found is not None
    deepest = float(found[:, 1].max() - found[0, 1])
    assert deepest == pytest.approx(1.1 * flat.neck_half, rel=0.015)


def test_a_wrap_keeps_its_unlike_sides() -> None:
    _, mask, shape = top("short")
    flat = Flat(shape, mask)
    line = _round_line(flat, 0.9)
    line[:, 1] += 1.0 * flat.neck_half * np.linspace(0, 1, 61) * np.sin(np.linspace(0, np.pi, 61))
    found = Flat(replace(shape, neckline=line), mask).neckline
    assert found is not None
    assert found[int(np.argmax(found[:, 1])), 0] > flat.necks[-1][0] + 1.1 * flat.neck_half


def test_a_bite_in_the_shoulder_is_closed() -> None:
    _, mask, shape = top("short")
    flat = Flat(shape, mask)
    middle = (flat.necks[1] + flat.tips[1]) / 2
    x, y = (round(float(value)) for value in middle)
    bitten = mask.copy()
    bitten[y - 5 : y + 5, x - 6 : x + 6] = 0
    assert torso_mask(Flat(shape, bitten))[y + 3, x] > 200


def _hooded(narrowing: float = 0.6) -> tuple[Mask, Flat]:
    """A top with something high on its shoulders, so much narrower at its top than at its foot."""
    _, mask, shape = top("long")
    flat = Flat(shape, mask)
    middle = (flat.necks[-1] + flat.necks[1]) / 2
    tall = mask.copy()
    high = max(0, round(float(middle[1] - 1.2 * flat.shoulder_half)))
    half = round(0.9 * flat.neck_half)
    foot = round(float(middle[1])) + 4
    for row in range(high, foot):
        wide = round(half * narrowing ** ((foot - row) / (foot - high)))
        tall[row, round(middle[0]) - wide : round(middle[0]) + wide] = 255
    return frozen(tall), Flat(shape, tall)


def test_a_hood_hangs_behind_the_neck() -> None:
    mask, flat = _hooded()
    assert flat.hooded
    person = mannequin(long_sleeves=True)
    scene = make_scene(person.photo, person.pose, person.parse)
    body = measure(scene)
    fitted = fit(body, flat)
    picture = np.full((*mask.shape, 3), BLUE, np.uint8)
    hood = hang_hood(scene, body, flat, fitted, frozen(picture), mask)
    assert hood is not None
    rows = np.nonzero(hood.alpha.max(axis=1) > 0.5)[0] / scene.magnification
    neck = float(fitted.necks[1][1])
    assert neck - 0.45 * body.unit < rows.min() < neck - 0.1 * body.unit
    assert rows.max() < neck + 0.15 * body.unit
    _, plain, shape = top("long")
    assert hang_hood(scene, body, Flat(shape, plain), fitted, frozen(picture), plain) is None


def test_a_roll_collar_laid_unrolled_is_no_hood(drape: Drape) -> None:
    mask, hoodie = _hooded(narrowing=0.95)
    flat = Flat(replace(hoodie.shape, neckline=None), mask)
    assert not flat.hooded
    assert len(flat.collar_points) == 2
    picture = frozen(np.full((*mask.shape, 3), BLUE, np.uint8))
    person = mannequin()
    image = drape(person.photo, person.pose, person.parse, picture, mask, flat.shape).image
    throat = image[2 * 54 : 2 * 60, 2 * 92 : 2 * 100].reshape(-1, 3).mean(axis=0)
    assert throat[2] > 1.6 * throat[0]


def test_a_hoodie_is_not_tucked_in() -> None:
    mask, flat = _hooded()
    person = mannequin(long_sleeves=True, whole=True)
    scene = make_scene(person.photo, person.pose, person.parse)
    body, picture = measure(scene), frozen(np.full((*mask.shape, 3), BLUE, np.uint8))
    plain_picture, plain_mask, plain = top("long")
    assert not dress_upper(scene, body, flat.shape, picture, mask).tucked
    assert dress_upper(scene, body, plain, plain_picture, plain_mask).tucked


def test_the_face_stays_before_the_hood(drape: Drape) -> None:
    mask, flat = _hooded()
    picture = frozen(np.full((*mask.shape, 3), BLUE, np.uint8))
    person = mannequin(long_sleeves=True)
    outcome = drape(person.photo, person.pose, person.parse, picture, mask, flat.shape)
    face = np.isin(person.parse, (Label.FACE, Label.HAIR))
    assert np.abs(outcome.image.astype(int) - person.photo)[face].mean() < 1.5


def test_a_sleeve_follows_an_arm_that_comes_back_to_the_hip() -> None:
    person = mannequin()
    pose = person.pose.copy()
    pose[Joint.RIGHT_ELBOW, :2] = (44, 240)
    pose[Joint.RIGHT_WRIST, :2] = (140, 310)
    scene = make_scene(person.photo, pose, person.parse)
    body = measure(scene)
    _, mask, shape = top("long")
    flat = Flat(shape, mask)
    strip = sleeve_plan(body, flat, fit(body, flat), -1)
    assert strip is not None
    width = np.linalg.norm(strip.outer - strip.inner, axis=1)
    assert width[3:].max() < 0.75 * body.unit


def test_an_open_jacket_leaves_the_top_to_be_seen(drape: Drape) -> None:
    person = mannequin()
    picture, mask, shape = top("long")
    gap = mask.copy()
    axis = round(float(shape.landmarks["neck_left"][0] + shape.landmarks["neck_right"][0]) / 2)
    gap[:, axis - 18 : axis + 18] = 0
    opened = replace(shape, is_open=True, neckline=None)
    image = drape(person.photo, person.pose, person.parse, picture, frozen(gap), opened).image
    assert np.abs(image[230, 188:197].astype(int) - person.photo[230, 188:197]).max() < 30
    closed = drape(person.photo, person.pose, person.parse, picture, mask, shape).image
    assert np.abs(closed[230, 188:197].astype(int) - person.photo[230, 188:197]).max() > 80


def test_a_standing_collar_leans_with_the_neck() -> None:
    """Its corners lie square above the line from one side of the neck to the other."""
    _, mask, shape = top("short")
    standing = mask.copy()
    standing[34:80, 124:177] = 255
    flat = Flat(replace(shape, neckline=None), frozen(standing))
    person = mannequin()
    body = measure(make_scene(person.photo, person.pose, person.parse))
    fitted = fit(body, flat)
    drop = np.array([0, 0.05 * body.unit], np.float32)
    leaning = {side: place - side * drop for side, place in fitted.necks.items()}
    plan = torso_plan(body, flat, replace(fitted, necks=leaning), Hem(100.0, 100.0, tucked=False))
    places = [np.abs(plan.flat - corner).sum(axis=1).argmin() for corner in flat.collar_points]
    right, left = plan.worn[places]
    along = leaning[1] - leaning[-1]
    above = (right + left) / 2 - (leaning[1] + leaning[-1]) / 2
    assert np.dot(left - right, along) == pytest.approx(
        np.linalg.norm(left - right) * np.linalg.norm(along), rel=1e-3
    )
    assert abs(np.dot(above, along)) < 0.02 * np.linalg.norm(above) * np.linalg.norm(along)
    assert above[1] < -0.02 * body.unit
