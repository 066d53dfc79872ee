"""Where trousers and shorts go on the body: a mesh for each leg."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import SIDES, Body
from deployments.tryon.drape.flat import NAMES
from deployments.tryon.drape.laid import HIPS_LAID, lay
from deployments.tryon.drape.limb import Limb
from deployments.tryon.drape.plan import Strip, overlong, ruled, wrapped_columns
from deployments.tryon.drape.waistband import NO_DIPS, Dips
from deployments.types import GarmentShape, Mask

HIP_RIBS, LEG_RIBS, COLUMNS = 7, 14, 9
LONG = 0.72
"""Trousers that reach this share of the leg reach the shoe."""
CUFF_DIP = 0.1
"""How much lower a cuff's front looks than its sides, in its widths: it is seen from above."""
OVERLAP = 0.012
"""Units by which the halves lap over each other in front, so that nothing shows between them."""
OUTWARDS = 0.6
"""How much of what cloth loses between the legs it gains outside."""
HIGHEST_RISE, USUAL_RISE = 1.75, 1.4
"""How far below the waistband the crotch lies at most and usually, in half hip widths laid flat."""
SHORTEST_LEG = 0.2
"""Half hip widths of cloth below the crotch's height at the least."""
FULL_LENGTH = 0.9
"""An inseam of so many hip widths laid flat reaches the ankles on whomever it fits."""
CROTCH_DROP = 0.3
"""The crotch lies this many units below the hip joints."""


@dataclass(frozen=True)
class Bottom:
    """A lower garment laid flat, in px of its picture."""

    shape: GarmentShape
    mask: Mask
    dips: Dips = NO_DIPS
    """How far below the line between its corners the waistband's front begins."""

    def mark(self, name: str) -> Floats:
        return np.array(self.shape.landmarks[name], np.float32)

    def side(self, name: str, side: int) -> Floats:
        return self.mark(f"{name}_{NAMES[side]}")

    @property
    def hip_half(self) -> float:
        return max(1.0, float(self.side("hip", 1)[0] - self.side("hip", -1)[0]) / 2)

    @property
    def waist(self) -> Floats:
        return np.asarray((self.side("waist", 1) + self.side("waist", -1)) / 2, np.float32)

    def front(self, side: int) -> Floats:
        """Where the front's upper edge meets the side."""
        waist, hip = self.side("waist", side), self.side("hip", side)
        dip = self.dips.left if side == -1 else self.dips.right
        share = min(0.9, dip / max(float(hip[1] - waist[1]), dip + 1.0))
        return np.asarray(waist + share * (hip - waist), np.float32)

    @property
    def front_middle(self) -> Floats:
        return np.asarray(self.waist + np.array([0, self.dips.middle], np.float32), np.float32)

    @property
    def front_edge(self) -> Floats:
        """The front's upper edge from the left of the picture to the right."""
        left, right = self.front(-1), self.front(1)
        share = np.linspace(0, 1, 33, dtype=np.float32)[:, None]
        line = left * (1 - share) + right * share
        sag = max(0.0, float(self.front_middle[1] - (left[1] + right[1]) / 2))
        return np.asarray(line + 4 * share * (1 - share) * np.array([0, sag]), np.float32)

    @property
    def corners(self) -> Floats:
        """4×2: the front's left and right at the waist in the picture, the hem's right and left."""
        return np.stack([self.front(-1), self.front(1), self.side("hem", 1), self.side("hem", -1)])

    @property
    def crotch(self) -> Floats:
        """Where the legs part; where they lie so close that it was not seen, the height at which it
        usually is."""
        found, middle = self.mark("crotch"), self.waist
        rise = max(float(found[1] - middle[1]), 0.4 * self.hip_half)
        if rise > HIGHEST_RISE * self.hip_half:
            return np.array([middle[0], middle[1] + USUAL_RISE * self.hip_half], np.float32)
        return np.array([found[0], middle[1] + rise], np.float32)

    def leg_edges(self, side: int) -> tuple[Floats, Floats]:
        """The outer and the inner edge of a leg (each LEG_RIBS×2) from the crotch's height to the
        hem, along the mask's outline. Short shorts end at the outside above the crotch: there the
        outer edge begins a little above its end."""
        crotch = self.crotch
        hem, inner = self.side("hem", side), self.mark(f"hem_{NAMES[side]}_inner")
        shortest = float(hem[1]) - SHORTEST_LEG * self.hip_half
        outer = self._outermost(side, min(float(crotch[1]), shortest))
        inner = inner if inner[1] > crotch[1] else np.array([crotch[0], hem[1]], np.float32)
        corners = (outer, crotch, inner, hem) if side == -1 else (crotch, outer, hem, inner)
        points = lay(self.mask, np.stack(corners), straight_top=True).points
        left, right = (curves.resample(points[:, k], LEG_RIBS) for k in (0, -1))
        return (left, right) if side == -1 else (right, left)

    def _outermost(self, side: int, y: float) -> Floats:
        """The cloth's outer edge at a height."""
        row = self.mask[int(np.clip(round(y), 0, len(self.mask) - 1))] > 127
        half = np.nonzero(row)[0]
        half = half[side * (half - self.waist[0]) > 0]
        if not len(half):
            return np.array([self.side("hip", side)[0], y], np.float32)
        return np.array([half.max() if side == 1 else half.min(), y], np.float32)


@dataclass(frozen=True)
class Worn:
    """How trousers sit on a body."""

    waist: float
    """Px below the shoulders at which the waistband lies."""
    end: float
    """The share of a leg's length at which both trouser legs end."""
    scale: float
    """Px of the reduced grid for one of the garment's picture, across."""
    slim: float
    """How wide the hips are, as a share of what the outline shows: a coat hangs off them."""


def plan_bottom(
    body: Body, legs: dict[int, Limb], bottom: Bottom, limit: float | None, *, covered: bool
) -> list[Strip]:
    """The meshes of trousers or shorts. The waistband lies no lower than `limit` (px below the
    shoulders); `covered` says that the top in the photo hides the hips."""
    hips = np.array([body.frame.hips], np.float32)
    seen = float(np.mean([body.half_width(side, hips)[0] for side in SIDES]))
    slim = min(1.0, _hip_reach(body, legs) / seen) if covered else 1.0
    tall = HIPS_LAID * body.unit / (2 * bottom.hip_half)
    worn = Worn(
        _waist_level(body, bottom, tall, limit),
        _leg_share(body, legs, bottom, tall),
        1.04 * slim * seen / bottom.hip_half,
        slim,
    )
    return [_leg_strip(body, legs, side, bottom, worn) for side in SIDES]


def _hip_reach(body: Body, legs: dict[int, Limb]) -> float:
    """How far the hips reach from the spine, as the legs tell."""
    reach = []
    for side, leg in legs.items():
        lateral, _ = body.frame.coordinates(leg.path[0])
        reach.append(side * float(lateral) + float(leg.outer[0]))
    return float(np.clip(np.mean(reach), 0.36 * body.unit, 0.6 * body.unit))


def _waist_level(body: Body, bottom: Bottom, scale: float, limit: float | None) -> float:
    """Px below the shoulders at which the waistband lies."""
    crotch = body.frame.hips + CROTCH_DROP * body.unit
    rise = float(bottom.crotch[1] - bottom.front_middle[1]) * scale
    level = float(np.clip(crotch - rise, 0.62 * body.frame.hips, 0.95 * body.frame.hips))
    return level if limit is None else min(level, limit)


def skirt_waist(body: Body, limit: float | None) -> float:
    level = 0.75 * body.frame.hips
    return level if limit is None else min(level, limit)


def _leg_strip(body: Body, legs: dict[int, Limb], side: int, bottom: Bottom, worn: Worn) -> Strip:
    leg, frame, end = legs[side], body.frame, worn.end * legs[side].length
    crotch_level = frame.hips + CROTCH_DROP * body.unit
    levels = np.linspace(worn.waist, crotch_level, HIP_RIBS, dtype=np.float32)
    hip_halves = side * 1.03 * worn.slim * body.half_width(side, levels)
    outer_hip = frame.points(hip_halves, levels)
    inner_hip = frame.points(np.full_like(levels, -side * OVERLAP * body.unit), levels)
    outer_laid, inner_laid = bottom.leg_edges(side)
    start = _crotch_share(body, leg)
    share = np.linspace(0, 1, LEG_RIBS, dtype=np.float32)[1:]
    station = (start * leg.length + (end - start * leg.length) * share).astype(np.float32)
    outer_leg = leg.offset(station, leg.width(station, outer=True))
    inner_leg = leg.offset(station, -leg.width(station, outer=False))
    outer_leg, inner_leg = _loosened(
        outer_leg, inner_leg, np.linalg.norm(outer_laid - inner_laid, axis=1)[1:] * worn.scale
    )
    outer_leg, inner_leg = _side_by_side(body, legs, side, station, outer_leg, inner_leg)
    settle = np.clip(1 - share / 0.3, 0, 1)[:, None] ** 2
    inner_leg = inner_leg + settle * (inner_hip[-1] - inner_leg[0])
    outer_leg = outer_leg + settle * (outer_hip[-1] - outer_leg[0]) * 0.8
    outer = np.concatenate([outer_hip, outer_leg]).astype(np.float32)
    inner = np.concatenate([inner_hip, inner_leg]).astype(np.float32)
    laid_outer = np.concatenate([_hip_laid(bottom, side, outer_laid[0]), outer_laid[1:]])
    laid_inner = np.concatenate(
        [_line(bottom.front_middle, bottom.crotch, HIP_RIBS), inner_laid[1:]]
    )
    return _strip(side, outer, inner, laid_outer, laid_inner, end)


def _leg_share(body: Body, legs: dict[int, Limb], bottom: Bottom, tall: float) -> float:
    """The share of a leg's length at which both trouser legs end: over the shoe for what reaches
    near the ankle."""
    shares, inseams, starts = [], [], []
    for side, leg in legs.items():
        outer, inner = (float(curves.lengths(edge)[-1]) for edge in bottom.leg_edges(side))
        starts.append(_crotch_share(body, leg))
        shares.append(starts[-1] + min(outer, 1.25 * inner) * tall / leg.length)
        inseams.append(inner / (2 * bottom.hip_half))
    natural = float(np.mean(shares))
    if bottom.shape.kind != "trousers":
        return float(np.clip(natural, float(np.mean(starts)) + 0.07, 0.72))
    return 1.05 if natural > LONG or max(inseams) > FULL_LENGTH else max(natural, 0.62)


def _crotch_share(body: Body, leg: Limb) -> float:
    """The share of a leg's length that lies beside the crotch's outer end."""
    level = np.array([body.frame.hips + CROTCH_DROP * body.unit], np.float32)
    outer = body.frame.points(leg.side * 1.03 * body.half_width(leg.side, level), level)
    return float(np.argmin(np.linalg.norm(leg.path - outer[0], axis=1))) / len(leg.path)


def _loosened(outer: Floats, inner: Floats, cloth: Floats) -> tuple[Floats, Floats]:
    """Both edges of a leg moved apart to the cloth's width where that is more than the leg's."""
    width = np.linalg.norm(outer - inner, axis=1)
    extra = 0.06 * width + np.clip(0.92 * cloth - 1.06 * width, 0, 0.9 * width)
    across = (outer - inner) / np.maximum(width[:, None], 1e-3)
    return (
        np.asarray(outer + across * (0.5 * extra)[:, None], np.float32),
        np.asarray(inner - across * (0.5 * extra)[:, None], np.float32),
    )


def _side_by_side(
    body: Body, legs: dict[int, Limb], side: int, station: Floats, outer: Floats, inner: Floats
) -> tuple[Floats, Floats]:
    """Both edges of a leg moved outwards where cloth would reach beyond the middle between legs
    that stand beside each other."""
    own, other = legs[side], legs[-side]
    nothing, across = np.zeros_like(station), side * body.frame.across
    here = own.offset(station, nothing)
    there = other.offset(station * (other.length / max(own.length, 1e-3)), nothing)
    apart = (here - there) @ across
    beyond = ((here + there) / 2 - inner) @ across - OVERLAP * body.unit
    beside = np.clip(apart / (0.1 * body.unit), 0, 1)
    shift = (np.maximum(beyond, 0) * beside)[:, None] * across
    return (
        np.asarray(outer + OUTWARDS * shift, np.float32),
        np.asarray(inner + shift, np.float32),
    )


def _hip_laid(bottom: Bottom, side: int, end: Floats) -> Floats:
    """The outer edge laid flat from the waist over the hip to the crotch's height."""
    corner = np.stack([bottom.front(side), bottom.side("hip", side), end])
    order = np.argsort(corner[:, 1], kind="stable")
    y = np.linspace(corner[0, 1], max(end[1], corner[0, 1] + 1), HIP_RIBS)
    x = np.interp(y, corner[order, 1], corner[order, 0])
    return np.stack([x, y], axis=-1).astype(np.float32)


def _line(start: Floats, end: Floats, count: int) -> Floats:
    share = np.linspace(0, 1, count, dtype=np.float32)[:, None]
    return np.asarray(start * (1 - share) + end * share, np.float32)


def _strip(
    side: int, outer: Floats, inner: Floats, laid_outer: Floats, laid_inner: Floats, end: float
) -> Strip:
    columns, wrapped = wrapped_columns(COLUMNS)
    worn, laid = (
        _dipping(ruled(inner, outer, columns), columns, side),
        ruled(laid_inner, laid_outer, wrapped),
    )
    edges = worn[:, 1], worn[:, -2]
    return Strip(side, overlong(worn), overlong(laid), *edges, worn[-1, 1:-1], end)


def _dipping(worn: Floats, columns: Floats, side: int) -> Floats:
    """Ribs bent downwards in the middle, the more the nearer they are to the cuff."""
    chord = worn[:, -2] - worn[:, 1]
    ahead = np.stack([chord[:, 1], -chord[:, 0]], axis=-1) * -side
    ramp = np.linspace(0, 1, len(worn)) ** 3
    dip = CUFF_DIP * ramp[:, None] * np.clip(1 - columns**2, 0, 1)[None]
    return np.asarray(worn + dip[..., None] * ahead[:, None], np.float32)
