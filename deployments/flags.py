"""What a request may ask of every engine alike, between the models and round the engine: brighter,
cropped, kept in its photo with a soft edge, looked at for arms over the torso.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from deployments.brightness import brightened
from deployments.compose import Colour, replace_background, resize_to_fit
from deployments.course import Course, Stage
from deployments.finish import finished
from deployments.framing import Window, window_for
from deployments.occlusion import wrists_over_torso
from deployments.pose.confidence import refuse_uncertain
from deployments.sight import SMALL_GARMENT, Sight
from deployments.stages import Found
from deployments.types import ArmOverTorso, CutOut, Image, Outcome, ParseMap, Pose, frozen

__all__ = [
    "View",
    "brightened",
    "finish",
    "guises",
    "judged",
    "lesser",
    "look",
    "set_off",
    "shrunk",
    "view_of",
]

OVER_TORSO = ArmOverTorso.__name__
LESSER_MASK = "LesserMask"
LESSER_MASK_LEAVES = 0.9
"""What is left of the confidence where a mask was not made by the best method."""


@dataclass(frozen=True)
class View:
    """What the engine is shown of the person: all, or what a window shows."""

    person: Image
    pose: Pose
    parse: Any
    """The labels, or the stage that finds them."""
    window: Window | None = None


def shrunk(garment: Image, sight: Sight) -> Image:
    """The garment's picture as large as the engine needs it."""
    return frozen(resize_to_fit(garment, SMALL_GARMENT)) if sight.small_garment else garment


def guises(picture: Image) -> Iterator[Image]:
    """A picture as it came, and all that models are shown instead of it and may remember."""
    yield picture
    yield brightened(picture)
    yield resize_to_fit(picture, SMALL_GARMENT)


async def view_of(course: Course, person: Image, pose: Pose, parse: Stage, sight: Sight) -> View:
    """All of the photo, or where a crop is wanted what its window shows; that needs the labels."""
    if not sight.crop:
        return View(person, pose, parse)
    labels = await parse.result()
    view: View = await course.compute("crop", cropped, person, pose, labels, sight)
    return view


def cropped(person: Image, pose: Pose, parse: ParseMap, sight: Sight) -> View:
    """What the engine's own window shows of all three."""
    window = window_for(sight.framing, pose, parse)
    return View(window.cut(person), window.pose(pose), window.cut(parse), window)


def look(found: Found, sight: Sight, *, strict: bool) -> bool:
    """Whether an arm lies where this engine cannot have it.

    Raises PoseUncertain, and where that is wanted `strict`ly ArmOverTorso.
    """
    refuse_uncertain(found.confidence)
    over = wrists_over_torso(found.pose) if sight.check_occlusion else ()
    if over and strict:
        names = " and ".join(joint.name.lower().replace("_", " ") for joint in over)
        raise ArmOverTorso(
            f"The person's {names} lies in front of the torso.",
            "Send a photo with the arms at the sides, or leave `strict` out.",
        )
    return bool(over)


def judged(outcome: Outcome, pose_confidence: float, over_torso: bool) -> Outcome:
    """With no more confidence than the pose allows, a little less for a lesser mask, and none where
    an arm lies over the torso."""
    if not over_torso:
        known = 1.0 if outcome.confidence is None else outcome.confidence
        lesser_mask = any(warning.startswith(LESSER_MASK) for warning in outcome.warnings)
        known = round(LESSER_MASK_LEAVES * known, 3) if lesser_mask else known
        return replace(outcome, confidence=min(known, pose_confidence))
    told = dict.fromkeys((OVER_TORSO, *outcome.warnings))
    return replace(outcome, confidence=0.0, warnings=tuple(told))


def finish(person: Image, outcome: Outcome, view: View, keep: bool, feather: bool) -> Outcome:
    """The outcome with its picture put into the photo."""
    window = view.window or Window.whole(person.shape)
    image = finished(person, outcome, window, keep_background=keep, feather=feather)
    return replace(outcome, image=image)


async def set_off(course: Course, outcome: Outcome, pose: Pose, ground: Colour) -> Outcome:
    """Before another background. The mask is that of the finished picture: a new garment has a new
    outline."""
    cut: CutOut = await course.start("person_mask", outcome.image, pose).result()
    image = await course.compute("background", replace_background, outcome.image, cut.mask, ground)
    return replace(outcome, image=image, warnings=(*outcome.warnings, *lesser("person", cut)))


def lesser(noun: str, cut: CutOut) -> tuple[str, ...]:
    """A warning where a mask was not made by the best method."""
    if cut.method in ("isnet", "ground", "network"):
        return ()
    return (f"{LESSER_MASK}: {noun} by {cut.method}",)
