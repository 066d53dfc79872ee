"""What kind of garment a picture shows: what the network says of the picture, and a logistic
regression over measures of the outline.

`training/garment` makes the network; `training/garment_kind` measures photos of garments and writes
the table of weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.kind_table import MEAN, SPREAD, WEIGHTS
from deployments.garment_shape.outline import Half, Outline
from deployments.garment_shape.top import TopHalf
from deployments.types import Category, GarmentKind

KINDS: tuple[GarmentKind, ...] = ("top", "trousers", "shorts", "skirt", "dress")
CATEGORY: dict[GarmentKind, Category] = {
    "top": "upper",
    "trousers": "lower",
    "shorts": "lower",
    "skirt": "lower",
    "dress": "dress",
}
CLASS_KIND: dict[str, GarmentKind] = {
    "t-shirt": "top",
    "longsleeve": "top",
    "shirt": "top",
    "outwear": "top",
    "pants": "trousers",
    "shorts": "shorts",
    "skirt": "skirt",
    "dress": "dress",
}
"""The network's classes; "nothing" is no kind."""
DRESS_SAY = 1.8
"""Weight of a dress against the rest: networks and outlines call many a short dress a top, and
hardly a top a dress."""
OUTLINE_SAY = 0.4
"""Exponent of the outline's scores beside the network's: the outline decides where the network is
in two minds. On photos anything from 0.1 to 0.5 is as good."""
LEAST_CHANCE = 1e-4
"""No voice can rule a kind out alone."""
FLARE, LENGTH = -7, -6
"""Places among the measures: logarithms of the hem's width and of the length, by the width at the
armpits."""
SHOP_DRESS_LENGTH, SHOP_DRESS_FLARE = 2.3, 1.45
BANDS = 14
"""Horizontal bands in which the outline is measured."""
EDGE_PLACES = np.linspace(0.0, 0.9, 6)
"""Places on the top and the bottom edge, from the axis to the side."""


def kind_scores(measures: NDArray[np.float64]) -> dict[GarmentKind, float]:
    """How likely each kind is, from `measure`'s numbers; they add up to 1."""
    standard = (measures - np.array(MEAN)) / np.array(SPREAD)
    logits = np.array(WEIGHTS) @ np.append(np.clip(standard, -4, 4), 1.0)
    share = np.exp(logits - logits.max()) * _plausible(measures)
    share /= share.sum()
    return {kind: float(p) for kind, p in zip(KINDS, share, strict=True)}


def agreed_scores(
    outline: Mapping[GarmentKind, float], classes: Mapping[str, float]
) -> dict[GarmentKind, float]:
    """How likely each kind is, from the outline's scores and the network's chances of each class;
    they add up to 1."""
    seen = dict.fromkeys(KINDS, LEAST_CHANCE)
    for name, kind in CLASS_KIND.items():
        seen[kind] += classes[name]
    seen["dress"] *= DRESS_SAY
    # A flat drawing is no garment to the network, and what it says of its kind is idle.
    say = OUTLINE_SAY + (1.0 - OUTLINE_SAY) * classes["nothing"]
    both = {kind: seen[kind] * (outline[kind] + LEAST_CHANCE) ** say for kind in KINDS}
    return {kind: score / sum(both.values()) for kind, score in both.items()}


def in_a_shop(
    scores: Mapping[GarmentKind, float], measures: NDArray[np.float64]
) -> dict[GarmentKind, float]:
    """The scores of a garment on a shop's plain ground, where it is shown on a figure that is left
    out: a fitted top is as narrow there as a dress is at home. A dress is longer, or flares."""
    long = float(np.exp(measures[LENGTH])) >= SHOP_DRESS_LENGTH
    flared = float(np.exp(measures[FLARE])) >= SHOP_DRESS_FLARE
    if long or flared or scores["dress"] <= scores["top"]:
        return dict(scores)
    changed = {**scores, "top": scores["top"] + scores["dress"], "dress": 0.0}
    return {kind: changed[kind] for kind in KINDS}


def _plausible(measures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factors for each kind where a few measures together say more than their weighted sum.

    What dips like a neck and draws in like armholes is worn above the waist.
    """
    armhole, dip = measures[-2], measures[-1]
    factors = np.ones(len(KINDS))
    if armhole > 0.02 and dip > 0.85:
        factors[[KINDS.index(kind) for kind in KINDS if CATEGORY[kind] == "lower"]] = 0.15
    return factors


def measure(outline: Outline, left: TopHalf, right: TopHalf) -> NDArray[np.float64]:
    """The numbers that tell kinds apart. Lengths count in heights of the garment."""
    return np.concatenate(
        [
            _bands(outline),
            _edge(outline, outline.mask, 0.1),
            _edge(outline, outline.mask[::-1], 0.06),
            _read(outline, left, right),
        ]
    )


def leg_gap(outline: Outline) -> float:
    """Height of the gap around the axis that is open below, as a share of the garment's."""
    reach = max(int(0.06 * outline.height), 2)
    axis = round(outline.axis)
    rows = outline.open_mask[outline.top : outline.bottom + 1]
    strip = rows[:, max(axis - reach, 0) : axis + reach + 1]
    last = np.where(strip.any(axis=0), len(strip) - strip[::-1].argmax(axis=0), 0)
    return float((outline.height - last).max()) / outline.height


def _bands(outline: Outline) -> NDArray[np.float64]:
    """Of each band: cloth (logarithm), gaps between, and cloth around the axis."""
    height, axis = outline.height, round(outline.axis)
    reach = max(int(0.06 * height), 2)
    borders = outline.top + np.linspace(0, height, BANDS + 1).astype(int)
    found = []
    for start, end in pairwise(borders):
        band = outline.open_mask[start : max(end, start + 1)]
        columns = np.flatnonzero(band.any(axis=0))
        extent = float(np.ptp(columns)) / height if len(columns) else 0.0
        cloth = float(band.sum()) / len(band) / height
        middle = float(band[:, max(axis - reach, 0) : axis + reach + 1].mean())
        found += [np.log(max(cloth, 0.02)), extent - cloth, middle]
    return np.array(found)


def _edge(outline: Outline, mask: NDArray[np.uint8], depth: float) -> NDArray[np.float64]:
    """How far below its highest point the upper edge of `mask` lies, at places from the axis out.

    Both sides are averaged. The edge reaches as far as the cloth does at this depth: a waistband is
    straight, a neck dips and shoulders fall.
    """
    rows = np.flatnonzero(mask.any(axis=1))
    first = mask.argmax(axis=0).astype(np.float64) - rows[0]
    first[~mask.any(axis=0)] = outline.height
    columns = np.flatnonzero(mask[rows[0] + int(depth * outline.height)])
    if not len(columns):
        return np.zeros(len(EDGE_PLACES))
    middle, half = (columns[0] + columns[-1]) / 2, (columns[-1] - columns[0]) / 2
    at = [middle + sign * half * EDGE_PLACES for sign in (-1, 1)]
    both = [np.interp(place, np.arange(len(first)), first) for place in at]
    return np.asarray(np.minimum((both[0] + both[1]) / 2 / outline.height, 0.4), np.float64)


def _read(outline: Outline, left: TopHalf, right: TopHalf) -> NDArray[np.float64]:
    """What reading it as a top and as trousers says."""
    armpits = max(float(left.point("armpit")[0] + right.point("armpit")[0]), 1.0)
    hems = max(float(left.point("hem")[0] + right.point("hem")[0]), 1.0)
    hem_y = float(left.point("hem")[1] + right.point("hem")[1]) / 2
    widest = float(np.ptp(np.flatnonzero(outline.mask.any(axis=0))))
    return np.array(
        [
            leg_gap(outline),
            np.log(widest / outline.height),
            np.log(hems / armpits),
            np.log(max(hem_y - outline.top, 1.0) / armpits),
            float(left.sleeved) + float(right.sleeved),
            outline.symmetry,
            _notch(left.half, outline) + _notch(right.half, outline),
            _armhole(outline),
            np.tanh(_dip(outline) / 0.03),
        ]
    )


def _armhole(outline: Outline) -> float:
    """By what share of its width the outline draws in below the shoulders. A skirt never does."""
    rows = outline.mask[outline.top : outline.bottom + 1].astype(bool)
    first = rows.argmax(axis=1)
    extent = rows.shape[1] - rows[:, ::-1].argmax(axis=1) - first
    start, end = int(0.06 * len(rows)), int(0.35 * len(rows))
    shoulders = float(extent[: start + 1].max())
    return max(1.0 - float(extent[start:end].min()) / shoulders, 0.0)


def _dip(outline: Outline) -> float:
    """How far the top edge dips at the axis below the lower of its sides' highest points."""
    columns = np.flatnonzero(outline.mask.any(axis=0))
    first = outline.mask.argmax(axis=0)[columns]
    axis = int(np.abs(columns - outline.axis).argmin())
    return float(first[axis] - max(first[: axis + 1].min(), first[axis:].min())) / outline.height


def _notch(half: Half, outline: Outline) -> float:
    """Degrees/90 of the sharpest notch in the side of the upper three quarters."""
    turn = half.turning(max(int(0.04 * outline.height), 4))
    y = half.points[:, 1] - outline.top
    beside = (y > 0.06 * outline.height) & (y < 0.75 * outline.height)
    return float(np.clip(-turn[beside].min(initial=0.0), 0, 120)) / 90
