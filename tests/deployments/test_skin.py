from __future__ import annotations

import numpy as np
import pytest

from deployments import skin
from deployments.types import Joint, Label, Pose
from tests.deployments.poses import standing

EVERYWHERE = np.full((400, 300), 1, np.uint8)

SPOTS = {
    (150, 60): Label.FACE,
    (150, 30): Label.FACE,
    (134, 56): Label.FACE,
    (150, 98): Label.TORSO_SKIN,
    (150, 120): Label.TORSO_SKIN,
    (95, 135): Label.RIGHT_ARM,
    (205, 135): Label.LEFT_ARM,
    (52, 226): Label.RIGHT_ARM,
    (248, 226): Label.LEFT_ARM,
    (126, 290): Label.RIGHT_LEG,
    (174, 350): Label.LEFT_LEG,
}


@pytest.mark.parametrize(("spot", "label"), SPOTS.items(), ids=str)
def test_skin_gets_the_name_of_the_nearest_part(spot: tuple[int, int], label: Label) -> None:
    labels = skin.split_skin(EVERYWHERE, standing())
    assert labels[spot[1], spot[0]] == label


def test_a_larger_photo_is_split_alike() -> None:
    large = skin.split_skin(np.full((1600, 1200), 1, np.uint8), standing(scale=4))
    small = skin.split_skin(EVERYWHERE, standing())
    assert large.shape == (1600, 1200)
    assert (large[2::4, 2::4] == small).mean() > 0.97


def test_skin_keeps_its_shape() -> None:
    mask = np.zeros((400, 300), np.uint8)
    mask[50:53, 140:160] = 255
    labels = skin.split_skin(mask, standing())
    np.testing.assert_array_equal(labels > 0, mask > 0)
    assert not skin.split_skin(np.zeros_like(mask), standing()).any()


def test_the_face_ends_at_the_chin_and_below_the_ears() -> None:
    face = skin.face_of(standing())
    assert face is not None
    assert 25 < face.chin < 36
    chin = face.origin + face.chin * face.down
    around = chin + np.array([(0, -2), (0, 3), (14, -4)])
    assert face.contains(around).tolist() == [True, False, False]


@pytest.mark.parametrize(
    "gone",
    [
        {Joint.NOSE},
        {Joint.LEFT_EYE, Joint.LEFT_EAR},
        {Joint.LEFT_EYE, Joint.RIGHT_EYE},
        {Joint.NECK},
        {Joint.MID_HIP, Joint.LEFT_HIP, Joint.RIGHT_HIP},
        {Joint.LEFT_WRIST, Joint.LEFT_ELBOW, Joint.RIGHT_KNEE},
    ],
    ids=lambda gone: "+".join(sorted(joint.name for joint in gone)),
)
def test_missing_key_points_cost_no_skin(gone: set[Joint]) -> None:
    pose = standing(without=frozenset(gone))
    labels = skin.split_skin(EVERYWHERE, pose)
    assert (labels > 0).all()
    assert labels[60, 150] == Label.FACE
    assert labels[135, 95] == Label.RIGHT_ARM


def test_without_any_pose_skin_is_still_named() -> None:
    labels = skin.split_skin(EVERYWHERE, np.zeros((25, 3), np.float32))
    assert set(np.unique(labels)) == {Label.FACE, Label.TORSO_SKIN}


def test_a_hand_at_the_cheek_stays_a_hand() -> None:
    pose = standing().copy()
    pose[Joint.RIGHT_ELBOW] = (100, 130, 0.9)
    pose[Joint.RIGHT_WRIST] = (128, 74, 0.9)
    labels = skin.split_skin(EVERYWHERE, pose)
    assert labels[70, 130] == Label.RIGHT_ARM
    assert labels[58, 155] == Label.FACE


def _shoes() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    mask = np.zeros((400, 300), np.uint8)
    mask[380:395, 112:134] = mask[380:395, 166:190] = 1
    return mask


@pytest.mark.parametrize("pose", [standing(), np.zeros((25, 3), np.float32)], ids=["legs", "none"])
def test_shoes_are_told_apart(pose: Pose) -> None:
    labels = skin.split_sides(_shoes(), pose, Label.LEFT_SHOE, Label.RIGHT_SHOE)
    assert (labels[380:395, 112:134] == Label.RIGHT_SHOE).all()
    assert (labels[380:395, 166:190] == Label.LEFT_SHOE).all()
    assert not labels[:380].any()


def test_crossed_feet_follow_the_legs() -> None:
    pose = standing().copy()
    pose[[Joint.LEFT_KNEE, Joint.RIGHT_KNEE], 0] = (140, 160)
    pose[[Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE], 0] = (122, 178)
    labels = skin.split_sides(_shoes(), pose, Label.LEFT_SHOE, Label.RIGHT_SHOE)
    assert labels[390, 120] == Label.LEFT_SHOE
    assert labels[390, 180] == Label.RIGHT_SHOE


def test_fingers_on_the_thigh_are_not_leg() -> None:
    pose = standing().copy()
    pose[Joint.RIGHT_WRIST] = (112, 214, 0.9)
    mask = np.zeros((400, 300), np.uint8)
    for row in range(165, 250):  # a forearm with a long hand, on the thigh; the trousers hide legs
        middle = 80 + int((row - 160) * 32 / 54)
        mask[row, middle - 8 : middle + 8] = 1
    labels = skin.split_skin(mask, pose)
    assert set(np.unique(labels)) == {0, Label.RIGHT_ARM}
