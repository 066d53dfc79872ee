"""Who stands there, drawn by chance: body, skin, hair, trousers, stance and framing."""

from __future__ import annotations

from typing import Literal

import numpy as np

from training.figures import people
from training.figures.body import Shape
from training.figures.people import Aim, Clothes, Colour, Hair, Person

Random = np.random.Generator
SKINS: tuple[Colour, ...] = (
    (0.66, 0.43, 0.33),
    (0.62, 0.38, 0.27),
    (0.56, 0.33, 0.23),
    (0.48, 0.28, 0.18),
    (0.36, 0.20, 0.12),
    (0.24, 0.12, 0.07),
    (0.150, 0.066, 0.038),
    (0.105, 0.047, 0.027),
)
HAIRS: tuple[Colour, ...] = (
    people.BLACK,
    people.DARK_BROWN,
    (0.08, 0.038, 0.018),
    (0.19, 0.045, 0.012),
    (0.26, 0.16, 0.07),
    (0.30, 0.29, 0.28),
)
TROUSERS: tuple[Colour, ...] = (
    (0.035, 0.045, 0.075),
    (0.055, 0.052, 0.050),
    (0.42, 0.39, 0.34),
    (0.10, 0.10, 0.11),
    (0.30, 0.28, 0.25),
    (0.12, 0.17, 0.26),
    (0.62, 0.62, 0.60),
    (0.12, 0.09, 0.06),
)
ORIGINS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.3, 0.3, 0.4))


def drawn(random: Random, name: str) -> Person:
    gender = float(random.random() < 0.45)
    skin = SKINS[random.integers(len(SKINS))]
    full = random.random() < 0.1
    low = -0.05 if full else random.uniform(0.20, 0.36)
    return Person(
        name=name,
        title=name,
        shape=Shape(
            gender=gender,
            muscle=random.uniform(0.4, 0.7),
            weight=random.uniform(0.32, 0.78),
            height=random.uniform(0.35, 0.65),
            age=float(random.choice([0.05, 0.1, 0.3, 0.55])),
            cup=random.uniform(0.3, 0.65),
            origin=ORIGINS[random.integers(len(ORIGINS))],
        ),
        skin=skin,
        eyes=(0.05, 0.03, 0.02),
        hair=_hair(random, gender),
        clothes=Clothes(
            top=(0.5, 0.5, 0.5),
            trousers=TROUSERS[random.integers(len(TROUSERS))],
            leg_ease=random.uniform(0.008, 0.013),
        ),
        pose=people.pose(
            _arm(random, "L"),
            _arm(random, "R"),
            people.leg("L", random.uniform(2, 7)),
            people.leg("R", random.uniform(2, 7)),
        ),
        frame=(low, 1.05 + random.uniform(0, 0.05)),
        turn=float(np.clip(random.normal(0, 6), -14, 14)),
        lips=(0.72 * skin[0], 0.42 * skin[1], 0.45 * skin[2]),
        stubble=gender * float(random.choice([0.0, 0.4])),
    )


def _hair(random: Random, gender: float) -> Hair:
    female: tuple[Literal["bob", "bun", "long", "short"], ...] = ("bob", "bun", "long", "short")
    male: tuple[Literal["short", "crop", "curly"], ...] = ("short", "crop", "curly")
    style = male[random.integers(3)] if gender else female[random.integers(4)]
    length = {"bob": 0.22, "bun": 0.24, "long": 0.36, "short": 0.045, "crop": 0.02, "curly": 0.04}
    colour = HAIRS[random.integers(len(HAIRS))]
    parting = random.uniform(-0.02, 0.02)
    return Hair(style, colour, length[style], parting=parting, seed=int(random.integers(1000)))


def _arm(random: Random, side: str) -> dict[str, Aim]:
    kind = random.choice(["hanging", "hip", "bent", "away"], p=[0.55, 0.17, 0.13, 0.15])
    jitter = random.uniform(-1, 1, 4)
    if kind == "hip":
        return people.arm(
            side, 41 + 3 * jitter[0], -15 + 3 * jitter[1], -38 + 3 * jitter[2], 6, lift=0.5
        )
    if kind == "bent":
        return people.arm(
            side, 18 + 5 * jitter[0], 4 * jitter[1], 16 + 8 * jitter[2], 45 + 20 * jitter[3]
        )
    if kind == "away":
        out = 30 + 9 * jitter[0]
        return people.arm(side, out, 5 * jitter[1], out - 5 + 6 * jitter[2], 12 + 8 * jitter[3])
    out = 12 + 4 * jitter[0]
    return people.arm(side, out, 4 * jitter[1] - 1, out - 4 + 3 * jitter[2], 14 + 8 * jitter[3])
