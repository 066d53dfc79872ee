from __future__ import annotations

import numpy as np
import pytest

from deployments.anime.portrait import (
    LARGEST_SIDE,
    SMALLEST_SIDE,
    FaceNotFound,
    face_frame,
    mixed,
    put_back,
    take_out,
)
from deployments.types import Joint, Pose, frozen
from tests.deployments.anime.pictures import drawn_face, eyes, plain

LARGE = (4000, 4000)


def pose_of(right: tuple[float, float], left: tuple[float, float]) -> Pose:
    pose: Pose = np.zeros((25, 3), np.float32)
    pose[Joint.RIGHT_EYE] = (*right, 1)
    pose[Joint.LEFT_EYE] = (*left, 1)
    return pose


def test_the_eyes_are_level_in_the_square() -> None:
    frame = face_frame(pose_of((180, 210), (240, 250)), LARGE)
    points = np.array([[180, 210, 1], [240, 250, 1]]).T
    right, left = (frame.to_square @ points).T
    assert right[1] == pytest.approx(left[1])
    assert right[0] < frame.side / 2 < left[0]
    assert right[1] < frame.side / 2, "there is more face below the eyes than above"


@pytest.mark.parametrize(("distance", "side"), [(4, SMALLEST_SIDE), (3000, LARGEST_SIDE)])
def test_the_square_is_neither_tiny_nor_huge(distance: float, side: int) -> None:
    frame = face_frame(pose_of((100, 100), (100 + distance, 100)), LARGE)
    assert frame.side == side
    scale = np.hypot(*frame.to_square[:, 0])
    assert scale * distance == pytest.approx(side / 5.2, rel=0.01)


def test_from_the_side_the_ears_tell_the_size() -> None:
    pose = pose_of((200, 200), (220, 200))
    narrow = np.hypot(*face_frame(pose, LARGE).to_square[:, 0])
    pose[[Joint.RIGHT_EAR, Joint.LEFT_EAR]] = [(150, 205, 1), (260, 205, 1)]
    assert np.hypot(*face_frame(pose, LARGE).to_square[:, 0]) < narrow


def test_without_eyes_there_is_no_face() -> None:
    pose = pose_of((200, 200), (220, 200))
    pose[Joint.LEFT_EYE] = 0
    with pytest.raises(FaceNotFound) as caught:
        face_frame(pose, LARGE)
    assert caught.value.hint


def test_eyes_beyond_the_edge_are_no_face() -> None:
    with pytest.raises(FaceNotFound):
        face_frame(pose_of((200, -3), (220, -3)), (400, 400))


def test_what_is_put_back_unchanged_changes_little_and_nothing_outside() -> None:
    photo = drawn_face(900, 700)
    right, left = eyes(900, 700)
    frame = face_frame(pose_of(right, left), photo.shape)
    again = put_back(photo, take_out(photo, frame), frame)
    assert np.abs(again.astype(int) - photo).mean() < 2
    red = put_back(photo, plain(frame.side, frame.side, (255, 0, 0)), frame)
    assert (red[right[1], right[0]] == (255, 0, 0)).all()
    corners = red[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == photo[[0, 0, -1, -1], [0, -1, 0, -1]]).all()
    away = np.hypot(*(np.indices(photo.shape[:2]).transpose(1, 2, 0) - (right[1], 350)).T).T
    far = away > 0.75 * 5.2 * (left[0] - right[0])
    assert far.any()
    assert (red[far] == photo[far]).all()


def test_a_face_at_the_edge_of_the_photo() -> None:
    photo = drawn_face(300, 200)
    frame = face_frame(pose_of((5, 8), (60, 8)), photo.shape)
    assert take_out(photo, frame).shape == (frame.side, frame.side, 3)
    assert put_back(photo, take_out(photo, frame), frame).shape == photo.shape


def test_strength_runs_from_the_photo_to_the_drawing() -> None:
    photo, drawn = frozen(plain(4, 4, (0, 100, 200))), frozen(plain(4, 4, (200, 100, 0)))
    assert mixed(photo, drawn, 0) is photo
    assert mixed(photo, drawn, 1) is drawn
    assert (mixed(photo, drawn, 0.25)[0, 0] == (50, 100, 150)).all()
