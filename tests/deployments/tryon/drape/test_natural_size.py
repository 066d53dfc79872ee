"""Tops in their own size, on shoulders that cloth lies straight over."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from deployments.tryon.drape.body import measure
from deployments.tryon.drape.colours import spread_colours
from deployments.tryon.drape.flat import Flat
from deployments.tryon.drape.hem import find_old_hem, plan_hem
from deployments.tryon.drape.plan import DEEPEST_RISE, NECK_RISE, fit, sleeve_plan, torso_plan
from deployments.tryon.drape.scene import make_scene
from deployments.tryon.drape.spline import ThinPlate
from deployments.tryon.drape.warp import sample
from deployments.types import Joint
from tests.deployments.tryon.drape.mannequin import Mannequin, mannequin, top


def _flow(
    wide: float,
) -> tuple[ThinPlate, float, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """The worn places of a top whose body is `wide` times as wide, its size, and the chest."""
    someone = mannequin()
    scene = make_scene(someone.photo, someone.pose, someone.parse)
    body = measure(scene)
    _, mask, shape = top("short")
    marks = {
        name: (150 + (x - 150) * wide, y) if name[:3] in ("arm", "wai", "hem") else (x, y)
        for name, (x, y) in shape.landmarks.items()
    }
    flat = Flat(replace(shape, landmarks=marks), mask)
    fitted = fit(body, flat)
    hem = plan_hem(body, find_old_hem(scene, body), fitted.armpit_below, flat.length * fitted.tall)
    plan = torso_plan(body, flat, fitted, hem)
    middle = body.frame.point(0.0, fitted.armpit_below + 0.2 * body.unit)
    return ThinPlate(plan.worn, plan.flat), fitted.tall, middle


@pytest.mark.parametrize("wide", [1.0, 1.15])
def test_a_print_in_the_middle_keeps_its_size_however_wide_the_cloth(wide: float) -> None:
    flow, size, middle = _flow(wide)
    step = np.array([6.0, 0.0], np.float32)
    apart = flow(np.stack([middle - step, middle + step]))
    across = 12.0 / float(np.linalg.norm(apart[1] - apart[0]))
    assert across == pytest.approx(size, rel=0.16)


def _with_opening(deep: float) -> Flat:
    """A top whose round neck opening lies `deep` px below the collar's corners (52 px apart), and
    whose armholes are not deep."""
    _, mask, shape = top("short")
    marks = {
        name: (x, y - 25 if name.startswith("armpit") else y)
        for name, (x, y) in shape.landmarks.items()
    }
    shape = replace(shape, landmarks=marks)
    angle = np.linspace(np.pi, 0, 61)
    line = np.stack([150 + 26 * np.cos(angle), 50 + deep * np.sin(angle)], axis=-1)
    return Flat(replace(shape, neckline=line.astype(np.float32)), mask)


@pytest.mark.parametrize("deep", [14.0, 40.0])
def test_a_neck_opening_is_drawn_together_when_worn(deep: float) -> None:
    someone, flat = mannequin(), _with_opening(deep)
    scene = make_scene(someone.photo, someone.pose, someone.parse)
    body = measure(scene)
    fitted = fit(body, flat)
    hem = plan_hem(body, find_old_hem(scene, body), fitted.armpit_below, 100.0)
    plan = torso_plan(body, flat, fitted, hem)
    opening = (plan.flat[:, 1] < 95) & (np.abs(plan.flat[:, 0] - 150) < 20)
    lowest = int(np.argmax(np.where(opening, plan.flat[:, 1], 0)))
    middle = (fitted.necks[-1] + fitted.necks[1]) / 2
    depth = float((plan.worn[lowest] - middle) @ body.frame.down) / fitted.tall
    laid = float(plan.flat[lowest, 1]) - 50
    rise = (1 - NECK_RISE) * min(laid, DEEPEST_RISE * flat.neck_half)
    assert depth == pytest.approx(laid - rise, rel=0.05)


def test_the_cloth_below_rises_with_the_front_of_the_opening() -> None:
    someone = mannequin()
    body = measure(make_scene(someone.photo, someone.pose, someone.parse))
    shallow, deep = (fit(body, _with_opening(depth)).armpit_below for depth in (4.0, 16.0))
    assert 0.005 * body.unit < shallow - deep < 0.1 * body.unit


def test_the_collar_follows_a_head_that_leans() -> None:
    straight, leaning = mannequin(), mannequin()
    pose = leaning.pose.copy()
    pose[Joint.NOSE, 0] += 60
    bent = Mannequin(leaning.photo, pose, leaning.parse)
    lean = [measure(make_scene(one.photo, one.pose, one.parse)).lean for one in (straight, bent)]
    assert lean[0] == pytest.approx(0, abs=0.5)
    assert lean[1] > 3


def test_cloth_lies_straight_over_the_hollow_of_a_shoulder() -> None:
    someone = mannequin()
    body = measure(make_scene(someone.photo, someone.pose, someone.parse))
    for side in (-1, 1):
        stations = body.stations[side]
        part = body.edges[side][(stations > -0.27 * body.unit) & (stations < 0.4 * body.unit)]
        one, other = np.diff(part[:-1], axis=0), np.diff(part[1:], axis=0)
        turns = side * (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])
        assert turns.min() > -1e-2


def test_a_wide_short_sleeve_stays_near_the_arm_and_meets_the_body() -> None:
    someone = mannequin()
    body = measure(make_scene(someone.photo, someone.pose, someone.parse))
    _, mask, shape = top("short")
    marks = dict(shape.landmarks)
    tubes = [
        tube and replace(tube, half_width=2 * tube.half_width)
        for tube in (shape.left_tube, shape.right_tube)
    ]
    wide = replace(shape, landmarks=marks, left_tube=tubes[0], right_tube=tubes[1])
    flat = Flat(wide, np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)), np.uint8))
    fitted = fit(body, flat)
    for side in (-1, 1):
        strip = sleeve_plan(body, flat, fitted, side)
        assert strip is not None
        rim = float(np.linalg.norm(strip.outer[-2] - strip.inner[-2]))
        arm = float(body.arms[side].width(np.array([strip.end], np.float32), outer=True)[0])
        assert rim < 2 * arm + 0.45 * body.unit
        lateral, _ = body.frame.coordinates(fitted.armpits[side])
        half = body.half_width(side, np.array([fitted.armpit_below], np.float32))[0]
        assert side * float(lateral) < 1.2 * float(half)


def test_a_folded_sleeve_is_worn_as_the_other_one_is() -> None:
    _, mask, shape = top("long")
    assert shape.right_tube is not None
    assert shape.left_tube is not None
    cut = replace(shape.left_tube, centre=shape.left_tube.centre[:5],
                  half_width=shape.left_tube.half_width[:5])  # fmt: skip
    flat = Flat(replace(shape, left_tube=cut), mask)
    worn, own = flat.sleeve_edges(1, 12), flat.sleeve_edges(-1, 12)
    assert worn is not None
    assert own is not None
    assert np.allclose(worn[0], own[0])
    assert np.allclose(worn[1], own[1])
    assert Flat(shape, mask).sources == {-1: -1, 1: 1}


def test_ground_enclosed_by_a_sleeve_is_no_cloth() -> None:
    picture = np.full((240, 200, 3), (150, 20, 40), np.uint8)
    mask = np.zeros((240, 200), np.uint8)
    cv2.rectangle(mask, (40, 30), (160, 220), (255,), -1)
    picture[mask > 0] = (230, 230, 225)
    picture[100:112, 90:110] = (150, 20, 200)  # a print of another colour
    cv2.rectangle(picture, (60, 120), (68, 200), (150, 20, 40), -1)  # a gap that the mask closed
    spread = spread_colours(picture, mask, 2)
    assert np.abs(spread[130:190, 60:68].astype(int) - (230, 230, 225)).max() < 12
    assert np.abs(spread[104, 100].astype(int) - (150, 20, 200)).max() < 12


def test_a_white_print_on_a_white_ground_stays() -> None:
    picture = np.full((240, 200, 3), 245, np.uint8)
    mask = np.zeros((240, 200), np.uint8)
    cv2.rectangle(mask, (40, 30), (160, 220), (255,), -1)
    picture[mask > 0] = (20, 30, 120)
    picture[100:130, 80:120] = 245
    assert spread_colours(picture, mask, 2)[115, 100].min() > 235


@pytest.mark.parametrize(("larger", "narrowest"), [(0.5, 1), (1.0, 2), (3.0, 1)])
def test_the_edge_of_a_small_garment_is_as_sharp_as_that_of_a_large_one(
    larger: float, narrowest: int
) -> None:
    someone = mannequin()
    scene = make_scene(someone.photo, someone.pose, someone.parse)
    height, width = scene.size
    places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1) + 0.5
    flow = places.astype(np.float32) * scene.magnification / larger
    side = round(max(scene.full_size) / larger)
    picture, mask = np.zeros((side, side, 3), np.uint8), np.zeros((side, side), np.uint8)
    mask[:, : side // 4] = 255
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.8), np.uint8)
    cover = np.ones(scene.full_size, np.float32)
    flow[:, 2 * width // 5 :] = 0  # where no cloth is there is no flow, and it tells no size
    cover[-1, :-1], cover[:-1, 4 * scene.full_size[1] // 5 // 2 :] = 0, 0
    edge = sample(scene, flow, picture, mask, cover).alpha[scene.full_size[0] // 2]
    assert narrowest <= ((edge > 0.05) & (edge < 0.95)).sum() <= 4
    assert abs(edge.sum() - side // 4 * larger) < 1.5
