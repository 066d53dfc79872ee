"""Where straps lie on the shoulders, and where long sleeves end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deployments.tryon.drape import dressing
from deployments.tryon.drape.body import Body, measure
from deployments.tryon.drape.flat import Flat
from deployments.tryon.drape.hem import Hem
from deployments.tryon.drape.plan import Fit, fit, sleeve_plan, torso_plan, worn_half_width
from deployments.tryon.drape.scene import make_scene
from deployments.tryon.drape.warp import Cloth
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


def test_long_sleeves_that_were_traced_to_a_fold_go_to_the_wrists(body: Body) -> None:
    assert _ends(body, 4, 4) == pytest.approx([1.03, 1.03])


def test_sleeves_that_end_on_the_upper_arms_stay_there(body: Body) -> None:
    assert max(_ends(body, 2, 2)) < 0.35


def _dropped(body: Body, by: float) -> tuple[Flat, Fit]:
    """A top with short sleeves whose seams lie `by` px farther out on them than the shoulders."""
    _, mask, shape = top("short")
    marks = dict(shape.landmarks)
    for side, sign in (("right", -1), ("left", 1)):
        x, y = marks[f"shoulder_{side}"]
        marks[f"shoulder_{side}"] = (x + sign * by, y + 0.8 * by)
    flat = Flat(replace(shape, landmarks=marks), mask)
    return flat, fit(body, flat)


def test_a_dropped_shoulder_takes_nothing_from_the_sleeve(body: Body) -> None:
    """What of it does not lie on the shoulder lies on the arm."""
    beyond = []
    for by in (18.0, 26.0):
        flat, fitted = _dropped(body, by)
        strip = sleeve_plan(body, flat, fitted, -1)
        assert strip is not None
        beyond.append(strip.end - flat.sleeve_length(-1) * fitted.tall)
    assert beyond[1] > beyond[0] + 3


def test_cloth_goes_round_a_dropped_shoulder(body: Body) -> None:
    """The seam's course is held where the shoulder bends: else its cloth would cut the corner."""
    usual, dropped = (_seam_points(body, by) for by in (0.0, 26.0))
    assert dropped == usual + 2 * 2


def _seam_points(body: Body, by: float) -> int:
    flat, fitted = _dropped(body, by)
    plan = torso_plan(body, flat, fitted, Hem(180.0, 180.0, tucked=False))
    edges = [body.edge_at(side, np.linspace(0, 140, 281, dtype=np.float32)) for side in (-1, 1)]
    beyond = np.concatenate(edges)
    near = np.linalg.norm(plan.worn[:, None] - beyond[None], axis=2).min(axis=1)
    return int((near < 0.03 * body.unit).sum())


def test_a_sleeves_ribs_end_along_its_cuff() -> None:
    """A short sleeve's cuff slants; its pattern runs along it, and its outer edge is the longer."""
    _, mask, shape = top("short")
    tube = shape.right_tube
    assert tube is not None
    ahead = tube.centre[-1] - tube.centre[-2]
    corners = np.array([tube.centre[-1] + (-24, -10), tube.centre[-1] + (14, 16)], np.float32)
    edges = Flat(replace(shape, right_tube=replace(tube, cuff=corners)), mask).sleeve_edges(-1, 12)
    square = Flat(shape, mask).sleeve_edges(-1, 12)
    assert edges is not None
    assert square is not None
    assert np.allclose([edge[-1] for edge in edges], corners, atol=0.01)
    assert np.allclose(edges[0][0], square[0][0])
    assert abs(float((square[0][-1] - square[1][-1]) @ ahead)) < 2


def test_no_hair_line_stays_between_a_wedge_and_the_cloth() -> None:
    person = mannequin()
    scene = make_scene(person.photo, person.pose, person.parse)
    body, flat = measure(scene), Flat(top()[2], top()[1])
    x = np.broadcast_to(np.arange(384, dtype=np.float32), (512, 384))
    colour, flow = np.zeros((512, 384, 3), np.float32), np.zeros((4, 4, 2), np.float32)
    torso = Cloth(colour, np.clip((230.5 - x) / 3 + 0.5, 0, 1), flow)
    sleeve = Cloth(colour, np.clip((x - 235.5) / 3 + 0.5, 0, 1), flow)
    closed = dressing._closed_at_armpits(scene, body, fit(body, flat), torso, [sleeve])
    covered = np.maximum(closed.alpha, sleeve.alpha)
    assert covered[300:400].min() > 0.9
