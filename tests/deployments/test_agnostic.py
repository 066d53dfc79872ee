"""The agnostic pictures beside a literal re-statement of the published rule, and without joints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray
from PIL import ImageDraw

from deployments.agnostic import GREY, agnostic_parse, agnostic_photo, scale_of
from deployments.pose import from_openpose_json
from deployments.skeleton import NEEDED, missing, skeleton_of
from deployments.types import Joint, Label, Pose, frozen
from tests.deployments.poses import standing

WIDTH, HEIGHT = 768, 1024


def around(at: NDArray[np.float64], across: float, down: float) -> tuple[float, ...]:
    return (at[0] - across, at[1] - down, at[0] + across, at[1] + down)


def published_photo(
    photo: NDArray[np.uint8], parse: NDArray[np.uint8], points: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Step by step as the facts of the rule have it, for a picture of 768×1024 and all joints."""
    p = points.copy()
    a, b = np.linalg.norm(p[5] - p[2]), np.linalg.norm(p[12] - p[9])
    mid = (p[9] + p[12]) / 2
    p[9], p[12] = mid + (p[9] - mid) / b * a, mid + (p[12] - mid) / b * a
    r = int(a / 16) + 1
    picture = PIL.Image.fromarray(photo)
    pen = ImageDraw.Draw(picture)

    def line(one: int, two: int, width: int) -> None:
        pen.line([tuple(p[one]), tuple(p[two])], "gray", width=width)

    for hip in (9, 12):
        pen.ellipse(around(p[hip], 3 * r, 6 * r), "gray", "gray")
    line(2, 9, 6 * r)
    line(5, 12, 6 * r)
    line(9, 12, 12 * r)
    pen.polygon([tuple(p[one]) for one in (2, 5, 12, 9)], "gray", "gray")
    pen.rectangle((p[1][0] - 5 * r, p[1][1] - 9 * r, p[1][0] + 5 * r, p[1][1]), "gray", "gray")
    line(2, 5, 12 * r)
    for shoulder in (2, 5):
        pen.ellipse(around(p[shoulder], 5 * r, 6 * r), "gray", "gray")
    for joint in (3, 4, 6, 7):
        if p[joint - 1].any() and p[joint].any():
            line(joint - 1, joint, 10 * r)
            pen.ellipse(around(p[joint], 5 * r, 5 * r), "gray", "gray")
    result = np.array(picture)
    for label, joints in ((14, (5, 6, 7)), (15, (2, 3, 4))):
        hand = outside_of_arm(p, joints, r) & (parse == label)
        result[hand] = photo[hand]
    kept = np.isin(parse, (4, 13, 9, 12, 16, 17, 18, 19))
    result[kept] = photo[kept]
    return result


def outside_of_arm(p: NDArray[np.float64], joints: tuple[int, ...], r: int) -> NDArray[np.bool_]:
    picture = PIL.Image.new("L", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(picture)
    last = p[joints[0]]
    pen.ellipse(around(last, 5 * r, 6 * r), "black", "black")
    for joint in joints[1:]:
        if not (p[joint - 1].any() and p[joint].any()):
            continue
        pen.line([tuple(p[joint - 1]), tuple(p[joint])], "black", width=10 * r)
        last = p[joint]
        if joint != joints[-1]:
            pen.ellipse(around(last, 5 * r, 5 * r), "black", "black")
    pen.ellipse(around(last, 4 * r, 4 * r), "black", "black")
    return np.array(picture) > 0


def published_parse(parse: NDArray[np.uint8], p: NDArray[np.float64]) -> NDArray[np.uint8]:
    result = parse.copy()
    for label, joints in ((14, (2, 5, 6, 7)), (15, (5, 2, 3, 4))):
        picture = PIL.Image.new("L", (WIDTH, HEIGHT), "black")
        pen = ImageDraw.Draw(picture)
        before = joints[0]
        for joint in joints[1:]:
            if not (p[before].any() and p[joint].any()):
                continue
            pen.line([tuple(p[before]), tuple(p[joint])], "white", width=100)
            radius = 40 if joint == joints[-1] else 150
            pen.ellipse(around(p[joint], radius, radius), "white", "white")
            before = joint
        result[(np.array(picture) > 0) & (parse == label)] = 0
    result[np.isin(parse, (5, 6, 7, 10))] = 0
    return result


def prepared(shared: Path) -> list[tuple[str, Any, Any, str]]:
    folder = shared / "photos" / "preprocessed" / "vitonhd"
    found = []
    for file in sorted((folder / "openpose-json").glob("*.json")):
        name = file.name.removesuffix("_keypoints.json")
        with PIL.Image.open(folder / "image" / f"{name}.jpg") as picture:
            photo = np.array(picture.convert("RGB"))
        with PIL.Image.open(folder / "image-parse" / f"{name}.png") as picture:
            parse = np.array(picture)
        if photo.shape[:2] == parse.shape == (HEIGHT, WIDTH):
            found.append((name, photo, parse, file.read_text()))
    return found


def test_golden_pictures_are_those_of_the_published_rule(shared: Path) -> None:
    compared = 0
    for name, photo, parse, text in prepared(shared):
        numbers = json.loads(text)["people"][0]["pose_keypoints_2d"]
        points = np.array(numbers).reshape(-1, 3)[:, :2]
        pose = from_openpose_json(text)
        assert (agnostic_parse(frozen(parse), pose) == published_parse(parse, points)).all(), name
        if missing(pose):
            continue  # there the rule masks the corner of the picture
        ours = agnostic_photo(frozen(photo), frozen(parse), pose)
        assert (ours == published_photo(photo, parse, points)).all(), name
        compared += 1
    assert compared >= 5


def figure(scale: float = 1.0) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Pose]:
    """A standing person with a top, bare arms and hands, in a picture of 768×1024 times `scale`."""
    size = (round(HEIGHT * scale), round(WIDTH * scale))
    pose = standing() * np.array([2.56 * scale, 2.56 * scale, 1], np.float32)
    parse = np.zeros(size, np.uint8)
    points = pose[:, :2].round().astype(int)

    def limb(start: Joint, end: Joint, label: Label, width: float) -> None:
        picture = PIL.Image.fromarray(parse)
        ends = [tuple(points[start]), tuple(points[end])]
        ImageDraw.Draw(picture).line(ends, int(label), round(width * scale))
        parse[:] = np.asarray(picture)

    limb(Joint.NECK, Joint.MID_HIP, Label.UPPER_CLOTHES, 180)
    for side, label in (("LEFT", Label.LEFT_ARM), ("RIGHT", Label.RIGHT_ARM)):
        limb(Joint[f"{side}_SHOULDER"], Joint[f"{side}_ELBOW"], label, 40)
        beyond = pose[Joint[f"{side}_WRIST"], :2] - pose[Joint[f"{side}_ELBOW"], :2]
        points[Joint.NOSE] = (pose[Joint[f"{side}_WRIST"], :2] + beyond).round()
        limb(Joint[f"{side}_ELBOW"], Joint.NOSE, label, 40)
    photo = np.full((*size, 3), 200, np.uint8)
    photo[parse == Label.UPPER_CLOTHES] = (200, 30, 30)
    pose.setflags(write=False)
    return frozen(photo), frozen(parse), pose


def test_the_old_garment_is_gone_and_the_hands_stay() -> None:
    photo, parse, pose = figure()
    agnostic = agnostic_photo(photo, parse, pose)
    assert not (agnostic == (200, 30, 30)).all(-1).any()
    elbow, wrist = pose[Joint.LEFT_ELBOW, :2], pose[Joint.LEFT_WRIST, :2]
    x, y = (wrist + 0.9 * (wrist - elbow)).astype(int)
    assert parse[y, x] == Label.LEFT_ARM
    assert (agnostic[y, x] == photo[y, x]).all()
    assert agnostic_parse(parse, pose)[y, x] == Label.LEFT_ARM
    x, y = ((elbow + wrist) / 2).astype(int)
    assert tuple(agnostic[y, x]) == GREY
    assert agnostic_parse(parse, pose)[y, x] == 0
    assert not agnostic.flags.writeable


def test_everything_is_scaled_with_the_picture() -> None:
    whole = agnostic_photo(*figure())[::2, ::2]
    half = agnostic_photo(*figure(0.5))
    grey = [(one == GREY).all(-1) for one in (whole, half)]
    assert scale_of(half.shape) == 0.5
    assert (grey[0] != grey[1]).mean() < 0.01
    labels = [agnostic_parse(*figure(scale)[1:]) for scale in (1.0, 0.5)]
    assert (labels[0][::2, ::2] != labels[1]).mean() < 0.01


def without(pose: Pose, *joints: Joint) -> Pose:
    changed = pose.copy()
    changed[list(joints)] = 0
    return changed


CASES = {
    "nothing": tuple(Joint),
    "legs only": tuple(joint for joint in Joint if joint not in (9, 10, 11, 12, 13, 14, 8)),
    "missing hips": (Joint.LEFT_HIP, Joint.RIGHT_HIP, Joint.MID_HIP),
    "one hip": (Joint.LEFT_HIP,),
    "cut-off shoulder": (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_WRIST),
    "no shoulders": (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER),
    "no neck": (Joint.NECK, Joint.RIGHT_SHOULDER),
    "no elbows": (Joint.LEFT_ELBOW, Joint.RIGHT_ELBOW),
    "no wrists": (Joint.LEFT_WRIST, Joint.RIGHT_WRIST),
}


@pytest.mark.parametrize("case", CASES)
def test_missing_joints_are_guessed_and_no_garment_shows(case: str) -> None:
    photo, parse, pose = figure()
    gone = without(pose, *CASES[case])
    agnostic = agnostic_photo(photo, parse, gone)
    assert not (agnostic == (200, 30, 30)).all(-1).any()
    assert (agnostic[-1] == photo[-1]).all()  # the corner that the rule would mask, and the feet's
    assert (agnostic[0] == photo[0]).all()
    left = agnostic_parse(parse, gone)
    assert not np.isin(left, (5, 6, 7, 10)).any()
    assert set(missing(gone)) == set(NEEDED) & set(CASES[case])


def test_guessed_joints_are_near_the_true_ones() -> None:
    pose = figure()[2]
    whole = skeleton_of(pose, (HEIGHT, WIDTH))
    assert whole is not None
    for case in ("missing hips", "one hip", "no neck", "cut-off shoulder", "no shoulders"):
        guessed = skeleton_of(without(pose, *CASES[case]), (HEIGHT, WIDTH))
        assert guessed is not None
        for joint in (1, 2, 5, 9, 12):
            away = np.linalg.norm(guessed.points[joint] - whole.points[joint])
            assert away < 0.5 * whole.breadth, (case, joint)


def test_back_and_side_views_and_crossed_arms() -> None:
    photo, parse, pose = figure()
    turned = pose.copy()
    turned[:, 0] = WIDTH - turned[:, 0]  # left and right change sides, as seen from behind
    assert not (agnostic_photo(photo, parse, turned) == (200, 30, 30)).all(-1).any()
    aside = pose.copy()
    aside[:, 0] = aside[Joint.NECK, 0]
    skeleton = skeleton_of(aside, (HEIGHT, WIDTH))
    assert skeleton is not None
    assert skeleton.breadth > 50
    assert (agnostic_photo(photo, parse, aside) == GREY).all(-1).sum() > 10_000
    crossed = pose.copy()
    crossed[[Joint.LEFT_WRIST, Joint.RIGHT_WRIST]] = pose[[Joint.RIGHT_ELBOW, Joint.LEFT_ELBOW]]
    assert not np.isin(agnostic_parse(parse, crossed), (5, 6, 7, 10)).any()


def test_numbers_that_are_none_do_no_harm() -> None:
    photo, parse, pose = figure(0.25)
    wild = pose.copy()
    wild[Joint.LEFT_HIP, 0] = np.nan
    wild[Joint.LEFT_WRIST, :2] = 1e30
    assert agnostic_photo(photo, parse, wild).shape == photo.shape
    assert agnostic_parse(parse, wild).shape == parse.shape
