"""What a pose's confidence says."""

from __future__ import annotations

import numpy as np
import pytest

from deployments.pose.confidence import JOINTS, confidence_of, refuse_uncertain
from deployments.pose.people import Person
from deployments.types import PoseUncertain


def person(score: float, seen: float) -> Person:
    pose = np.zeros((25, 3), np.float32)
    pose[list(JOINTS)] = (100, 100, seen)
    return Person(pose, score, 300.0)


def test_a_person_who_is_seen_well_is_sure() -> None:
    assert confidence_of(person(0.97, 0.95)) > 0.98
    assert confidence_of(person(0.9, 0.9)) > 0.9


def test_a_head_or_a_garment_is_not() -> None:
    assert confidence_of(person(0.9, 0.1)) < 0.15
    assert confidence_of(person(0.1, 0.6)) < 0.1
    assert confidence_of(person(0.0, 0.0)) < 0.001


def test_it_is_a_chance_and_grows_with_both() -> None:
    scores = np.linspace(0, 1, 11)
    table = np.array([[confidence_of(person(s, j)) for j in scores] for s in scores])
    assert ((table >= 0) & (table <= 1)).all()
    assert (np.diff(table, axis=0) >= 0).all()
    assert (np.diff(table, axis=1) > 0).all()


def test_below_a_tenth_the_job_fails() -> None:
    refuse_uncertain(0.1)
    with pytest.raises(PoseUncertain) as caught:
        refuse_uncertain(0.099)
    assert "0.10" in caught.value.message
    assert caught.value.hint
