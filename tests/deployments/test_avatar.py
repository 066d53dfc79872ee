"""From a photo to an avatar: the whole, the face alone, larger eyes."""

from __future__ import annotations

import numpy as np
import pytest

import graph
from deployments.types import Image, Joint, PersonNotFound
from weights.store import Store


@pytest.fixture(scope="module")
def studio(store: Store) -> graph.Studio:
    return graph.Studio(store)


def test_larger_eyes_change_the_drawing_at_the_eyes(
    studio: graph.Studio, person_photo: Image
) -> None:
    plain = studio.anime(person_photo).image
    larger = studio.anime(person_photo, eyes=1.0)
    assert {"pose", "anime"} <= set(larger.timings)
    changed = np.abs(plain.astype(int) - larger.image).max(axis=2) > 24
    right, left = studio.pose(person_photo)[[Joint.RIGHT_EYE, Joint.LEFT_EYE], :2]
    rows, columns = np.nonzero(changed)
    distance = float(np.hypot(*(right - left)))
    middle = (right + left) / 2
    near = np.hypot(columns - middle[0], rows - middle[1]) < 2.5 * distance
    assert changed.sum() > 30
    assert near.mean() > 0.8


def test_without_a_person_there_are_no_eyes_to_enlarge(
    studio: graph.Studio,
) -> None:
    sky = np.broadcast_to(np.linspace(120, 220, 300, dtype=np.uint8)[:, None, None], (300, 200, 3))
    assert (studio.anime(sky, eyes=1.0).image == studio.anime(sky).image).all()
    with pytest.raises(PersonNotFound):
        studio.anime(sky, region="face")


def test_a_face_alone_leaves_the_rest_a_photo(studio: graph.Studio, person_photo: Image) -> None:
    drawn = studio.anime(person_photo, region="face").image
    changed = (drawn != person_photo).any(axis=2)
    assert 0.005 < changed.mean() < 0.3
    assert not changed[-person_photo.shape[0] // 3 :].any()


def test_strength_blends(studio: graph.Studio, person_photo: Image) -> None:
    full, half = (studio.anime(person_photo, strength=one).image for one in (1.0, 0.5))
    between = (full.astype(int) + person_photo) / 2
    assert np.abs(half - between).max() <= 1
    assert (studio.anime(person_photo, strength=0.0).image == person_photo).all()
