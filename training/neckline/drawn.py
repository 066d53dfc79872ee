"""Necks of tops drawn by chance: deep, square and pointed ones, of which photos have too few."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from deployments.garment_shape.opening import ABOVE, WIDE
from training.neckline.augment import Floats, Neck, Pixels, pattern

SIDE = 256
REACH = SIDE / WIDE
"""Px of half the width at the armpits."""
TOP = ABOVE * REACH
STEPS = np.linspace(-1, 1, 61)
FINE = 4  # binary digits of a px that outlines keep
COLLARED, LINED, LABELLED, RIBBED, SHADED, PRINTED = 0.2, 0.3, 0.5, 0.5, 0.8, 0.4
"""How often a collar stands up, the inside is of another cloth, and there are a label, a rib, the
edge's own shade and a print below it."""

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """The edges of front and back, from the wearer's right to the left, and the whole cloth."""

    front: Points
    back: Points
    cloth: Points
    high: bool
    """A collar that stands up: little of the inside is seen, and a broad rib below it."""


def neck(rng: np.random.Generator) -> Neck:
    """One neck, its ground and its cloth by chance."""
    lines = _lines(rng)
    cloth, opening = _filled(lines.cloth), _filled(lines.front)
    inside = np.minimum(opening, cloth)
    fabric = _fabric(rng)
    picture = _over(_fabric(rng), cloth, fabric)
    picture = _over(picture, inside, _lining(rng, fabric))
    if rng.random() < LABELLED:
        picture = _over(picture, np.minimum(_label(rng, lines), inside), _colour(rng))
    if lines.high or rng.random() < RIBBED:
        picture = _with_rib(rng, picture, lines, fabric)
    if rng.random() < SHADED:
        picture = _with_shade(rng, picture, lines, cloth)
    if rng.random() < PRINTED:
        picture = _over(picture, _print(rng, lines), _fabric(rng))
    pixels = np.clip(picture, 0, 255).astype(np.uint8)
    return Neck(np.dstack([pixels, 255 * (cloth > 127)]).astype(np.uint8), _solid(opening))


def _lines(rng: np.random.Generator) -> Lines:
    collared = bool(rng.random() < COLLARED)
    wide = REACH * rng.uniform(0.22, 0.45 if collared else 0.62)
    back_dip, deep = _depths(rng, collared=collared)
    x = SIDE / 2 + wide * STEPS
    front = np.column_stack([x, TOP + deep * _course(rng)])
    back = np.column_stack([x, TOP + back_dip * (1 - np.abs(STEPS) ** rng.uniform(1.6, 3))])
    shoulder, beyond = TOP + 1.5 * REACH * rng.uniform(0.05, 0.35), SIDE / 4
    left, right = -beyond, SIDE + beyond
    sides = [[right, shoulder], [right, right], [left, right]]
    cloth = np.vstack([[[left, shoulder]], back, sides])
    return Lines(front, back, cloth, collared)


def _depths(rng: np.random.Generator, *, collared: bool) -> tuple[float, float]:
    """Px by which the back's and the front's edge dip."""
    if collared:
        back = REACH * rng.uniform(0, 0.05)
        return back, back + REACH * rng.uniform(0.02, 0.12)
    back = REACH * (rng.uniform(0, 0.12) if rng.random() < 0.75 else rng.uniform(0.1, 0.5))
    more = rng.uniform(0.02, 0.35) if rng.random() < 0.7 else rng.uniform(0.3, 1.2)
    return back, back + REACH * more


def _course(rng: np.random.Generator) -> Points:
    """How low the front's edge lies along its width, as shares of its depth: round, pointed or
    square."""
    inward = 1 - np.abs(STEPS)
    kind = rng.choice(["round", "round", "pointed", "square"])
    if kind == "round":
        return np.asarray((1 - np.abs(STEPS) ** rng.uniform(1.7, 3.5)) ** rng.uniform(0.6, 1))
    if kind == "pointed":
        return np.asarray(inward ** rng.uniform(0.75, 1.15))
    return np.asarray(np.clip(inward * rng.uniform(4, 12), 0, 1))


def _fixed(points: Points) -> list[npt.NDArray[np.int32]]:
    return [np.round(points * (1 << FINE)).astype(np.int32)]


def _filled(points: Points) -> Pixels:
    blank = np.zeros((SIDE, SIDE), np.uint8)
    return np.asarray(cv2.fillPoly(blank, _fixed(points), (255,), cv2.LINE_AA, FINE), np.uint8)


def _stroke(points: Points, wide: float) -> Pixels:
    blank, px = np.zeros((SIDE, SIDE), np.uint8), max(int(wide), 1)
    line = cv2.polylines(blank, _fixed(points), False, (255,), px, cv2.LINE_AA, FINE)
    return np.asarray(line, np.uint8)


def _solid(mask: Pixels) -> Pixels:
    return np.asarray(255 * (mask > 127), np.uint8)


def _over(below: Floats, mask: Pixels, above: Floats) -> Floats:
    share = (mask / 255.0).astype(np.float32)[..., None]
    return np.asarray(below + share * (above - below), np.float32)


def _colour(rng: np.random.Generator) -> Floats:
    return rng.uniform(0, 255, 3).astype(np.float32)


def _fabric(rng: np.random.Generator) -> Floats:
    """Cloth, S×S×3: a colour, often a pattern, always some light and shade."""
    base = np.broadcast_to(rng.uniform(15, 240, 3).astype(np.float32), (SIDE, SIDE, 3))
    if rng.random() < 0.5:
        base = base + pattern(rng, SIDE) * rng.uniform(8, 70)
    noise = rng.standard_normal((SIDE, SIDE), np.float32)
    shade = cv2.GaussianBlur(noise, (0, 0), rng.uniform(6, 30))[..., None]
    return np.asarray(base + shade / shade.std() * rng.uniform(2, 10), np.float32)


def _lining(rng: np.random.Generator, fabric: Floats) -> Floats:
    """The inside of the back: other cloth, or the same, darker, its pattern elsewhere."""
    if rng.random() < LINED:
        return _fabric(rng)
    moved = np.roll(fabric, rng.integers(0, 20, 2), (0, 1)) if rng.random() < 0.5 else fabric
    return np.asarray(moved * rng.uniform(0.55, 1.02), np.float32)


def _label(rng: np.random.Generator, lines: Lines) -> Pixels:
    """A label that hangs below the back's edge."""
    x = SIDE / 2 + rng.normal(0, 4)
    y = float(lines.back[:, 1].max()) + rng.uniform(2, 9)
    tall, half = rng.uniform(4, 14), rng.uniform(4, 15)
    corners = [[x - half, y], [x + half, y], [x + half, y + tall], [x - half, y + tall]]
    return _filled(np.array(corners))


def _with_rib(rng: np.random.Generator, picture: Floats, lines: Lines, fabric: Floats) -> Floats:
    """A rib below the front's edge, and its darker other half along the back's."""
    wide = 2 * REACH * (rng.uniform(0.15, 0.45) if lines.high else rng.uniform(0.03, 0.1))
    rib = fabric * rng.uniform(0.7, 1.1) if rng.random() < 0.5 else _colour(rng)
    cloth, opening = _filled(lines.cloth), _filled(lines.front)
    front = np.minimum(np.minimum(_stroke(lines.front, wide), cloth), 255 - _solid(opening))
    back = np.minimum(_stroke(lines.back, wide), np.minimum(opening, cloth))
    picture = _over(picture, front, np.asarray(rib, np.float32))
    return _over(picture, back, np.asarray(rib * rng.uniform(0.6, 1), np.float32))


def _with_shade(rng: np.random.Generator, picture: Floats, lines: Lines, cloth: Pixels) -> Floats:
    """The line of shade that the front's edge throws on the back."""
    above = lines.front - [0, rng.uniform(0, 2)]
    line = _stroke(above, float(rng.integers(1, 4)))
    soft = cv2.GaussianBlur(line, (0, 0), rng.uniform(0.5, 2)).astype(np.uint8)
    share = np.minimum(soft, cloth).astype(np.float32)[..., None] / 255
    return np.asarray(picture * (1 - share * rng.uniform(0.05, 0.6)), np.float32)


def _print(rng: np.random.Generator, lines: Lines) -> Pixels:
    """A four-cornered print on the chest."""
    top = float(lines.front[:, 1].max()) + rng.uniform(15, 60)
    left, right = SIDE / 2 - rng.uniform(20, 90, 2), SIDE / 2 + rng.uniform(20, 90, 2)
    bottom = top + SIDE / 3
    corners = [[left[0], top], [right[0], top], [right[1], bottom], [left[1], bottom]]
    return _filled(np.array(corners))
