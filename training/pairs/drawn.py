"""Draws flat tops of many cuts and cloths: python -m training.pairs.drawn --out DIR --count N.

Each is kept twice, as it lies there and without its creases, which is how the worn cloth looks.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from training.figures import fabrics, logo, tops, trims
from training.figures.body import Points
from training.figures.cloth import Colour, Pattern, Sheet
from training.figures.outlines import Line, across, flipped
from training.figures.tops import Cut
from training.pairs.flat import NAMES, SIDES, Flat, Pixels, save

Random = np.random.Generator
Kind = Literal["tee", "long", "tank"]
WORDS = ("FITTING ROOM", "SUNDAY", "NORTH 61", "HELLO", "COAST", "OFF TRAIL", "1984", "MERCI")
ARMPIT = 380.0
"""Garment units from the picture's top."""


def cut(random: Random, kind: Kind) -> Cut:
    base = {"tee": tops.tee_cut, "long": tops.long_cut, "tank": tops.tank_cut}[kind]()
    longer, waist = random.uniform(0.72, 1.02), random.uniform(-0.06, 0.03)
    deepest = 1.1 if kind == "tank" else 1.7  # a vest's neck is deep as it is
    deeper, apart = random.uniform(0.75, deepest), random.uniform(0.88, 1.2)
    corner = base.neck[-1]

    def body(line: Line) -> Line:
        down = np.maximum(line[:, 1] - ARMPIT, 0)
        taken = waist * np.sin(np.pi * np.clip(down / 480, 0, 1))
        y = np.where(down > 0, ARMPIT + longer * down, line[:, 1])
        return np.stack([line[:, 0] * (1 + taken), y], axis=1)

    def neck(line: Line, depth: float) -> Line:
        y = corner[1] + depth * (line[:, 1] - corner[1])
        return np.stack([line[:, 0] * apart, y], axis=1)

    shoulder = base.shoulder.copy()
    fade = np.linspace(1, 0, len(shoulder))
    shoulder[:, 0] += fade * (apart - 1) * corner[0]
    return _with_sleeve(
        replace(
            base,
            neck=neck(base.neck, deeper),
            back_neck=neck(base.back_neck, 1.0),
            shoulder=shoulder,
            side=body(base.side),
            hem=body(base.hem),
        ),
        random.uniform(0.85, 1.25) if kind == "tee" else random.uniform(0.78, 0.95),
        random.uniform(1.15, 1.7) if kind == "tee" else random.uniform(0.95, 1.3),
    )


def _with_sleeve(base: Cut, longer: float, wider: float) -> Cut:
    """The sleeve made longer away from the armhole and wider across."""
    tip, pit = base.sleeve[0], base.under[-1]
    grown = []
    for line, start in ((base.sleeve, tip), (base.under, pit)):
        grown.append(start + (line - start) * longer)
    middle = (grown[0][-1] + grown[1][0]) / 2
    share = np.linspace(0, 1, len(base.sleeve))[:, None]
    grown[0] = grown[0] + share * (wider - 1) * (grown[0][-1] - middle)
    share = np.linspace(1, 0, len(base.under))[:, None]
    grown[1] = grown[1] + share * (wider - 1) * (grown[1][0] - middle)
    across_cuff = np.linspace(0, 1, len(base.cuff))[:, None]
    shift = (grown[0][-1] - base.cuff[0]) * (1 - across_cuff)
    shift = shift + (grown[1][0] - base.cuff[-1]) * across_cuff
    return replace(base, sleeve=grown[0], under=grown[1], cuff=base.cuff + shift)


def _colour(random: Random) -> Colour:
    """Any hue; seldom glaring."""
    hue, grey = random.uniform(0, 2 * np.pi), random.uniform(30, 225)
    strength = random.uniform(0, 0.5) * min(grey, 255 - grey)
    turn = np.array([0, 2 * np.pi / 3, -2 * np.pi / 3])
    red, green, blue = np.clip(grey + strength * np.cos(hue + turn), 8, 245)
    return float(red), float(green), float(blue)


def _cloth(random: Random, colour: Colour) -> Pattern:
    kind = random.choice(["plain", "stripes", "checks", "blossoms"], p=[0.5, 0.25, 0.12, 0.13])
    other = _colour(random)
    if kind == "stripes":
        period = random.uniform(20, 70)
        return fabrics.stripes(colour, other, period, period * random.uniform(0.25, 0.6))
    if kind == "checks":
        return fabrics.checks(colour, other, _colour(random), random.uniform(36, 80))
    if kind == "blossoms":
        seed = int(random.integers(99))
        return fabrics.blossoms(colour, other, _colour(random), random.uniform(36, 80), seed)
    return fabrics.jersey(colour, heather=random.uniform(0, 0.7))


def _print(sheet: Sheet, random: Random) -> None:
    """Something on the chest, where there is room; a picture helps to see where cloth went."""
    ink, top = _colour(random), random.uniform(360, 440)
    kind = random.choice(["ring", "word", "both", "small"])
    if kind in ("ring", "both"):
        trims.print_mask(sheet, logo.hanger_ring(0, top, random.uniform(55, 95)), ink)
    if kind in ("word", "both"):
        text = WORDS[random.integers(len(WORDS))]
        below = top + (140 if kind == "both" else 20)
        trims.print_mask(sheet, logo.word(text, 0, below, random.uniform(24, 46), 4.0), ink)
    if kind == "small":
        trims.print_mask(sheet, logo.hanger_ring(92, 330, 26), ink)


def drawn(random: Random, kind: Kind, seed: int) -> Flat:
    sheet, form, colour = Sheet(seed), cut(random, kind), _colour(random)
    cloth, edge = _cloth(random, colour), fabrics.jersey(tops.shaded(colour, 0.94))
    thread, width = tops.shaded(colour, 0.8), random.uniform(11, 22)
    tops.open_neck(sheet, form, edge, fabrics.jersey(tops.shaded(colour, 0.88)), width)
    if kind != "tank":
        tops.lay_sleeves(sheet, form, fabrics.turned(cloth, -28 if kind == "tee" else -13))
    tops.lay_torso(sheet, form, cloth)
    tops.neck_band(sheet, across(form.neck), width, edge)
    ends = tops.cuff_lines(form) if kind != "tank" else []
    for line in (*ends, across(form.hem[::-1])[::-1]):
        trims.hem(sheet, line, thread, 15)
    if random.random() < 0.6:
        _print(sheet, random)
    worn = sheet.picture()
    strength, hem = random.uniform(3, 5.5), float(form.hem[-1, 1])
    folds = [tops.body_folds(seed + 1, 330, hem, 205, strength)]
    if kind != "tank":
        start, end = (form.sleeve[4] + form.under[-4]) / 2, form.cuff.mean(axis=0)
        places = (float(start[0]), float(start[1])), (float(end[0]), float(end[1]))
        folds.append(tops.sleeve_folds(seed + 2, *places, strength * 0.8))
    tops.worn(sheet, *folds)
    return flat_of(sheet, form, kind, sheet.picture(), worn)


def flat_of(sheet: Sheet, form: Cut, kind: Kind, picture: Pixels, worn: Pixels) -> Flat:
    """What lies on a sheet, cut as `form`; both pictures (1024x768x3) show it, `worn` without its
    creases."""
    marks: dict[str, Points] = {}
    for side in SIDES:
        ends = np.stack([form.shoulder[-1], form.armhole[-1], form.hem[0]])
        names = (f"{part}_{NAMES[side]}" for part in ("shoulder", "armpit", "hem"))
        marks |= zip(names, sheet.shown(flipped(ends, side)), strict=True)
    with_sleeve = () if kind == "tank" else SIDES
    middle = _middle(form)
    sleeves = {side: sheet.shown(flipped(middle, side)) for side in with_sleeve}
    cuffs: dict[int, tuple[Points, Points]] = {}
    for side in with_sleeve:
        outer, inner = sheet.shown(flipped(form.cuff[[0, -1]], side))
        cuffs[side] = outer, inner
    neck = sheet.shown(across(form.neck))
    return Flat(picture, worn, sheet.mask(), neck, marks, sleeves, cuffs)


def _middle(form: Cut) -> Line:
    """The right sleeve's middle line, from the armhole to the cuff (24 points)."""
    share = np.linspace(0, 1, 24)
    outer = form.sleeve[np.round(share * (len(form.sleeve) - 1)).astype(int)]
    inner = form.under[::-1][np.round(share * (len(form.under) - 1)).astype(int)]
    return np.asarray((outer + inner) / 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    kinds: tuple[Kind, ...] = ("tee", "tee", "long", "tank")
    for number in range(options.count):
        random = np.random.default_rng([options.seed, number])
        flat = drawn(random, kinds[number % len(kinds)], 1000 + 97 * number)
        save(flat, options.out / f"drawn-{options.seed}-{number:03d}.npz")


if __name__ == "__main__":
    main()
