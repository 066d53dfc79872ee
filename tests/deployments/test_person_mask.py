from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from deployments.person_mask import ISNET, SELFIE, PersonMask, main_parts, near_the_bones
from deployments.pose import PoseEstimator
from deployments.types import Image, Joint, Mask, PersonNotFound, Pose
from weights.store import Store


def a_pose() -> Pose:
    pose = np.zeros((25, 3), np.float32)
    for joint, x, y in (
        (Joint.NECK, 50, 30), (Joint.LEFT_SHOULDER, 65, 30), (Joint.RIGHT_SHOULDER, 35, 30),
        (Joint.MID_HIP, 50, 80), (Joint.LEFT_HIP, 60, 80), (Joint.RIGHT_HIP, 40, 80),
        (Joint.LEFT_KNEE, 60, 120), (Joint.RIGHT_KNEE, 40, 120),
    ):  # fmt: skip
        pose[joint] = x, y, 0.9
    return pose


def two_bodies() -> Mask:
    mask = np.zeros((200, 300), np.uint8)
    mask[20:180, 30:70] = 255
    mask[10:190, 200:280] = 255
    return mask


def test_the_pose_says_who_is_meant() -> None:
    kept = near_the_bones(two_bodies(), a_pose())
    assert (kept[30:170, 35:65] == 255).all()
    assert not kept[:, 150:].any()


def test_what_hangs_together_but_reaches_too_far_is_cut_off() -> None:
    mask = two_bodies()
    mask[100:104, 60:210] = 255  # a railing
    kept = near_the_bones(mask, a_pose())
    assert (kept[30:100, 35:65] == 255).all()
    assert not kept[:, 200:].any()


def test_below_the_last_joint_all_of_the_part_stays() -> None:
    kept = near_the_bones(two_bodies(), a_pose())
    assert (kept[150:178, 35:65] == 255).all()


def test_legs_alone_keep_all_that_hangs_together_with_them() -> None:
    pose = a_pose()
    pose[[Joint.NECK, Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER]] = 0
    kept = near_the_bones(two_bodies(), pose)
    assert (kept[20:180, 30:70] == 255).all()
    assert not kept[:, 150:].any()


def test_without_a_pose_large_parts_stay_and_specks_go() -> None:
    mask = two_bodies()
    mask[5:9, 120:124] = 255
    kept = main_parts(mask)
    assert kept[100, 50] == kept[100, 240] == 255
    assert not kept[:20, 110:130].any()
    assert not main_parts(np.zeros((20, 20), np.uint8)).any()


def test_the_soft_rim_stays() -> None:
    mask = two_bodies()
    mask[20:180, 70:72] = 60
    assert (main_parts(mask)[50:150, 70:72] == 60).all()


@pytest.fixture(scope="module")
def coarse(store: Store, tmp_path_factory: pytest.TempPathFactory) -> PersonMask:
    """As it is where ISNet could not be fetched."""
    root = tmp_path_factory.mktemp("weights")
    shutil.copytree(store.root / "selfie", root / "selfie")
    return PersonMask(replace(store, root=root, mirror=None))


def test_both_methods_agree_and_are_named(
    store: Store, coarse: PersonMask, person_photo: Image
) -> None:
    pose = PoseEstimator(store)(person_photo)
    fine = PersonMask(store)
    one, other = fine(person_photo, pose), coarse(person_photo, pose)
    assert (one.method, other.method) == (ISNET, SELFIE)
    assert one.mask.shape == person_photo.shape[:2]
    assert not one.mask.flags.writeable
    both = (one.mask > 127) & (other.mask > 127)
    assert both.sum() / ((one.mask > 127) | (other.mask > 127)).sum() > 0.85


def test_nobody_in_an_empty_room(coarse: PersonMask) -> None:
    with pytest.raises(PersonNotFound) as caught:
        coarse(np.full((200, 150, 3), 190, np.uint8))
    assert caught.value.hint
