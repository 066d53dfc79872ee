"""Windows round people: the rule by a table, and what holds for every person in every picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.framing import Window, figure_window, scaled, upper_window, window_for
from deployments.types import Joint, Pose, frozen

POINTS = {
    Joint.NOSE: (300.0, 150.0),
    Joint.NECK: (300.0, 250.0),
    Joint.RIGHT_SHOULDER: (220.0, 250.0),
    Joint.LEFT_SHOULDER: (380.0, 250.0),
    Joint.RIGHT_ELBOW: (200.0, 400.0),
    Joint.LEFT_ELBOW: (400.0, 400.0),
    Joint.RIGHT_WRIST: (190.0, 520.0),
    Joint.LEFT_WRIST: (410.0, 520.0),
    Joint.RIGHT_HIP: (250.0, 540.0),
    Joint.LEFT_HIP: (350.0, 540.0),
    Joint.RIGHT_ANKLE: (250.0, 900.0),
    Joint.LEFT_ANKLE: (350.0, 900.0),
}


def pose_of(points: dict[Joint, tuple[float, float]]) -> Pose:
    pose = np.zeros((25, 3), np.float32)
    for joint, place in points.items():
        pose[joint] = (*place, 0.9)
    return pose


# The head's top is guessed at 150 - 1.1 · (250 - 150) = 40. From it to the lowest of hips and hands
# it is 500, so that 100 more are wanted above and below: -60 to 640.
TABLE = [
    ("a photo with room all round", {}, (1000, 600), Window(60, 0, 480, 640)),
    ("a lower hand", {Joint.LEFT_WRIST: (410.0, 640.0)}, (1000, 600), Window(15, 0, 570, 760)),
    ("cut off below the hips", {}, (600, 600), Window(75, 0, 450, 600)),
    ("at the left edge", {j: (x - 180, y) for j, (x, y) in POINTS.items()}, (1000, 600),
     Window(0, 0, 480, 640)),
    ("at the right edge", {j: (x + 180, y) for j, (x, y) in POINTS.items()}, (1000, 600),
     Window(120, 0, 480, 640)),
    ("arms spread wide", {Joint.LEFT_WRIST: (900.0, 260.0)}, (1600, 1200),
     Window(119, 0, 852, 1136)),
    ("a hand above the head", {Joint.LEFT_WRIST: (410.0, 20.0)}, (1000, 600),
     Window(58, 0, 483, 644)),
    ("no hand and no hip is seen", dict.fromkeys(
        (Joint.RIGHT_WRIST, Joint.LEFT_WRIST, Joint.RIGHT_HIP, Joint.LEFT_HIP), (0.0, 0.0)),
     (800, 600), Window(0, 0, 600, 800)),
    ("wider than a narrow photo", {}, (1000, 300), Window(0, 120, 300, 400)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "moved", "shape", "window"), TABLE, ids=[row[0] for row in TABLE])
def test_the_rule_by_a_table(
    name: str,
    moved: dict[Joint, tuple[float, float]],
    shape: tuple[int, int],
    window: Window,
) -> None:
    pose = pose_of({**POINTS, **moved})
    pose[[joint for joint, place in moved.items() if place == (0.0, 0.0)]] = 0
    assert upper_window(pose, shape) == window


def test_key_points_move_with_the_window() -> None:
    """The earlier system added the window's corner instead of taking it off."""
    window = Window(60, 10, 480, 640)
    moved = window.pose(pose_of(POINTS))
    assert tuple(moved[Joint.NOSE]) == (240, 140, np.float32(0.9))
    assert tuple(moved[Joint.LEFT_HIP, :2]) == (290, 530)
    assert not moved[Joint.LEFT_ANKLE].any()  # it lies below the window
    assert not moved[Joint.LEFT_EYE].any()  # never seen: not the corner of the window


def test_a_cut_is_put_back_where_it_was() -> None:
    photo = frozen(np.arange(60 * 40 * 3).reshape(60, 40, 3).astype(np.uint8))
    window = Window(5, 7, 9, 12)
    shown = window.cut(photo)
    assert shown.shape == (12, 9, 3)
    assert not shown.flags.writeable
    assert (window.put_back(photo, shown) == photo).all()
    other = window.put_back(photo, frozen(255 - shown))
    changed = (other != photo).any(axis=2)
    assert changed[7:19, 5:14].all()
    assert changed.sum() == 12 * 9


def test_labels_are_not_mixed() -> None:
    """Between 5 and 17 lies 9, which nobody wears here."""
    parse = np.zeros((400, 300), np.uint8)
    parse[:200], parse[200:, 150:] = 5, 17
    photo = frozen(np.full((400, 300, 3), 90, np.uint8))
    picture, pose, labels = scaled(photo, pose_of(POINTS), frozen(parse), 256, 192)
    assert set(np.unique(labels)) == {0, 5, 17}
    assert (labels[:127] == 5).all()
    assert picture.shape == (256, 192, 3)
    assert (picture == 90).all()
    assert pose[Joint.NOSE, 0] == pytest.approx(300 * 192 / 300)
    assert pose[Joint.NOSE, 1] == pytest.approx(150 * 256 / 400)
    assert not pose[Joint.LEFT_EYE].any()


def test_the_whole_figure_keeps_its_feet() -> None:
    parse = np.zeros((1400, 1600), np.uint8)
    parse[60:930, 180:420] = 5
    window = figure_window(pose_of(POINTS), parse)
    assert window.top <= 40
    assert window.top + window.height >= 930 + 0.2 * 870
    assert window.left <= 180
    assert window.left + window.width >= 420
    assert window.width < 1600
    assert window == window_for("figure", pose_of(POINTS), parse)
    assert window_for("upper", pose_of(POINTS), parse) == upper_window(pose_of(POINTS), parse.shape)


def test_a_figure_that_fits_no_window_is_shown_whole() -> None:
    parse = np.zeros((300, 2000), np.uint8)
    parse[100:200, 100:1900] = 5
    pose = pose_of({Joint.NOSE: (150.0, 150.0), Joint.LEFT_HIP: (1000.0, 150.0)})
    assert figure_window(pose, parse) == Window.whole(parse.shape)
    assert figure_window(np.zeros((25, 3), np.float32), parse) == Window.whole(parse.shape)


@st.composite
def people(draw: st.DrawFn) -> tuple[Pose, tuple[int, int]]:
    """Any picture, any box in it or beyond it, joints anywhere in the box, some of them unseen."""
    shape = draw(st.tuples(st.integers(4, 3000), st.integers(3, 3000)))
    corner = draw(st.tuples(st.floats(-0.3, 1), st.floats(-0.3, 1)))
    extent = draw(st.tuples(st.floats(0.001, 1.2), st.floats(0.001, 1.2)))
    seed = draw(st.integers(0, 2**32 - 1))
    hidden = draw(st.sets(st.integers(0, 24), max_size=25))
    places = np.random.default_rng(seed).random((25, 2)) * extent + corner
    pose = np.ones((25, 3), np.float32)
    pose[:, :2] = places * (shape[1], shape[0])
    pose[list(hidden)] = 0
    return pose, shape


@settings(max_examples=80, deadline=None)
@given(people())
def test_every_window_lies_inside_has_its_shape_and_holds_its_key_points(
    drawn: tuple[Pose, tuple[int, int]],
) -> None:
    pose, shape = drawn
    window = upper_window(pose, shape)
    assert window.left >= 0
    assert window.top >= 0
    assert window.left + window.width <= shape[1]
    assert window.top + window.height <= shape[0]
    assert 4 * window.width == 3 * window.height > 0
    moved = window.pose(pose)
    seen = moved[:, 2] > 0
    assert (moved[seen, :2] >= 0).all()
    assert (moved[seen, :2] < (window.width, window.height)).all()
    assert not moved[~seen].any()
    back = moved[seen, :2] + (window.left, window.top)
    np.testing.assert_allclose(back, pose[seen, :2], atol=1e-2)


@settings(max_examples=60, deadline=None)
@given(people())
def test_no_key_point_of_the_rule_is_lost_where_a_window_can_hold_them(
    drawn: tuple[Pose, tuple[int, int]],
) -> None:
    pose, shape = drawn
    pose[:, 0] = np.clip(pose[:, 0], 0, shape[1] - 1)
    pose[:, 1] = np.clip(pose[:, 1], 0, shape[0] - 1)
    window = upper_window(pose, shape)
    largest = min(shape[0] // 4, shape[1] // 3)
    if window.width == 3 * largest:  # the picture may be too small for them
        return
    arms = [2, 3, 4, 5, 6, 7]
    kept = window.pose(pose)[arms, 2] > 0
    assert (kept | (pose[arms, 2] == 0)).all()


@settings(max_examples=30, deadline=None)
@given(people())
def test_a_figure_s_window_lies_inside_too(drawn: tuple[Pose, tuple[int, int]]) -> None:
    pose, shape = drawn
    shape = (min(shape[0], 700), min(shape[1], 700))
    parse = np.zeros(shape, np.uint8)
    parse[shape[0] // 4 : shape[0] // 2, shape[1] // 3 : shape[1] // 2 + 1] = 5
    window = figure_window(pose, parse)
    assert window.left >= 0
    assert window.left + window.width <= shape[1]
    assert window.top + window.height <= shape[0]
    if window != Window.whole(shape):
        assert 4 * window.width == 3 * window.height
        assert (window.cut(parse) == 5).sum() == (parse == 5).sum()
