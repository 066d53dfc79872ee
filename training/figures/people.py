"""Who stands in the gallery: body, skin, hair, clothes, stance and framing of each person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from training.figures.body import Pose, Shape

Colour = tuple[float, float, float]  # linear light, 0..1
Aim = tuple[str, tuple[float, float, float], float]


@dataclass(frozen=True)
class Hair:
    style: Literal["short", "crop", "bob", "long", "bun", "curly"]
    colour: Colour
    length: float  # metres
    parting: float = 0.0  # metres to the person's left
    seed: int = 1


@dataclass(frozen=True)
class Clothes:
    """Cuts are shares of a limb's length (sleeve, leg) or metres (neck depth, hem above crotch)."""

    top: Colour
    trousers: Colour
    sleeve: float = 0.33
    neck: Literal["crew", "scoop", "vee", "tank"] = "crew"
    neck_depth: float = 0.0
    hem: float = 0.06
    leg: float = 0.985
    leg_ease: float = 0.011
    ease: float = 0.010
    shoes: Colour = (0.75, 0.75, 0.73)


@dataclass(frozen=True)
class Person:
    name: str
    title: str
    shape: Shape
    skin: Colour
    eyes: Colour
    hair: Hair
    clothes: Clothes
    pose: Pose
    frame: tuple[float, float]  # lowest and highest visible height as share of the body's height
    turn: float = 0.0  # degrees about the vertical, positive to the person's left
    lips: Colour = (0.42, 0.14, 0.12)
    stubble: float = 0.0


def _mirrored(side: str, direction: tuple[float, float, float]) -> tuple[float, float, float]:
    return direction if side == "L" else (-direction[0], direction[1], direction[2])


def arm(
    side: str, out: float, forward: float, bend_out: float, bend_forward: float, lift: float = 0.75
) -> dict[str, Aim]:
    """Arm hanging `out` degrees off the body; the forearm has its own two angles.

    `lift` is how much of the collar bone's share follows the arm.
    """
    upper = _mirrored(side, _hanging(out, forward))
    lower = _mirrored(side, _hanging(bend_out, bend_forward))
    return {
        f"shoulder01.{side}": (f"upperarm01.{side}", _shoulder(side), lift),
        f"upperarm01.{side}": (f"lowerarm01.{side}", upper, 1.0),
        f"lowerarm01.{side}": (f"wrist.{side}", lower, 1.0),
        f"wrist.{side}": (f"finger3-1.{side}", lower, 0.7),
    }


def _shoulder(side: str) -> tuple[float, float, float]:
    return _mirrored(side, (1.0, 0.12, -0.16))


def _hanging(out: float, forward: float) -> tuple[float, float, float]:
    a, b = np.radians([out, forward])
    return (float(np.sin(a)), float(-np.sin(b)), float(-np.cos(a) * np.cos(b)))


def leg(side: str, out: float, forward: float = 0.0, knee_back: float = 0.0) -> dict[str, Aim]:
    return {
        f"upperleg01.{side}": (
            f"lowerleg01.{side}",
            _mirrored(side, _hanging(out, forward)),
            1.0,
        ),
        f"lowerleg01.{side}": (
            f"foot.{side}",
            _mirrored(side, _hanging(out * 0.6, -knee_back)),
            1.0,
        ),
    }


def pose(*aims: Mapping[str, Aim]) -> Pose:
    merged: dict[str, Aim] = {}
    for part in aims:
        merged |= part
    return Pose(merged, SHOULDERS_DOWN | _relaxed_fingers())


def _relaxed_fingers() -> dict[str, tuple[float, float, float]]:
    """Every finger joint a little curled towards the thigh."""
    curled: dict[str, tuple[float, float, float]] = {}
    for side, sign in (("L", 1.0), ("R", -1.0)):
        for finger in range(2, 6):
            for joint in range(1, 4):
                amount = 0.06 + 0.018 * finger
                curled[f"finger{finger}-{joint}.{side}"] = (0.0, sign * amount, 0.0)
    return curled


SHOULDERS_DOWN = {"clavicle.L": (0.0, 0.14, 0.0), "clavicle.R": (0.0, -0.14, 0.0)}

RELAXED = pose(arm("L", 10, -2, 5, 14), arm("R", 10, -2, 5, 14), leg("L", 4), leg("R", 4))
EASY = pose(arm("L", 12, 0, 7, 20), arm("R", 9, -3, 4, 12), leg("L", 6, 3), leg("R", 3, -1))
HAND_ON_HIP = pose(
    arm("L", 9, -2, 5, 12),
    arm("R", 40, -16, -38, 6, lift=0.5),
    leg("L", 3),
    leg("R", 6, 3),
)
STANDING = pose(arm("L", 13, -2, 9, 16), arm("R", 13, -2, 9, 16), leg("L", 5), leg("R", 5))

DARK_BROWN: Colour = (0.040, 0.019, 0.010)
BLACK: Colour = (0.010, 0.008, 0.007)

PEOPLE: tuple[Person, ...] = (
    Person(
        name="woman-long-hair",
        title="Woman, long brown hair",
        shape=Shape(gender=0.0, muscle=0.5, weight=0.42, height=0.55, age=0.06),
        skin=(0.62, 0.38, 0.27),
        eyes=(0.16, 0.07, 0.03),
        hair=Hair("long", DARK_BROWN, 0.42, parting=0.015),
        clothes=Clothes(
            top=(0.76, 0.75, 0.72), trousers=(0.035, 0.045, 0.075), neck="scoop", sleeve=0.30
        ),
        pose=RELAXED,
        frame=(0.24, 1.05),
    ),
    Person(
        name="man-short-hair",
        title="Man, short dark hair",
        shape=Shape(gender=1.0, muscle=0.62, weight=0.45, height=0.55, age=0.08),
        skin=(0.56, 0.33, 0.23),
        eyes=(0.07, 0.10, 0.12),
        hair=Hair("short", (0.026, 0.014, 0.009), 0.050, parting=0.02, seed=4),
        clothes=Clothes(
            top=(0.30, 0.33, 0.36), trousers=(0.055, 0.052, 0.050), sleeve=0.34, ease=0.011
        ),
        pose=EASY,
        frame=(0.24, 1.05),
        lips=(0.40, 0.17, 0.14),
        stubble=0.5,
    ),
    Person(
        name="woman-bob",
        title="Woman, black hair, hand on her hip",
        shape=Shape(
            gender=0.0, muscle=0.45, weight=0.40, height=0.45, age=0.05, origin=(0.0, 1.0, 0.0)
        ),
        skin=(0.62, 0.41, 0.29),
        eyes=(0.045, 0.022, 0.012),
        hair=Hair("bob", BLACK, 0.235, parting=-0.02, seed=8),
        clothes=Clothes(
            top=(0.46, 0.50, 0.45), trousers=(0.42, 0.39, 0.34), neck="crew", sleeve=0.31
        ),
        pose=HAND_ON_HIP,
        frame=(0.24, 1.05),
        turn=-6,
    ),
    Person(
        name="woman-bun",
        title="Woman, dark skin, hair in a bun",
        shape=Shape(
            gender=0.0,
            muscle=0.5,
            weight=0.55,
            height=0.5,
            age=0.07,
            cup=0.5,
            origin=(1.0, 0.0, 0.0),
        ),
        skin=(0.150, 0.066, 0.038),
        eyes=(0.03, 0.014, 0.008),
        hair=Hair("bun", BLACK, 0.24, seed=12),
        clothes=Clothes(
            top=(0.72, 0.68, 0.60), trousers=(0.10, 0.10, 0.105), neck="tank", hem=0.07
        ),
        pose=RELAXED,
        frame=(0.24, 1.07),
        lips=(0.15, 0.045, 0.040),
    ),
    Person(
        name="man-curly",
        title="Man, dark skin, curly hair, full length",
        shape=Shape(
            gender=1.0, muscle=0.68, weight=0.42, height=0.6, age=0.05, origin=(1.0, 0.0, 0.0)
        ),
        skin=(0.105, 0.047, 0.027),
        eyes=(0.03, 0.014, 0.008),
        hair=Hair("curly", BLACK, 0.040, seed=16),
        clothes=Clothes(
            top=(0.62, 0.60, 0.57), trousers=(0.035, 0.05, 0.09), sleeve=0.34, leg=0.95
        ),
        pose=STANDING,
        frame=(-0.05, 1.07),
        lips=(0.13, 0.045, 0.038),
    ),
    Person(
        name="man-grey-hair",
        title="Man, grey hair, full length",
        shape=Shape(gender=1.0, muscle=0.45, weight=0.74, height=0.5, age=0.55),
        skin=(0.58, 0.36, 0.27),
        eyes=(0.08, 0.13, 0.17),
        hair=Hair("short", (0.22, 0.21, 0.20), 0.036, parting=0.02, seed=20),
        clothes=Clothes(top=(0.12, 0.17, 0.26), trousers=(0.070, 0.078, 0.070), sleeve=0.36),
        pose=STANDING,
        frame=(-0.05, 1.07),
        lips=(0.40, 0.19, 0.16),
        stubble=0.3,
    ),
    Person(
        name="woman-red-hair",
        title="Woman, long red hair, full length",
        shape=Shape(gender=0.0, muscle=0.5, weight=0.66, height=0.5, age=0.08, cup=0.55),
        skin=(0.68, 0.44, 0.34),
        eyes=(0.06, 0.11, 0.06),
        hair=Hair("long", (0.19, 0.045, 0.012), 0.34, parting=-0.015, seed=24),
        clothes=Clothes(
            top=(0.70, 0.70, 0.71), trousers=(0.045, 0.055, 0.085), neck="vee", sleeve=0.30
        ),
        pose=STANDING,
        frame=(-0.05, 1.07),
        lips=(0.46, 0.16, 0.14),
    ),
    Person(
        name="man-black-hair",
        title="Man, black hair, full length",
        shape=Shape(
            gender=1.0, muscle=0.55, weight=0.38, height=0.5, age=0.05, origin=(0.0, 1.0, 0.0)
        ),
        skin=(0.60, 0.39, 0.26),
        eyes=(0.03, 0.018, 0.010),
        hair=Hair("short", BLACK, 0.056, parting=-0.02, seed=28),
        clothes=Clothes(
            top=(0.48, 0.45, 0.40), trousers=(0.10, 0.10, 0.11), sleeve=0.35, ease=0.011
        ),
        pose=EASY,
        frame=(-0.05, 1.07),
        turn=5,
        lips=(0.42, 0.19, 0.15),
    ),
    Person(
        name="woman-silver-bob",
        title="Woman, silver hair, full length",
        shape=Shape(gender=0.0, muscle=0.45, weight=0.50, height=0.52, age=0.5),
        skin=(0.54, 0.34, 0.24),
        eyes=(0.09, 0.07, 0.04),
        hair=Hair("bob", (0.34, 0.33, 0.32), 0.20, parting=0.02, seed=32),
        clothes=Clothes(
            top=(0.32, 0.42, 0.40), trousers=(0.30, 0.28, 0.25), neck="crew", sleeve=0.36
        ),
        pose=RELAXED,
        frame=(-0.05, 1.07),
        lips=(0.42, 0.17, 0.15),
    ),
)
