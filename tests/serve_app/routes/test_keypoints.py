"""A pose and a parser of the caller's own choice."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.serve_app.routes.conftest import Submit, photo
from tests.serve_app.routes.test_submit import text


def openpose(numbers: int = 75, name: str = "pose_keypoints_2d") -> dict[str, Any]:
    return {"version": 1.3, "people": [{"person_id": [-1], name: [1.5] * numbers}]}


@pytest.mark.parametrize(("numbers", "name"), [(75, "pose_keypoints_2d"), (54, "pose_keypoints")])
def test_key_points_go_with_the_job(submit: Submit, numbers: int, name: str) -> None:
    job = submit(pose=json.dumps(openpose(numbers, name))).json()
    assert job["parameters"]["pose"] == {"people": [{"pose_keypoints_2d": [1.5] * numbers}]}
    assert job["parameters"]["pose_width"] == 90  # that of the photo as it was sent


def test_json_may_hold_the_object_itself(client: httpx.Client, guest: dict[str, str]) -> None:
    body = {"person": text(photo(1)), "garment": text(photo(2)), "pose": openpose()}
    job = client.post("/v1/tryon", headers=guest, json={**body, "pose_width": 768}).json()
    assert len(job["parameters"]["pose"]["people"][0]["pose_keypoints_2d"]) == 75
    assert job["parameters"]["pose_width"] == 768


@pytest.mark.parametrize(
    ("pose", "what"),
    [
        ("no json", "not JSON"),
        ("{}", "people"),
        ('{"people": []}', "people"),
        (json.dumps(openpose(51)), "51 numbers"),
        (json.dumps(openpose()).replace("1.5", '"x"'), "pose_keypoints_2d"),
        (json.dumps(openpose()).replace("1.5", "NaN"), "pose_keypoints_2d"),
        ("[" * 5000, "not JSON"),
    ],
)
def test_other_poses_are_refused_by_name(submit: Submit, pose: str, what: str) -> None:
    answer = submit(pose=pose)
    assert answer.status_code == 422
    assert answer.json()["error"]["name"] == "InvalidRequest"
    assert what in answer.json()["error"]["message"]


def test_a_parser_that_is_not_here_is_refused(submit: Submit) -> None:
    answer = submit(parser="none-such")
    assert answer.status_code == 422
    assert answer.json()["error"]["name"] == "EngineUnknown"
