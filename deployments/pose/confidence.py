"""How surely a pose is a person's whose upper body can be dressed, as a chance from 0 to 1."""

from __future__ import annotations

from deployments.pose.people import TAKE_ANOTHER
from deployments.types import PoseUncertain

LEAST = 0.1
"""Less than this, and the job fails."""


def refuse_uncertain(confidence: float) -> None:
    """Raises PoseUncertain."""
    if confidence < LEAST:
        raise PoseUncertain(
            f"The person's pose could not be made out surely (confidence {confidence:.2f}).",
            TAKE_ANOTHER[0].upper() + TAKE_ANOTHER[1:] + ".",
        )
