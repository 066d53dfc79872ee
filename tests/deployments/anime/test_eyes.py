"""Enlarged eyes: where, how much, and what stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

from deployments.anime.eyes import enlarge_eyes
from deployments.types import Image, Joint, Pose

_MIDDLES = ((70.0, 60.0), (130.0, 60.0))


def _face(radius: int = 8) -> Image:
    photo = np.full((140, 200, 3), 200, np.uint8)
    y, x = np.mgrid[:140, :200]
    for middle in _MIDDLES:
        photo[np.hypot(x - middle[0], y - middle[1]) <= radius] = 30
    return photo


def _pose(score: float = 0.9) -> Pose:
    pose = np.zeros((25, 3), np.float32)
    for joint, middle in zip((Joint.RIGHT_EYE, Joint.LEFT_EYE), _MIDDLES, strict=True):
        pose[joint] = (*middle, score)
    return pose


def _dark(photo: Image) -> float:
    return float((photo[..., 0] < 115).sum())


def test_eyes_grow_with_the_amount() -> None:
    sizes = [_dark(enlarge_eyes(_face(), _pose(), amount)) for amount in (0.0, 0.5, 1.0)]
    assert sizes == sorted(sizes)
    assert sizes[1] / sizes[0] == pytest.approx(1.25**2, rel=0.15)
    assert sizes[2] / sizes[0] == pytest.approx(1.5**2, rel=0.2)


def test_what_is_far_from_the_eyes_stays() -> None:
    photo = _face()
    photo[100:] = np.random.default_rng(1).integers(0, 255, (40, 200, 3), np.uint8)
    larger = enlarge_eyes(photo, _pose(), 1.0)
    assert (larger[100:] == photo[100:]).all()
    assert (larger[:20] == photo[:20]).all()
    middles = [larger[int(y), int(x), 0] for x, y in _MIDDLES]
    assert max(middles) < 60, "the eyes are where they were"


def test_one_eye_alone_is_left_alone() -> None:
    pose = _pose()
    pose[Joint.LEFT_EYE] = 0
    photo = _face()
    assert enlarge_eyes(photo, pose, 1.0) is photo
    assert enlarge_eyes(photo, _pose(0.2), 1.0) is photo


@pytest.mark.parametrize("shift", [(-68.0, -58.0), (68.0, 78.0)])
def test_eyes_at_the_photos_edge(shift: tuple[float, float]) -> None:
    pose = _pose()
    pose[:, :2] += shift
    assert enlarge_eyes(_face(), pose, 1.0).shape == (140, 200, 3)
