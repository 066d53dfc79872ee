from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from deployments.densepose import DensePose, Part, colours
from deployments.densepose.approximate import approximate
from deployments.densepose.parts import COLOURS
from deployments.types import Joint, Label, Pose, frozen
from tests.deployments.poses import standing
from tests.deployments.test_agnostic import figure
from weights.store import Store


def at(parts: NDArray[np.uint8], pose: Pose, *joints: Joint) -> int:
    x, y = pose[list(joints), :2].mean(0).round().astype(int)
    return int(parts[y, x])


def test_each_limb_gets_its_part() -> None:
    _, parse, pose = figure()
    parts = approximate(pose, parse)
    assert at(parts, pose, Joint.NECK, Joint.MID_HIP) == Part.TORSO_FRONT
    left = {Part.LEFT_FOREARM_INNER, Part.LEFT_FOREARM_OUTER}
    assert at(parts, pose, Joint.LEFT_ELBOW, Joint.LEFT_WRIST) in left
    elbow, wrist = pose[Joint.RIGHT_ELBOW, :2], pose[Joint.RIGHT_WRIST, :2]
    x, y = (wrist + 0.6 * (wrist - elbow)).astype(int)
    assert parts[y, x] == Part.RIGHT_HAND
    assert not parts[parse == 0].any()
    assert not parts.flags.writeable


def test_seen_from_behind_the_torso_is_its_back() -> None:
    _, parse, pose = figure()
    turned = pose.copy()
    turned[:, 0] = parse.shape[1] - turned[:, 0]
    turned[[0, 15, 16]] = 0
    assert at(approximate(turned, parse), turned, Joint.NECK, Joint.MID_HIP) == Part.TORSO_BACK


def test_the_face_is_parted_at_the_nose() -> None:
    pose = standing()
    parse = np.zeros((400, 300), np.uint8)
    parse[30:95, 120:180] = Label.FACE
    parts = approximate(pose, frozen(parse))
    assert parts[60, 130] == Part.HEAD_RIGHT
    assert parts[60, 170] == Part.HEAD_LEFT


def test_a_wide_skirt_is_not_all_body() -> None:
    pose = standing()
    parse = np.zeros((400, 300), np.uint8)
    parse[235:340, 20:280] = Label.SKIRT
    parts = approximate(pose, frozen(parse))
    assert parts[290, 126] == Part.RIGHT_THIGH_FRONT
    assert parts[290, 30] == 0


@pytest.mark.parametrize("missing", [tuple(Joint), (1, 2, 5), (9, 12, 8), (3, 4, 6, 7), (10, 13)])
def test_without_joints_the_labels_tell_what_they_can(missing: tuple[int, ...]) -> None:
    _, parse, pose = figure()
    gone = pose.copy()
    gone[list(missing)] = 0
    parts = approximate(gone, parse)
    assert parts.shape == parse.shape
    assert parts.max() <= 24
    assert not parts[parse == 0].any()
    assert np.count_nonzero(parts) > 0.5 * np.count_nonzero(parse)


def test_an_arm_without_elbow_is_straight() -> None:
    _, parse, pose = figure()
    gone = pose.copy()
    gone[[Joint.LEFT_ELBOW, Joint.RIGHT_ELBOW]] = 0
    parts = approximate(gone, parse)
    left = {Part.LEFT_UPPER_ARM_INNER, Part.LEFT_UPPER_ARM_OUTER}
    assert at(parts, pose, Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW) in left


def test_the_approximation_names_itself(tmp_path: Path) -> None:
    photo, parse, pose = figure(0.5)
    assert DensePose(Store(tmp_path))(photo, pose, parse).method == "pose-and-parse"


def test_the_colours_are_those_of_the_published_data(shared: Path) -> None:
    with PIL.Image.open(shared / "photos" / "preprocessed" / "00001_00_densepose.jpg") as picture:
        seen = np.asarray(picture, np.int32)[::4, ::4]
    away = np.stack([np.abs(seen - colour).sum(-1) for colour in COLOURS])
    nearest = away.argmin(0).astype(np.uint8)
    large = [part for part in range(25) if (nearest == part).sum() > 3000 / 16]
    assert len(large) >= 14
    for part in large:
        median = np.median(seen[nearest == part], axis=0)
        assert np.abs(median - colours(np.array([[part]], np.uint8))[0, 0]).max() <= 2, part


def test_the_approximation_looks_like_the_published_picture(shared: Path) -> None:
    """One real DensePose picture is at hand: coarse limbs must agree with it."""
    folder = shared / "photos" / "preprocessed"
    with PIL.Image.open(folder / "00001_00_densepose.jpg") as picture:
        seen = np.asarray(picture, np.int32)[::4, ::4]
    truth = np.stack([np.abs(seen - colour).sum(-1) for colour in COLOURS]).argmin(0)
    with PIL.Image.open(folder / "00001_00_parse_v3.png") as picture:
        parse = np.asarray(picture, np.uint8)
    pose = np.zeros((25, 3), np.float32)
    for joint, place in POSE.items():
        pose[joint] = (*place, 1)
    parts = approximate(pose, frozen(parse))[::4, ::4]
    for limb in ((1, 2), (15, 17), (16, 18), (19, 21), (20, 22), (23, 24), (9,), (10,)):
        ours, theirs = np.isin(parts, limb), np.isin(truth, limb)
        share = (ours & theirs).sum() / (ours | theirs).sum()
        assert share > 0.5, (limb, share)


POSE: dict[Joint, tuple[float, float]] = {
    Joint.NOSE: (367, 238),
    Joint.NECK: (365, 420),
    Joint.RIGHT_SHOULDER: (224, 415),
    Joint.RIGHT_ELBOW: (188, 627),
    Joint.RIGHT_WRIST: (188, 791),
    Joint.LEFT_SHOULDER: (506, 425),
    Joint.LEFT_ELBOW: (526, 631),
    Joint.LEFT_WRIST: (515, 797),
    Joint.MID_HIP: (349, 816),
    Joint.RIGHT_HIP: (273, 814),
    Joint.RIGHT_KNEE: (274, 1031),
    Joint.LEFT_HIP: (426, 817),
    Joint.LEFT_KNEE: (428, 1036),
    Joint.RIGHT_EYE: (337, 211),
    Joint.LEFT_EYE: (396, 211),
}
"""Joints of the person in that picture."""
