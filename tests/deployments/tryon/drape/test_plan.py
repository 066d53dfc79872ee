"""Where straps lie on the shoulders, and where long sleeves end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deployments.tryon.drape.body import Body, measure
from deployments.tryon.drape.flat import Flat
from deployments.tryon.drape.hem import Hem
from deployments.tryon.drape.plan import fit, sleeve_plan, worn_half_width
from deployments.tryon.drape.scene import make_scene
from deployments.types import Joint, Tube
from tests.deployments.tryon.drape.mannequin import mannequin, top


@pytest.fixture(scope="module")
def body() -> Body:
    person = mannequin()
    return measure(make_scene(person.photo, person.pose, person.parse))


def _wide_necked(seam: float) -> Flat:
    """A top without sleeves, its neck points near the sides, its shoulders `seam` px wide."""
    _, mask, shape = top("none")
    marks = dict(shape.landmarks)
    for side, sign in (("right", -1), ("left", 1)):
        marks[f"neck_{side}"] = (150.0 + sign * 62, 54.0)
        marks[f"shoulder_{side}"] = (150.0 + sign * (62 + seam), 56.0)
    return Flat(replace(shape, landmarks=marks), mask)


def _neck_widths(body: Body, flat: Flat) -> list[float]:
    """How far from the spine the neck points are worn, in units."""
    necks = fit(body, flat).necks
    return [abs(float(body.frame.coordinates(necks[side])[0])) / body.unit for side in (-1, 1)]


def test_a_strap_lies_on_the_shoulder_however_wide_it_is_laid_flat(body: Body) -> None:
    straps, shoulders = _wide_necked(seam=6), _wide_necked(seam=26)
    assert straps.strapped(1)
    assert not shoulders.strapped(1)
    assert max(_neck_widths(body, straps)) < 0.33
    assert min(_neck_widths(body, shoulders)) > 0.36, "a boat neck may lie farther out"


def _cut(tube: Tube | None, ribs: int) -> Tube:
    assert tube is not None
    return Tube(tube.centre[:ribs], tube.half_width[:ribs])


def _ends(body: Body, left: int, right: int) -> list[float]:
    """Where sleeves called long end, in lengths of the arms, when they were traced to so many of
    their 12 ribs."""
    _, mask, shape = top("long")
    traced = replace(
        shape, left_tube=_cut(shape.left_tube, left), right_tube=_cut(shape.right_tube, right)
    )
    flat = Flat(traced, mask)
    fitted = fit(body, flat)
    ends = []
    for side in (-1, 1):
        strip = sleeve_plan(body, flat, fitted, side)
        assert strip is not None
        ends.append(strip.end / body.arms[side].length)
    return ends


def test_long_sleeves_go_to_both_wrists_though_one_was_traced_shorter(body: Body) -> None:
    assert _ends(body, 12, 10) == pytest.approx([1.03, 1.03])
    assert _ends(body, 7, 6) == pytest.approx([1.03, 1.03])
    assert _ends(body, 5, 5) == pytest.approx([1.03, 1.03]), "half an arm is enough"


def test_short_sleeves_cover_the_same_share_of_both_arms() -> None:
    """One arm is held towards the camera: it and its sleeve look shorter."""
    person = mannequin()
    pose = person.pose.copy()
    pose[[Joint.LEFT_ELBOW, Joint.LEFT_WRIST], 1] -= np.array([24, 48], np.float32)
    body = measure(make_scene(person.photo, pose, person.parse))
    _, mask, shape = top("short")
    flat = Flat(shape, mask)
    fitted = fit(body, flat)
    strips = [sleeve_plan(body, flat, fitted, side) for side in (-1, 1)]
    ends = [strip.end / body.arms[strip.side].length for strip in strips if strip is not None]
    assert body.arms[1].length < 0.9 * body.arms[-1].length
    assert ends[0] == pytest.approx(ends[1])


def test_wide_cloth_ends_behind_an_arm_that_hangs_beside_it(body: Body) -> None:
    person = mannequin()
    pose = person.pose.copy()
    pose[[Joint.LEFT_ELBOW, Joint.LEFT_WRIST], 0] = 2 * 128
    close = measure(make_scene(person.photo, pose, person.parse))
    _, mask, shape = top("short")
    marks = {
        n: (150 + (2 if y > 200 else 1) * (x - 150), y) for n, (x, y) in shape.landmarks.items()
    }
    wide = Flat(replace(shape, landmarks=marks), np.full_like(mask, 255))
    hem = Hem(180.0, 180.0, tucked=False)
    halves = [worn_half_width(one, wide, fit(one, wide), hem, 1, 0.6) for one in (body, close)]
    assert 2 * (128 - 96) < halves[1] < 2 * (128 - 96) + 13  # the arm's middle and its outline
    assert halves[0] > halves[1] + 5


def test_sleeves_that_end_above_the_elbows_stay_there(body: Body) -> None:
    assert max(_ends(body, 4, 4)) < 0.5
