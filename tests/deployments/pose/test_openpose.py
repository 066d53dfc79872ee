from __future__ import annotations

import json

import numpy as np
import pytest

from deployments.pose import (
    draw_pose,
    from_openpose,
    from_openpose_json,
    placed,
    to_openpose_json,
)
from deployments.types import Joint, PoseUncertain, PoseUnreadable, frozen


def a_pose() -> np.ndarray:
    pose = np.zeros((25, 3), np.float32)
    pose[Joint.NECK] = 30.25, 20.5, 0.9
    pose[Joint.RIGHT_SHOULDER] = 10, 20.5, 0.75
    return pose


def test_there_and_back() -> None:
    text = to_openpose_json(a_pose())
    assert np.allclose(from_openpose_json(text), a_pose(), atol=1e-4)
    written = json.loads(text)
    assert written["version"] == 1.3
    assert len(written["people"][0]["pose_keypoints_2d"]) == 75
    assert written["people"][0]["hand_left_keypoints_2d"] == []


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        '{"people": []}',
        '{"people": [{"pose_keypoints_2d": [1, 2]}]}',
        '{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}',
        "[]",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(PoseUnreadable, match=r"OpenPose|BODY_25") as refused:
        from_openpose_json(text)
    assert "COCO-18" in refused.value.hint


def sent(points: np.ndarray, name: str = "pose_keypoints_2d") -> dict[str, object]:
    return {"people": [{name: points.reshape(-1).tolist()}]}


@pytest.mark.parametrize(
    "wrong",
    [
        np.full((25, 3), np.nan),
        np.full((25, 3), 1e9),
        np.full((25, 3), -1.0),
        np.zeros((25, 3)),
        np.full((25, 3), 0.5),  # parts of the picture's sides
    ],
)
def test_numbers_that_are_no_key_points_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(PoseUnreadable):
        from_openpose(sent(wrong))


def test_coco_18_lands_in_body_25() -> None:
    """The hips are what earlier systems got wrong: its 8 and 11 are 9 and 12 there."""
    points = np.array([(10 + n, 100 + n, 0.9) for n in range(18)])
    for name in ("pose_keypoints_2d", "pose_keypoints"):
        pose = from_openpose(sent(points, name))
        assert pose[Joint.RIGHT_HIP, :2].tolist() == [18, 108]
        assert pose[Joint.RIGHT_KNEE, :2].tolist() == [19, 109]
        assert pose[Joint.LEFT_HIP, :2].tolist() == [21, 111]
        assert pose[Joint.LEFT_ANKLE, :2].tolist() == [23, 113]
        assert pose[Joint.LEFT_EAR, :2].tolist() == [27, 117]
        assert pose[Joint.MID_HIP, :2].tolist() == [19.5, 109.5]
        assert not pose[Joint.LEFT_BIG_TOE :].any()


def test_the_largest_of_several_people_is_meant() -> None:
    small, large = a_pose(), a_pose() * np.array([4, 4, 1])
    said = {"people": [sent(one)["people"][0] for one in (small, large)]}  # type: ignore[index]
    assert np.allclose(from_openpose(said), large, atol=1e-4)


def test_key_points_move_to_the_size_of_the_picture() -> None:
    moved = placed(a_pose(), (50, 80, 3), taken_from=160)
    assert moved[Joint.RIGHT_SHOULDER].tolist() == [5, 10.25, 0.75]
    with pytest.raises(PoseUnreadable, match="outside"):
        placed(a_pose() * np.array([9, 9, 1], np.float32), (50, 80, 3))
    headless = np.zeros((25, 3), np.float32)
    headless[Joint.LEFT_KNEE] = 20, 20, 1
    with pytest.raises(PoseUncertain):
        placed(headless, (50, 80, 3))


def test_drawing_puts_the_bones_colour_between_two_joints() -> None:
    image = frozen(np.zeros((40, 60, 3), np.uint8))
    drawn = draw_pose(image, a_pose(), opacity=1.0)
    assert drawn[20, 20].tolist() == [255, 85, 0]
    assert not drawn[35].any()
    assert not image.any()


def test_openpose_files_of_others_are_read(shared: object) -> None:
    from tests.conftest import SHARED

    folder = SHARED / "photos" / "preprocessed" / "vitonhd" / "openpose-json"
    poses = [from_openpose_json(path.read_text()) for path in sorted(folder.glob("*.json"))]
    assert len(poses) == 12
    assert all(pose[Joint.NECK, 2] > 0.5 for pose in poses)
