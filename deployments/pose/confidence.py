"""How surely a pose is a person's who can be dressed, as a chance from 0 to 1.

The curve is fitted and judged by `python -m training.pose.calibrate`; docs/10-fast-path.md
shows it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from deployments.pose.people import Person
from deployments.types import Joint, PoseUncertain

LEAST = 0.1
"""Less than this, and the job fails."""

JOINTS = (
    Joint.RIGHT_SHOULDER,
    Joint.RIGHT_ELBOW,
    Joint.RIGHT_WRIST,
    Joint.LEFT_SHOULDER,
    Joint.LEFT_ELBOW,
    Joint.LEFT_WRIST,
    Joint.RIGHT_HIP,
    Joint.LEFT_HIP,
)
CERTAINTY, SEEN, OFFSET = 2.007, 8.396, -8.508
"""Of the fitted curve: people from head to hips count as people, and heads or legs alone do not."""
FARTHEST = 0.001
"""Certainties nearer to 0 and 1 are no more certain than this."""


def confidence_of(person: Person) -> float:
    """The chance that this is a person whose shoulders, arms and hips are in the picture."""
    return float(1 / (1 + math.exp(-float(features_of(person) @ (CERTAINTY, SEEN, OFFSET)))))


def features_of(person: Person) -> NDArray[np.float64]:
    """What the curve is over: the log odds that it is a person; how well its joints were seen, on
    average, from 0 to 1; and 1."""
    certain = min(max(person.score, FARTHEST), 1 - FARTHEST)
    seen = float(np.clip(person.pose[list(JOINTS), 2], 0, 1).mean())
    return np.array([math.log(certain / (1 - certain)), seen, 1.0])


def refuse_uncertain(confidence: float) -> None:
    """Raises PoseUncertain."""
    if confidence < LEAST:
        raise PoseUncertain(
            f"The person's pose could not be made out surely (confidence {confidence:.2f}).",
            "Take a photo of one person who is seen from the head to at least the hips.",
        )
