"""From a photo to an avatar: what is done around the drawing itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from deployments.course import Course
from deployments.types import Image, Outcome, PersonNotFound, Pose, PoseUncertain

if TYPE_CHECKING:
    from deployments.stages import Found

Region = Literal["whole", "face"]


async def draw(
    course: Course, photo: Image, *, style: str, strength: float, region: Region, eyes: float
) -> Outcome:
    """`photo` in `style`: the whole of it, or the largest person's face alone.

    `strength` blends from the photo (0) to the drawing (1), `eyes` (0 to 1) enlarges that person's.
    Raises the models' errors, FaceNotFound.
    """
    found = await _seen(course, photo, region, eyes)
    bent = photo
    if found and eyes:
        bent = await asyncio.to_thread(_with_larger_eyes, photo, found.pose, eyes)
    if found and region == "face":
        outcome = await _face(course, bent, style, found)
    else:
        outcome = await _whole(course, bent, style)
    if strength < 1:
        image = await asyncio.to_thread(_blended, photo, outcome.image, strength)
        outcome = replace(outcome, image=image)
    return outcome


async def _seen(course: Course, photo: Image, region: Region, eyes: float) -> Found | None:
    """The largest person, where the drawing needs to know. Where only the eyes do and there is
    nobody, nobody."""
    if region == "whole" and not eyes:
        return None
    looked = course.start("pose", photo)
    try:
        found: Found = await looked.result()
    except (PersonNotFound, PoseUncertain):
        if region == "face":
            raise
        course.forgive(looked)
        return None
    return found


async def _whole(course: Course, photo: Image, style: str) -> Outcome:
    outcome: Outcome = await course.start("anime", photo, style).result()
    return outcome


async def _face(course: Course, photo: Image, style: str, found: Found) -> Outcome:
    """Upright while it is drawn."""
    from deployments.anime.portrait import face_frame, put_back, take_out

    frame = face_frame(found.pose, photo.shape)
    face = await asyncio.to_thread(take_out, photo, frame)
    outcome = await _whole(course, face, style)
    image = await course.compute("compose", put_back, photo, outcome.image, frame)
    return replace(outcome, image=image, warnings=(*found.warnings, *outcome.warnings))


def _with_larger_eyes(photo: Image, pose: Pose, amount: float) -> Image:
    from deployments.anime.eyes import enlarge_eyes

    return enlarge_eyes(photo, pose, amount)


def _blended(photo: Image, drawn: Image, strength: float) -> Image:
    from deployments.anime.portrait import mixed

    return mixed(photo, drawn, strength)
