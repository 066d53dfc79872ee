"""Grows strands of hair on a head: guides that follow the skull and fall, children around them.

NumPy only: the surface arrives as a function, so tests can use a sphere.
Frame: metres, x to the person's left, -y forward, z up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.figures.people import Hair

Points = NDArray[np.float64]
# Points (n x 3) → nearest surface points and outward normals there
Surface = Callable[[Points], tuple[Points, Points]]


@dataclass(frozen=True)
class Head:
    """Places on the posed head: between the eyes, the skull's middle; `radius` of the skull."""

    eyes: Points
    middle: Points
    radius: float


@dataclass(frozen=True)
class Strands:
    """Curves: `points` strands x steps x 3, `radius` strands x steps (metres)."""

    points: Points
    radius: Points


def hairline(head: Head, points: Points) -> Points:
    """How far (metres) each point lies above the hairline; negative on face and neck."""
    from_middle = points - head.middle
    azimuth = np.degrees(np.arctan2(np.abs(from_middle[:, 0]), -from_middle[:, 1]))
    angles = [0, 25, 42, 55, 72, 85, 100, 125, 150, 180]
    heights = [0.066, 0.066, 0.060, 0.040, 0.018, -0.002, -0.012, -0.045, -0.065, -0.070]
    return np.asarray(points[:, 2] - head.eyes[2] - np.interp(azimuth, angles, heights))


def scatter(
    vertices: Points, triangles: NDArray[np.int64], weight: Points, count: int, seed: int
) -> tuple[Points, Points]:
    """`count` random places on a mesh (by area times `weight` a vertex) and their normals."""
    random = np.random.default_rng(seed)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    chance = np.linalg.norm(cross, axis=1) * weight[triangles].mean(axis=1)
    chosen = random.choice(len(triangles), count, p=chance / chance.sum())
    u, v = random.random((2, count, 1))
    flip = u + v > 1
    u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
    places = a[chosen] + u * (b - a)[chosen] + v * (c - a)[chosen]
    return places, _unit(cross[chosen])


def _unit(vectors: Points) -> Points:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def _tangent(vectors: Points, outward: Points) -> Points:
    return np.asarray(vectors - (vectors * outward).sum(axis=1, keepdims=True) * outward)


def _comb(hair: Hair, head: Head, places: Points) -> Points:
    """The direction in which hair is combed at a place, before gravity."""
    side = np.sign(places[:, :1] - head.middle[0] - hair.parting)
    front = np.clip(-(places[:, 1:2] - head.middle[1]) / head.radius, 0, 1)
    sideways, back = np.array([[1.0, 0, 0]]), np.array([[0, 1.0, 0]])
    up = np.array([[0, 0, 1.0]])
    if hair.style in ("long", "bob"):
        aside = side * sideways * (0.75 + 0.25 * front)
        return np.asarray(aside + back * (0.35 + 0.2 * front) + 0.25 * up * front)
    if hair.style == "bun":
        return np.asarray(bun_place(head) - places)
    backward = 0.6 * back * (1 - front) - 0.25 * front * back
    return np.asarray(0.5 * side * sideways + backward - 0.5 * up)


def bun_place(head: Head) -> Points:
    """The middle of a bun: high at the back, so that it shows from the front."""
    direction = np.array([0.0, 0.62, 0.95])
    return np.asarray(head.middle + direction / np.linalg.norm(direction) * (head.radius + 0.035))


def _lengths(hair: Hair, head: Head, roots: Points, random: np.random.Generator) -> Points:
    above = np.clip((roots[:, 2] - head.eyes[2]) / 0.10, 0.0, 1.0)
    length = np.full(len(roots), hair.length)
    if hair.style == "short":
        length = hair.length * (0.22 + 0.78 * above**1.5)
    elif hair.style == "curly":
        length = hair.length * (0.55 + 0.45 * above)
    return np.asarray(length * random.uniform(0.86, 1.0, len(roots)))


def grow_guides(
    hair: Hair, head: Head, roots: Points, outward: Points, surface: Surface, steps: int
) -> Points:
    """Walks every guide over the skull and down: guides x steps x 3."""
    random = np.random.default_rng(hair.seed)
    length = _lengths(hair, head, roots, random)
    stride = (length / (steps - 1))[:, None]
    lift = {"short": 0.9, "crop": 0.8, "curly": 3.0, "bun": 0.12}.get(hair.style, 0.45)
    direction = _unit(_tangent(_unit(_comb(hair, head, roots)), outward) + lift * outward)
    layer = _layers(hair, head, roots, random)
    path = [roots]
    for step in range(1, steps):
        place = path[-1] + stride * direction
        place = _stay_outside(place, surface, layer * min(1.0, step / 3))
        if hair.style == "bun":
            place = _gather(place, path[-1], head)
        direction = _bend(hair, head, _unit(place - path[-1]), place, stride)
        path.append(place)
    return np.stack(path, axis=1)


def _layers(hair: Hair, head: Head, roots: Points, random: np.random.Generator) -> Points:
    """How far off the skin each guide lies: hair from higher up lies over hair from lower down."""
    high = np.clip((roots[:, 2] - head.eyes[2] + 0.06) / 0.2, 0, 1)
    depth = {"short": 0.010, "crop": 0.004, "curly": 0.0, "bun": 0.007}.get(hair.style, 0.022)
    return np.asarray(depth * (0.25 + 0.75 * high) * random.uniform(0.7, 1.1, len(roots)))


def _stay_outside(place: Points, surface: Surface, layer: Points) -> Points:
    nearest, normal = surface(place)
    height = ((place - nearest) * normal).sum(axis=1)
    lacking = np.maximum(layer - height, 0)[:, None]
    return np.asarray(place + lacking * normal)


def _gather(place: Points, before: Points, head: Head) -> Points:
    """Stops a strand inside the bun."""
    arrived = np.linalg.norm(before - bun_place(head), axis=1, keepdims=True) < 0.03
    return np.where(arrived, before + 1e-5, place)


def _bend(hair: Hair, head: Head, direction: Points, place: Points, stride: Points) -> Points:
    """The next step's direction: its own stiffness against comb and gravity."""
    down = np.array([[0, 0, -1.0]])
    if hair.style == "bun":
        return _unit(0.5 * direction + _unit(bun_place(head) - place))
    if hair.style in ("long", "bob"):
        below = np.clip((head.eyes[2] + 0.02 - place[:, 2:]) / 0.10, 0, 1)
        back = np.array([[0, 1.0, 0]]) * (0.55 * (1 - below) + 0.10)
        inward = -np.sign(place[:, :1] - head.middle[0]) * np.array([[1.0, 0, 0]]) * 0.42 * below
        pull = np.clip(stride / 0.03, 0.2, 1.0)
        return _unit(direction + pull * (0.75 * down + 0.6 * back + inward))
    if hair.style == "curly":
        return direction
    return _unit(direction + 0.25 * _unit(_comb(hair, head, place)) + 0.10 * down)


def add_children(guides: Points, each: int, spread: float, hair: Hair) -> Points:
    """`each` strands around every guide, drawn together towards the tip like real locks."""
    random = np.random.default_rng(hair.seed + 1)
    count, steps = guides.shape[:2]
    along = np.linspace(0, 1, steps)[None, :, None]
    offset = random.normal(0, spread, (count * each, 1, 3))
    strands = np.repeat(guides, each, axis=0)
    strands = strands + offset * (1 - 0.55 * along**1.5)
    strands += _waves(hair, len(strands), steps, each, random) * along**0.8
    cut = random.uniform(0.85, 1.0, (len(strands), 1, 1))
    return _resample(strands, cut[:, 0, 0])


def _waves(hair: Hair, count: int, steps: int, each: int, random: np.random.Generator) -> Points:
    size, turns = {"curly": (0.006, 3.5), "long": (0.006, 2.2), "bob": (0.004, 1.5)}.get(
        hair.style, (0.0015, 1.0)
    )
    phase = np.repeat(random.uniform(0, 6.3, (count // each, 1, 3)), each, axis=0)
    phase = phase + random.normal(0, 0.5, (count, 1, 3))
    along = np.linspace(0, 1, steps)[None, :, None]
    return np.asarray(size * np.sin(2 * np.pi * turns * along + phase))


def _resample(strands: Points, share: Points) -> Points:
    """Shortens every strand to a share of its length, keeping the number of points."""
    steps = strands.shape[1]
    place = share[:, None] * np.arange(steps)[None]
    low = np.minimum(place.astype(int), steps - 2)
    part = (place - low)[..., None]
    rows = np.arange(len(strands))[:, None]
    return np.asarray(strands[rows, low] * (1 - part) + strands[rows, low + 1] * part)


def bun_ball(head: Head, count: int, steps: int, seed: int) -> Points:
    """Strands wound into a ball of 3.5 cm radius around the bun's middle."""
    random = np.random.default_rng(seed)
    axis = _unit(np.array([0, 0.4, 0.9]) + random.normal(0, 0.35, (count, 3)))
    start = _unit(np.cross(axis, random.normal(size=(count, 3))))
    across = np.cross(axis, start)
    angle = np.linspace(0, 3.6, steps)[None] + random.uniform(0, 6.3, (count, 1))
    radius = 0.036 * random.uniform(0.75, 1.0, (count, 1, 1)) * np.array([1.1, 0.95, 0.9])
    ring = np.cos(angle)[..., None] * start[:, None] + np.sin(angle)[..., None] * across[:, None]
    tilt = random.normal(0, 0.35, (count, 1, 1)) * axis[:, None]
    return np.asarray(bun_place(head) + radius * _unit(ring + tilt))


def taper(strands: Points, width: float) -> Strands:
    """Gives strands a radius that thins out at the tip."""
    steps = strands.shape[1]
    profile = width * (1 - 0.75 * np.linspace(0, 1, steps) ** 2)
    return Strands(strands, np.broadcast_to(profile, strands.shape[:2]).copy())


def brows(head: Head, surface: Surface, eye_half: float, seed: int, count: int = 260) -> Points:
    """Short hairs along an arc above each eye; `eye_half`: half the distance of the eyes."""
    random = np.random.default_rng(seed)
    along = random.uniform(0, 0.86, count)
    side = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    x = side * (eye_half * 0.54 + along * 0.038)
    z = 0.0185 + 0.007 * np.sin(np.pi * np.clip(along * 0.78, 0, 1)) - 0.004 * along
    z = z + random.normal(0, 0.0017, count) * (1 - 0.6 * along)
    start = head.eyes + np.stack([x, np.full(count, -0.03), z], axis=1)
    roots, normal = surface(start)
    heading = np.stack([side * 0.9, np.full(count, 0.1), 0.55 - 0.9 * along], axis=1)
    heading = _unit(_tangent(_unit(heading), normal) + 0.15 * normal)
    t = np.linspace(0, 0.0085, 4)[None, :, None]
    return np.asarray(roots[:, None] + heading[:, None] * t)
