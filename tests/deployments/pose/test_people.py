from __future__ import annotations

import numpy as np
import pytest

from deployments.pose.people import Person, crowd_warning, largest_first, the_person
from deployments.types import Joint, PersonNotFound, Pose, PoseUncertain


def somebody(x: float, size: float) -> Person:
    pose = np.zeros((25, 3), np.float32)
    for joint, dx, dy in ((Joint.NECK, 0, 0), (Joint.LEFT_SHOULDER, 0.2, 0), (Joint.MID_HIP, 0, 1)):
        pose[joint] = x + dx * size, 50 + dy * size, 0.9
    return Person(pose, 0.9, size)


def test_the_largest_is_meant_and_a_similar_one_is_told() -> None:
    people = largest_first([somebody(10, 60), somebody(300, 80)])
    assert people[0].size == 80
    assert the_person(people)[Joint.NECK, 0] == 300
    assert crowd_warning(people) is not None


def test_somebody_small_in_the_background_is_not_told() -> None:
    assert crowd_warning(largest_first([somebody(10, 20), somebody(300, 80)])) is None
    assert crowd_warning([somebody(10, 20)]) is None


def test_the_same_person_found_twice_is_one() -> None:
    assert len(largest_first([somebody(100, 80), somebody(103, 79)])) == 1


def test_nobody_and_nobodys_shoulders() -> None:
    with pytest.raises(PersonNotFound) as caught:
        the_person([])
    assert caught.value.hint
    headless: Pose = np.zeros((25, 3), np.float32)
    with pytest.raises(PoseUncertain):
        the_person([Person(headless, 0.9, 10)])
