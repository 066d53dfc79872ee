"""The outline of a flat top as runs between its corners, each sewn to the other layer or open."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from deployments.types import Mask
from training.figures.body import Points
from training.pairs.flat import BadFlat, Flat
from training.pairs.lines import contour, smoothed

BACK_NECK_DEPTH = 0.10
"""Of the neck's width: how far the back's neck edge sinks below its corners. It is not read from
the mask: hangers, labels and shadows spoil that edge, and nobody sees it from the front."""
FRONT_BELOW_BACK = 0.12
"""Of the neck's width: the least the front's edge lies below the back's."""
MOST_OFF = 0.22
"""Of the chest: how far from the outline a corner may lie that is looked for on it."""


@dataclass(frozen=True)
class Run:
    """A piece of the outline, from one corner to the next (both included), px."""

    points: Points
    sewn: bool


def runs(flat: Flat, spacing: float) -> list[Run]:
    """Counter-clockwise in the picture from the neck's left corner, without the neck's own edge;
    points every `spacing` px. Raises BadFlat where the corners are out of order."""
    line = _contour(flat.mask, spacing)
    corners = _corners(flat)
    places = [_nearest(line, corner, MOST_OFF * flat.chest) for corner, _ in corners]
    steps = np.diff(np.unwrap(np.array(places) * 2 * np.pi / len(line)) * len(line) / 2 / np.pi)
    if (steps <= 0).any() or steps.sum() >= len(line):
        raise BadFlat("corners out of order")
    found = []
    for (start, end), (_, sewn) in zip(itertools.pairwise(places), corners[1:], strict=True):
        piece = (
            line[start : end + 1]
            if end >= start
            else np.concatenate([line[start:], line[: end + 1]])
        )
        found.append(Run(resampled(piece, spacing), sewn))
    return found


def front_neck(flat: Flat, start: Points, end: Points, spacing: float) -> Points:
    """From the right corner of the picture (`start`) to the left one, ends included."""
    line = flat.neckline[::-1].copy()
    share = np.linspace(0, 1, len(line))[:, None]
    line += (start - line[0]) * (1 - share) + (end - line[-1]) * share
    lowest = _neck_arc(start, end, len(line), BACK_NECK_DEPTH + FRONT_BELOW_BACK)
    line[:, 1] = np.maximum(line[:, 1], lowest[:, 1])
    return resampled(line, spacing)


def back_neck(start: Points, end: Points, spacing: float) -> Points:
    return resampled(_neck_arc(start, end, 40, BACK_NECK_DEPTH), spacing)


def _neck_arc(start: Points, end: Points, count: int, depth: float) -> Points:
    t = np.linspace(0, 1, count)
    arc = start + t[:, None] * (end - start)
    width = float(np.linalg.norm(end - start))
    arc[:, 1] += depth * width * (1 - (2 * t - 1) ** 4)
    return np.asarray(arc)


def resampled(line: Points, spacing: float) -> Points:
    """Evenly, ends included, about `spacing` apart."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    count = max(1, round(length[-1] / spacing))
    at = np.linspace(0, length[-1], count + 1)
    return np.stack([np.interp(at, length, line[:, k]) for k in (0, 1)], axis=1)


def _contour(mask: Mask, spacing: float) -> Points:
    """The largest outline, smoothed, counter-clockwise as seen in the picture."""
    line = contour(mask, max(0.8, 0.35 * spacing))
    if not len(line):
        raise BadFlat("empty mask")
    kernel = np.hanning(2 * max(2, round(0.6 * spacing)) + 3)[1:-1]
    return smoothed(line, kernel / kernel.sum())


def _corners(flat: Flat) -> list[tuple[Points, bool]]:
    """The corners in walking order; the flag: whether the run that ends there is sewn."""
    order: list[tuple[Points, bool]] = [(flat.neckline[0], False)]
    order += _sleeve_end(flat, -1)
    order += [(flat.marks["hem_right"], True), (flat.marks["hem_left"], False)]
    (outer, _), (inner, _) = _sleeve_end(flat, 1)
    return [*order, (inner, True), (outer, False), (flat.neckline[-1], True)]


def _sleeve_end(flat: Flat, side: int) -> list[tuple[Points, bool]]:
    """The ends of the opening that an arm comes out of, from above downwards."""
    if side in flat.cuffs:
        outer, inner = flat.cuffs[side]
    else:
        name = "left" if side == 1 else "right"
        outer, inner = flat.marks[f"shoulder_{name}"], flat.marks[f"armpit_{name}"]
    return [(outer, True), (inner, False)]


def _nearest(line: Points, place: Points, most: float) -> int:
    away = np.linalg.norm(line - place, axis=1)
    index = int(np.argmin(away))
    if away[index] > most:
        raise BadFlat("a corner lies off the outline")
    return index
