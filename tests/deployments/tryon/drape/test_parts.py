"""The geometry and the fills that `drape` is made of."""

from __future__ import annotations

import numpy as np
import pytest

from deployments.tryon.drape import curves
from deployments.tryon.drape.body import measure
from deployments.tryon.drape.colours import spread_colours
from deployments.tryon.drape.fill import grain, grain_strength, near_mean, push_pull
from deployments.tryon.drape.flat import Flat, torso_mask
from deployments.tryon.drape.hem import OldHem, find_old_hem, plan_hem
from deployments.tryon.drape.raster import draw_mesh, draw_outline, draw_strip
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import make_scene
from deployments.tryon.drape.spline import ThinPlate
from deployments.types import Image, Label, ParseMap, Pose, frozen
from tests.deployments.tryon.drape.mannequin import JOINTS, mannequin, top


def test_a_spline_goes_through_its_points_and_keeps_affine_maps() -> None:
    start = np.array([[0, 0], [10, 0], [0, 10], [10, 10], [4, 6]], np.float32)
    affine = start * np.array([2, 0.5], np.float32) + np.array([3, -1], np.float32)
    spline = ThinPlate(start, affine, stiffness=0)
    probe = np.array([[5, 5], [20, -4]], np.float32)
    assert np.allclose(spline(probe), probe * (2, 0.5) + (3, -1), atol=1e-3)
    bent = affine.copy()
    bent[4] += (1.5, 2)
    assert np.allclose(ThinPlate(start, bent, stiffness=0)(start), bent, atol=1e-3)


def test_curves() -> None:
    corner = np.array([[0, 0], [10, 0], [10, 10]], np.float32)
    assert curves.lengths(corner)[-1] == 20
    assert np.allclose(curves.at(corner, np.array([15, 99], np.float32)), [[10, 5], [10, 10]])
    smooth = curves.rounded(corner)
    assert np.allclose(smooth[[0, -1]], corner[[0, -1]])
    assert np.linalg.norm(smooth - corner[1], axis=1).min() > 0.5
    assert np.allclose(curves.tangents(np.array([[0, 0], [0, 3]], np.float32)), [[0, 1], [0, 1]])
    spike = np.array([0, 0, 9, 0, 0], np.float32)
    weights = np.array([1, 1, 0, 1, 1], np.float32)
    assert np.allclose(curves.blurred(spike, 1.0, weights), 0)


def test_meshes_and_strips_are_filled() -> None:
    places = np.stack(np.meshgrid([2.0, 12.0], [3.0, 9.0]), axis=-1).astype(np.float32)
    drawn, covered = draw_mesh(places, places * 2, 16, 16)
    assert covered[3:10, 2:13].all()
    assert covered.sum() == 7 * 11
    assert np.allclose(drawn[5, 7], (14, 10), atol=1e-3)
    one = np.array([[2, 2], [2, 12]], np.float32)
    strip = draw_strip(one, one + np.array([8, 0], np.float32), 16, 16)
    assert strip[7, 6] == pytest.approx(1)
    assert strip[7, 13] == 0
    assert draw_outline(places.reshape(4, 2)[[0, 1, 3, 2]], 16, 16)[6, 7] == 1


def test_gaps_take_the_colour_round_them() -> None:
    values = np.full((40, 40, 3), 7, np.float32)
    weights = np.ones((40, 40), np.float32)
    values[10:30, 10:30], weights[10:30, 10:30] = 250, 0
    assert np.allclose(push_pull(values, weights), 7, atol=0.5)
    prior = np.array([90, 90, 90], np.float32)
    far = near_mean(values, 0 * weights, 3.0, prior, 0.1)
    assert np.allclose(far, 90)


def test_grain_is_repeatable_and_has_its_strength() -> None:
    one, same, other = grain((64, 64), 2.0, 5), grain((64, 64), 2.0, 5), grain((64, 64), 2.0, 6)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert float(one.std()) == pytest.approx(2.0, rel=0.01)


def test_noise_is_measured_and_leaves_all_over_a_photo_are_none() -> None:
    everywhere = np.ones((96, 96), np.bool_)
    noise = np.random.default_rng(3).standard_normal((96, 96, 1)).astype(np.float32)
    photo = np.tile(noise, (1, 1, 3))
    assert grain_strength(128 + photo, everywhere) == pytest.approx(1.0, rel=0.35)
    assert grain_strength(128 + 30 * photo, everywhere) == 2.0
    half = np.where(np.arange(96)[:, None, None] < 40, 30 * photo, 0.5 * photo)
    assert grain_strength(128 + half, everywhere) == pytest.approx(0.5, rel=0.35)
    assert grain_strength(photo, np.zeros((96, 96), np.bool_)) == 0


def test_hem_rule() -> None:
    scene = make_scene(*_mannequin_arrays())
    body = measure(scene)
    hips, armpit = body.frame.hips, 0.35 * body.frame.hips
    above = OldHem(0.9 * hips, 0.0, over_bottoms=True)
    below = OldHem(1.2 * hips, 0.0, over_bottoms=True)
    assert plan_hem(body, above, armpit, 0.8 * hips).tucked
    assert not plan_hem(body, below, armpit, 0.95 * hips).tucked
    short = plan_hem(body, below, armpit, 0.75 * hips)
    assert not short.tucked
    assert short.length == pytest.approx(0.85 * hips * 1.015, rel=1e-3)
    shortest = plan_hem(body, below, armpit, 0.3 * hips)
    assert shortest.length == pytest.approx(1.45 * 0.3 * hips)
    dress = OldHem(2 * hips, 0.0, over_bottoms=False)
    assert plan_hem(body, dress, armpit, 0.75 * hips).length == pytest.approx(0.9 * hips)
    assert short.drop(0.2) == pytest.approx(short.natural * 0.2, rel=0.05)
    assert plan_hem(body, None, armpit, hips).length == hips


def test_a_top_is_tucked_in_or_let_out_as_asked() -> None:
    body = measure(make_scene(*_mannequin_arrays()))
    hips, armpit = body.frame.hips, 0.35 * body.frame.hips
    above = OldHem(0.9 * hips, 0.0, over_bottoms=True)
    below = OldHem(1.2 * hips, 0.1, over_bottoms=True)
    inside = plan_hem(body, below, armpit, 0.95 * hips, tuck="in")
    assert inside.tucked
    assert 0.7 * hips < inside.tuck < hips
    assert inside.tuck_slope == 0
    assert not plan_hem(body, above, armpit, 0.8 * hips, tuck="out").tucked
    nothing_below = OldHem(0.9 * hips, 0.0, over_bottoms=False)
    assert not plan_hem(body, nothing_below, armpit, 0.8 * hips, tuck="in").tucked


def test_the_old_hem_is_found() -> None:
    scene = make_scene(*_mannequin_arrays())
    found = find_old_hem(scene, measure(scene))
    assert found is not None
    assert found.over_bottoms
    shoulders = JOINTS[5][1]
    assert found.below == pytest.approx(2 * (158 - shoulders), abs=4)


def test_measures_of_a_body() -> None:
    body = measure(make_scene(*_mannequin_arrays()))
    assert body.unit == pytest.approx(120, rel=0.02)
    waist = body.half_width(1, np.array([0.7 * body.frame.hips], np.float32))[0]
    assert waist == pytest.approx(54, abs=8)
    for side in (-1, 1):
        assert body.arms[side].outer[30] == pytest.approx(13, abs=3)
        assert body.arms[side].whole


def test_a_sleeve_called_skin_becomes_cloth() -> None:
    person = mannequin(long_sleeves=True)
    parse = person.parse.copy()
    arm = (parse == Label.UPPER_CLOTHES) & (np.arange(parse.shape[1])[None] > 2 * 130)
    parse[arm] = Label.LEFT_ARM
    scene = make_scene(person.photo, person.pose, frozen(parse))
    fixed = corrected(scene, measure(scene).frame, "upper")
    small = np.asarray(fixed.labels)
    here = arm[: small.shape[0], : small.shape[1]]
    assert (small[here] == Label.UPPER_CLOTHES).mean() > 0.9


def test_the_inside_of_the_back_and_the_sleeves_are_cut_off() -> None:
    _, mask, shape = top("short")
    dented = shape.neckline
    assert dented is not None
    torso = torso_mask(Flat(shape, mask))
    assert torso[60, 150] == 0
    assert torso[200, 150] == 255
    assert torso[128, 60] == 0
    assert mask[128, 60] == 255


def test_colours_are_carried_past_the_edge() -> None:
    picture, mask, _ = top("short")
    spread = spread_colours(picture, mask, 2)
    outside = spread[mask == 0].astype(int)
    assert (np.abs(outside - (30, 60, 200)).max(axis=1) < 12).mean() > 0.97


def test_a_pattern_goes_on_past_the_edge() -> None:
    """Upright stripes: more of them lie beyond the side, and the same ones above the top."""
    picture, mask = np.full((200, 160, 3), 244, np.uint8), np.zeros((200, 160), np.uint8)
    mask[40:160, 30:130] = 255
    picture[40:160, 30:130] = np.where(np.arange(100) // 6 % 2, 200, 40)[None, :, None]
    spread = spread_colours(picture, mask, 2)
    right = spread[60:140, 134:150].astype(int)
    assert right.std(axis=1).min() > 40
    assert (np.abs(spread[32, 36:124] - spread[45, 36:124].astype(int)) < 20).all()


def _mannequin_arrays() -> tuple[Image, Pose, ParseMap]:
    person = mannequin()
    return person.photo, person.pose, person.parse
