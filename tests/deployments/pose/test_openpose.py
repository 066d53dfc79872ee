from __future__ import annotations

import json

import numpy as np
import pytest

from deployments.pose import draw_pose, from_openpose_json, to_openpose_json
from deployments.types import Joint, frozen


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
    with pytest.raises(ValueError, match=r"OpenPose|BODY_25"):
        from_openpose_json(text)


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
