"""A drawn person in a drawn garment, whose every number is known beforehand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from deployments.jury.evidence import Evidence
from deployments.types import Image, Joint, Label, ParseMap, Pose

HEIGHT, WIDTH = 256, 192
GROUND, SKIN, RED, BLUE, DENIM = (
    (225, 225, 225),
    (200, 150, 120),
    (180, 40, 40),
    (40, 60, 190),
    (60, 60, 90),
)
TORSO = (slice(80, 160), slice(60, 132))
LEFT_SLEEVE, RIGHT_SLEEVE = (slice(80, 120), slice(132, 156)), (slice(80, 120), slice(36, 60))
LEFT_ARM, RIGHT_ARM = (slice(120, 170), slice(132, 156)), (slice(120, 170), slice(36, 60))
FACE, LEGS = (slice(30, 76), slice(76, 116)), (slice(160, 240), slice(64, 128))

Patch = tuple[slice, slice]


def parse_map() -> ParseMap:
    """Somebody in a top with short sleeves and trousers."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    for patch, label in (
        (FACE, Label.FACE),
        (LEGS, Label.PANTS),
        (TORSO, Label.UPPER_CLOTHES),
        (LEFT_SLEEVE, Label.UPPER_CLOTHES),
        (RIGHT_SLEEVE, Label.UPPER_CLOTHES),
        (LEFT_ARM, Label.LEFT_ARM),
        (RIGHT_ARM, Label.RIGHT_ARM),
    ):
        labels[patch] = label
    return labels


def pose() -> Pose:
    """Arms hang beside the chest."""
    joints = np.zeros((25, 3), np.float32)
    for joint, x, y in (
        (Joint.NOSE, 96, 55),
        (Joint.NECK, 96, 80),
        (Joint.LEFT_SHOULDER, 128, 84),
        (Joint.LEFT_ELBOW, 143, 120),
        (Joint.LEFT_WRIST, 144, 150),
        (Joint.RIGHT_SHOULDER, 64, 84),
        (Joint.RIGHT_ELBOW, 49, 120),
        (Joint.RIGHT_WRIST, 48, 150),
        (Joint.MID_HIP, 96, 165),
    ):
        joints[joint] = (x, y, 1)
    return joints


def dressed(colour: tuple[int, int, int]) -> Image:
    """The person in a striped top of this colour."""
    image = np.full((HEIGHT, WIDTH, 3), GROUND, np.uint8)
    labels = parse_map()
    image[np.isin(labels, (Label.FACE, Label.LEFT_ARM, Label.RIGHT_ARM))] = SKIN
    image[labels == Label.PANTS] = DENIM
    image[labels == Label.UPPER_CLOTHES] = colour
    stripes = (np.arange(HEIGHT) // 3 % 2 == 0)[:, None] & (labels == Label.UPPER_CLOTHES)
    image[stripes] = np.array(colour) // 2
    return image


def grey(mask: Any) -> Image:
    """A mask as an intermediate."""
    return np.repeat((np.asarray(mask) * 255).astype(np.uint8)[..., None], 3, axis=2)


def evidence(**changes: Any) -> Evidence:
    """A red top where a blue one was, without a fault."""
    labels, photo, result = parse_map(), dressed(BLUE), dressed(RED)
    cloth = labels == Label.UPPER_CLOTHES
    steps = {
        "cloth": grey(cloth),
        "alpha": grey(cloth),
        "kept": grey(np.zeros_like(cloth)),
        "region": grey(cloth),
        "skin": grey(np.zeros_like(cloth)),
        "warped": result.copy(),
    }
    whole = Evidence(photo, result, pose(), labels, labels.copy(), result, "upper", steps)
    return replace(whole, **changes)


def with_steps(one: Evidence, **steps: Image) -> Evidence:
    """The same with other intermediates."""
    return replace(one, steps={**one.steps, **steps})


def painted(image: Image, patch: Patch, colour: Any) -> Image:
    """A copy with a patch of one colour."""
    copy = image.copy()
    copy[patch] = colour
    return copy
