"""The same flat garment in another colour, longer or shorter, or seen in a mirror."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from training.pairs.flat import SIDES, Flat, Pixels, resized

Random = np.random.Generator
LONGEST = 1.4
"""Chest widths from shoulder to hem: a longer top would be a dress on most bodies."""


def varied(flat: Flat, random: Random) -> Flat:
    if random.random() < 0.15:
        flat = mirrored(flat)
    long = float(flat.marks["hem_left"][1] - flat.marks["shoulder_left"][1]) / flat.chest
    shorter = min(1.0, LONGEST / max(long, 1e-6))
    wider, longer = random.uniform(0.92, 1.06), shorter * random.uniform(0.9, 1.04)
    flat = resized(flat, wider, longer, cv2.INTER_LINEAR)
    return recoloured(flat, random) if random.random() < 0.5 else flat


def mirrored(flat: Flat) -> Flat:
    """Left becomes right."""
    wide = flat.mask.shape[1]
    turn, move = np.array([-1.0, 1.0]), np.array([float(wide), 0.0])
    other = {"left": "right", "right": "left"}
    marks = {}
    for name, place in flat.marks.items():
        part, side = name.split("_")
        marks[f"{part}_{other[side]}"] = place * turn + move
    return replace(
        flat,
        picture=np.ascontiguousarray(flat.picture[:, ::-1]),
        texture=np.ascontiguousarray(flat.texture[:, ::-1]),
        mask=np.ascontiguousarray(flat.mask[:, ::-1]),
        neckline=(flat.neckline * turn + move)[::-1],
        marks=marks,
        sleeves={-s: flat.sleeves[s] * turn + move for s in SIDES if s in flat.sleeves},
        cuffs={
            -s: (flat.cuffs[s][0] * turn + move, flat.cuffs[s][1] * turn + move)
            for s in SIDES
            if s in flat.cuffs
        },
    )


def recoloured(flat: Flat, random: Random) -> Flat:
    """Another hue, more or less colour, lighter or darker; the ground stays as it is."""
    hue = int(random.integers(0, 180))
    colour, gamma = random.uniform(0.6, 1.3), float(np.exp(random.normal(0, 0.25)))
    soft = flat.mask[..., None] / 255

    def painted(picture: Pixels) -> Pixels:
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + hue) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * colour, 0, 255)
        hsv[..., 2] = np.clip((hsv[..., 2] / 255.0) ** gamma * 255, 0, 255)
        changed = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
        return np.asarray(np.round(changed * soft + picture * (1 - soft)), np.uint8)

    return replace(flat, picture=painted(flat.picture), texture=painted(flat.texture))
