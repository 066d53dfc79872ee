"""The people in a picture, and which of them is meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from deployments.types import Joint, PersonNotFound, Pose, PoseUncertain

SIMILAR = 0.7
"""A second person at least this much of the first one's size could be the one that was meant."""

CROWD = "SeveralPeople"

TAKE_ANOTHER = "take a photo of one person who is seen from the head to at least the hips"


@dataclass(frozen=True)
class Person:
    """One person: `score` (0..1) that it is one, `size` in px (of the whole body, seen or not)."""

    pose: Pose
    score: float
    size: float


def largest_first(people: Iterable[Person]) -> list[Person]:
    """Sorted by size, each person once."""
    kept: list[Person] = []
    for person in sorted(people, key=lambda person: -person.size):
        if not any(same_person(person.pose, other.pose) for other in kept):
            kept.append(person)
    return kept


def same_person(one: Pose, other: Pose) -> bool:
    """Whether the joints that both have lie on each other."""
    both = (one[:, 2] > 0) & (other[:, 2] > 0)
    if not both.any():
        return False
    apart = np.linalg.norm(one[both, :2] - other[both, :2], axis=1)
    return float(np.median(apart)) < 0.15 * float(np.ptp(one[both, :2], axis=0).max() + 1)


def crowd_warning(people: Sequence[Person]) -> str | None:
    """SeveralPeople, where the largest one has company of a similar size."""
    similar = [person for person in people if person.size >= SIMILAR * people[0].size]
    return CROWD if len(similar) > 1 else None


def the_person(people: Sequence[Person]) -> Pose:
    """The largest person's pose. Raises PersonNotFound, and PoseUncertain without shoulders."""
    if not people:
        raise PersonNotFound("no person was found in the picture", TAKE_ANOTHER)
    pose = people[0].pose
    if not pose[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER], 2].any():
        raise PoseUncertain("the person's shoulders could not be located", TAKE_ANOTHER)
    return pose
