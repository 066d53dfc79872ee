from __future__ import annotations

import numpy as np

from deployments.pose.detector import SIZE, anchors, decode, merge, overlap
from deployments.pose.region import Region

CENTRES = anchors()


def values_at(index: int, box: tuple[float, ...], points: list[tuple[float, float]]) -> np.ndarray:
    """The network's numbers for one anchor that says this (in px of its input)."""
    values = np.zeros((len(CENTRES), 12), np.float32)
    centre = CENTRES[index] * SIZE
    values[index, :2] = np.array(box[:2]) - centre
    values[index, 2:4] = box[2:]
    values[index, 4:] = (np.array(points) - centre).reshape(-1)
    return values


def test_anchors_cover_the_picture_in_the_layers_of_the_network() -> None:
    assert CENTRES.shape == (2254, 2)
    assert np.allclose(CENTRES[:2], 0.5 / 28)
    assert np.allclose(CENTRES[2], [1.5 / 28, 0.5 / 28])
    assert np.allclose(CENTRES[1568], [0.5 / 14, 0.5 / 14])
    assert np.allclose(CENTRES[1960:1966], [0.5 / 7, 0.5 / 7])
    assert np.allclose(CENTRES[-1], [6.5 / 7, 6.5 / 7])


def test_what_is_not_certain_is_left_out() -> None:
    points = [(100.0, 120.0), (100.0, 60.0), (100.0, 90.0), (100.0, 70.0)]
    values = values_at(700, (100, 80, 40, 40), points)
    scores = np.full(len(CENTRES), -9, np.float32)
    assert decode(values, scores, CENTRES, 0.5) == []
    scores[700] = 3
    (found,) = decode(values, scores, CENTRES, 0.5)
    assert np.allclose(found.box, [80, 60, 120, 100], atol=1e-3)
    assert np.allclose(found.points, points, atol=1e-3)
    assert 0.95 < found.score < 0.96


def test_answers_for_one_person_are_averaged_by_their_scores() -> None:
    people = []
    for index, shift, score in ((700, 0.0, 0.0), (702, 4.0, 0.0), (1400, 110.0, 2.0)):
        points = [(60.0 + shift, 120.0), (60.0 + shift, 60.0), (60.0, 90.0), (60.0, 70.0)]
        scores = np.full(len(CENTRES), -9, np.float32)
        scores[index] = score
        values = values_at(index, (60 + shift, 80, 40, 40), points)
        people += decode(values, scores, CENTRES, 0.3)
    whole = Region(224, 224, 448)  # the network's input is half of this picture
    far, near = merge(people, whole)
    assert np.allclose(far.points[0], [340, 240], atol=0.1)
    assert np.allclose(near.points[0], [124, 240], atol=0.1)
    assert near.region.y == near.points[0, 1]


def test_overlap() -> None:
    box = np.array([0, 0, 2, 2], np.float32)
    assert overlap(box, box) == 1
    assert np.isclose(overlap(box, box + 1), 1 / 7)
    assert overlap(box, box + 5) == 0
