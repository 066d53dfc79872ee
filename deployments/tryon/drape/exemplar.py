"""Gaps in a picture filled with what is seen elsewhere in it, so that texture and lines go on.

For every place in the gap the best like place outside is looked for, from a coarse picture to finer
ones. Barnes et al., "PatchMatch: A Randomized Correspondence Algorithm for Structural Image
Editing", 2009, with the completion of Wexler et al., "Space-Time Completion of Video", 2007.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.fill import push_pull

REACH = 2
"""Pixels from the middle of a patch to its edge."""
COARSEST = 56
"""Longest side at which the search begins."""
ROUNDS = 2
"""How often places are looked for and the gap is painted again, at each size."""
UPWARD = 5.0
"""Price of a place that lies higher or lower: streets and walls go on sideways."""
OFFERED = 700
"""Places that are compared one by one at the coarsest size."""
FEWEST = 150
"""Places to take from without which nothing can be looked for."""

Places = NDArray[np.int64]
STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0))


@dataclass(frozen=True)
class Level:
    """A picture at one size."""

    picture: Floats
    """h×w×3, what is not known being a first guess."""
    there: Bools
    """Where it is known."""
    gap: Bools
    """Where it is to be painted."""
    patches: Floats
    """(h·w)×(5·5·3): each pixel with its neighbours."""
    weights: Floats
    """(gap's pixels)×(5·5): how much each neighbour tells."""
    sources: Bools
    """Middles of patches that are wholly known."""


def continued(picture: Floats, known: Bools, gap: Bools, seed: int) -> Floats | None:
    """Where each pixel of the gap has its like: h×w×2 px to add to x and y, 0 outside the gap.

    `picture` h×w×3 (0 to 255); what is neither known nor gap is left out of everything. None where
    too little is known to take from.
    """
    sizes = _sizes(known.shape)
    offsets: Floats | None = None
    random = np.random.default_rng(seed)
    for height, width in sizes:
        level = _level(picture, known, gap, height, width)
        if level.sources.sum() < FEWEST:
            return None
        if level.gap.any():
            offsets = _searched(level, offsets, random)
    return None if offsets is None else _grown(offsets, *known.shape)


def _sizes(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Heights and widths, doubling, the finest being half of the picture."""
    sizes = [((shape[0] + 1) // 2, (shape[1] + 1) // 2)]
    while max(sizes[-1]) > 1.5 * COARSEST:
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    return sizes[::-1]


def _level(picture: Floats, known: Bools, gap: Bools, height: int, width: int) -> Level:
    size = (width, height)
    mass = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    summed = cv2.resize(picture * known[..., None], size, interpolation=cv2.INTER_AREA)
    there = mass > 0.6
    mean = np.asarray(summed / np.maximum(mass, 1e-3)[..., None], np.float32)
    hole = cv2.resize(gap.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    open_gap = (hole > 0.02) & ~there
    start = push_pull(mean, there.astype(np.float32))
    inside = cv2.erode(there.astype(np.uint8), np.ones((2 * REACH + 1,) * 2, np.uint8)) > 0
    inside[:REACH] = inside[-REACH:] = False
    inside[:, :REACH] = inside[:, -REACH:] = False
    away = cv2.distanceTransform((~there).astype(np.uint8), cv2.DIST_L2, 3)
    trust = np.where(there, 1.0, np.where(open_gap, 1.3**-away, 0.0)).astype(np.float32)
    weights = _patches(trust[..., None])[open_gap.ravel()]
    return Level(start, there, open_gap, _patches(start), weights, inside)


def _patches(values: Floats) -> Floats:
    """Each pixel with its neighbours: (h·w)×(5·5·K)."""
    side = 2 * REACH + 1
    padded = np.pad(values, ((REACH, REACH), (REACH, REACH), (0, 0)), mode="edge")
    views = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1))
    rows = np.ascontiguousarray(np.moveaxis(views, 2, -1))
    return rows.reshape(values.shape[0] * values.shape[1], -1)


def _searched(level: Level, coarser: Floats | None, random: np.random.Generator) -> Floats:
    """The offsets of one size, h×w×2 (x, y)."""
    here = np.argwhere(level.gap)
    found = _peeled(level, here) if coarser is None else _first(level, coarser, here, random)
    for _ in range(ROUNDS):
        picture = _painted(level, here, found)
        found = _improved(level, picture, here, found, random)
    offsets = np.zeros((*level.gap.shape, 2), np.float32)
    offsets[level.gap] = (found - here)[:, ::-1]
    return offsets


def _peeled(level: Level, here: Places) -> Places:
    """Where to begin at the coarsest size: ring after ring from the gap's rim inwards, each pixel
    takes the place that looks most like what is known round it by then, of all there are."""
    sources = np.argwhere(level.sources)
    sources = sources[:: max(1, len(sources) // OFFERED)]
    width = level.gap.shape[1]
    offered = level.patches[sources[:, 0] * width + sources[:, 1]]
    picture, told = level.picture.copy(), level.there.copy()
    found = np.zeros((*level.gap.shape, 2), np.int64)
    while (level.gap & ~told).any():
        ring = _ring(level.gap & ~told, told)
        rows = ring[:, 0] * width + ring[:, 1]
        weights = np.repeat(_patches(told[..., None].astype(np.float32))[rows], 3, axis=1)
        unlike = weights @ (offered**2).T - 2 * (weights * _patches(picture)[rows]) @ offered.T
        rise = np.abs(ring[:, :1] - sources[None, :, 0]) / max(level.gap.shape)
        mass = np.maximum(weights.sum(axis=1, keepdims=True), 1)
        best = sources[np.argmin(unlike / mass + 255 * UPWARD * rise, axis=1)]
        picture[ring[:, 0], ring[:, 1]] = level.picture[best[:, 0], best[:, 1]]
        found[ring[:, 0], ring[:, 1]] = best
        told[ring[:, 0], ring[:, 1]] = True
    return found[here[:, 0], here[:, 1]]


def _ring(untold: Bools, told: Bools) -> Places:
    """The untold pixels beside told ones; all of them where none is."""
    beside = cv2.dilate(told.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    ring = np.argwhere(untold & beside)
    return ring if len(ring) else np.argwhere(untold)


def _first(level: Level, coarser: Floats, here: Places, random: np.random.Generator) -> Places:
    """Where to begin: at what the coarser picture found, where that is no place, anywhere."""
    sources = np.argwhere(level.sources)
    anywhere = sources[random.integers(0, len(sources), len(here))]
    near = _grown(coarser, *level.gap.shape)[level.gap][:, ::-1]
    place = np.round(here + near).astype(np.int64)
    return np.where(_usable(level, place)[:, None], place, anywhere)


def _usable(level: Level, place: Places) -> Bools:
    height, width = level.gap.shape
    inside = (place >= 0).all(axis=1) & (place[:, 0] < height) & (place[:, 1] < width)
    held = np.clip(place, 0, (height - 1, width - 1))
    return np.asarray(inside & level.sources[held[:, 0], held[:, 1]], np.bool_)


def _improved(
    level: Level, picture: Floats, here: Places, found: Places, random: np.random.Generator
) -> Places:
    """Each place tries what its neighbours have found, and a few others nearby."""
    rows = here[:, 0] * picture.shape[1] + here[:, 1]
    wanted = _patches(picture)[rows]
    weights = np.repeat(level.weights, 3, axis=1)
    best = found.copy()
    cost = _cost(level, wanted, weights, here, best)
    number = np.full(level.gap.shape, -1, np.int64)
    number[level.gap] = np.arange(len(here))
    radius = 0.5 * max(level.gap.shape)
    for turn in range(5):
        for step in STEPS:
            place = _from_neighbour(number, here, best, step)
            _try(level, wanted, weights, here, best, cost, place)
        spread = radius * 0.4**turn
        shift = np.round(random.uniform(-spread, spread, best.shape)).astype(np.int64)
        _try(level, wanted, weights, here, best, cost, best + shift)
    return best


def _from_neighbour(number: Places, here: Places, best: Places, step: tuple[int, int]) -> Places:
    height, width = number.shape
    beside = np.clip(here + step, 0, (height - 1, width - 1))
    index = number[beside[:, 0], beside[:, 1]]
    return np.where((index >= 0)[:, None], best[index] - step, best)


def _cost(level: Level, wanted: Floats, weights: Floats, here: Places, place: Places) -> Floats:
    rows = place[:, 0] * level.gap.shape[1] + place[:, 1]
    away = wanted - level.patches[rows]
    mass = np.maximum(weights.sum(axis=1), 1e-3)
    unlike = np.einsum("nd,nd,nd->n", away, away, weights) / mass
    rise = np.abs(place[:, 0] - here[:, 0]) / max(level.gap.shape)
    return np.asarray(unlike + 255 * UPWARD * rise, np.float32)


def _try(
    level: Level,
    wanted: Floats,
    weights: Floats,
    here: Places,
    best: Places,
    cost: Floats,
    place: Places,
) -> None:
    """Take each place that is better than the best so far."""
    open_to = np.flatnonzero(_usable(level, place) & (place != best).any(axis=1))
    if not len(open_to):
        return
    new = _cost(level, wanted[open_to], weights[open_to], here[open_to], place[open_to])
    better = new < cost[open_to]
    taken = open_to[better]
    best[taken], cost[taken] = place[taken], new[better]


def _painted(level: Level, here: Places, found: Places) -> Floats:
    """The gap painted anew: each pixel the mean of what the patches round it say."""
    total = np.zeros_like(level.picture)
    mass = np.zeros(level.gap.shape, np.float32)
    for dy in range(-REACH, REACH + 1):
        for dx in range(-REACH, REACH + 1):
            step = np.array([dy, dx])
            to, source = here + step, found + step
            seen = ((to >= 0) & (to < level.gap.shape)).all(axis=1)
            to, source = to[seen], source[seen]
            total[to[:, 0], to[:, 1]] += level.picture[source[:, 0], source[:, 1]]
            mass[to[:, 0], to[:, 1]] += 1
    voted = total / np.maximum(mass, 1)[..., None]
    return np.where((level.gap & (mass > 0))[..., None], voted, level.picture).astype(np.float32)


def _grown(offsets: Floats, height: int, width: int) -> Floats:
    """Offsets at another size, each pixel having those of the nearest."""
    factors = np.array([width / offsets.shape[1], height / offsets.shape[0]], np.float32)
    nearest = cv2.resize(offsets, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(nearest * factors, np.float32)
