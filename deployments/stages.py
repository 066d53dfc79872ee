"""What the flows call where a model's own answer does not tell all that the user must be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from deployments.anime import CEL, Anime
from deployments.compose import panel
from deployments.course import Course
from deployments.palette import coloured
from deployments.pose import PoseEstimator, crowd_warning, draw_pose, from_openpose, placed
from deployments.pose.confidence import confidence_of
from deployments.pose.people import the_person
from deployments.types import (
    CutOut,
    GarmentWorn,
    Image,
    Outcome,
    ParseMap,
    PersonNotFound,
    Pose,
    PoseUncertain,
)
from weights.store import Store


@dataclass(frozen=True)
class Found:
    """The person's pose, and what is to be told about the picture."""

    pose: Pose
    warnings: tuple[str, ...] = ()
    confidence: float = 1.0
    """How surely shoulders, elbows, wrists and hips of a person are where the pose has them: the
    chance, from 0 to 1."""


def told(said: Mapping[str, Any], width: int | None, image: Image) -> Found:
    """The pose that the caller has handed over as OpenPose's JSON, taken from the picture when that
    was `width` px wide. How sure the key points are is the caller's to say: their mean score.

    Raises PoseUnreadable, PoseUncertain.
    """
    pose = placed(from_openpose(said), image.shape, width)
    return Found(pose, confidence=round(float(pose[pose[:, 2] > 0, 2].mean()), 3))


class Finder:
    """The pose of the person who is meant."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self._estimator = PoseEstimator(store, device)

    def __call__(self, image: Image) -> Found:
        """Of several people the largest, with a warning. Raises PersonNotFound, PoseUncertain."""
        people = self._estimator.detect(image)
        pose = the_person(people)
        warning = crowd_warning(people)
        return Found(pose, (warning,) if warning else (), round(confidence_of(people[0]), 3))


class Artist:
    """Avatars, with the engine that drew them."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self._anime = Anime(store, device)

    def __call__(self, image: Image, style: str = CEL.name) -> Outcome:
        """`image` drawn in `style`. Raises what `Anime` raises."""
        drawn = self._anime(image, style)
        warnings = self._anime.warnings(image, style)
        return Outcome(drawn, self._anime.engine(style), warnings=warnings)


async def find(
    course: Course, image: Image, said: Mapping[str, Any] | None, width: int | None
) -> Found:
    """The pose that was handed over, or else the one that is found. Raises what `told` and `Finder`
    raise."""
    if said is not None:
        return told(said, width, image)
    found: Found = await course.start("pose", image).result()
    return found


_SURELY_WORN = 0.5
"""The pose's confidence: a coat with a hood has shoulders and hips as well, but no person in it. On
photos of garments it stays below 0.2, on those of people it is above 0.9."""


async def refuse_worn(course: Course, garment: Image) -> None:
    """Raises GarmentWorn where the garment's picture is a person's."""
    looked = course.start("pose", garment)
    try:
        confidence = (await looked.result()).confidence
    except (PersonNotFound, PoseUncertain):
        course.forgive(looked)
        return
    if confidence >= _SURELY_WORN:
        raise GarmentWorn(
            "The garment's picture shows somebody who wears it.",
            "Send a photo of the garment alone, laid flat or on a hanger.",
        )


def intermediates(
    person: Image, pose: Pose, parse: ParseMap, cut: CutOut, outcome: Outcome
) -> dict[str, Image]:
    """What the preprocessing found out, as pictures, those of the engine, and the `panel`: the
    engine's own, or all of them in one."""
    found = {
        "pose": draw_pose(person, pose),
        "parsing": coloured(parse),
        "garment_mask": np.repeat(cut.mask[..., None], 3, axis=2),
        **outcome.intermediates,
    }
    if "panel" not in found:
        found["panel"] = panel({**found, "result": outcome.image})
    return found
