"""Where trousers and shorts go on the body: a mesh for each leg."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import SIDES, Body
from deployments.tryon.drape.flat import NAMES
from deployments.tryon.drape.hem import OldHem
from deployments.tryon.drape.laid import HIPS_LAID, lay
from deployments.tryon.drape.limb import Limb
from deployments.tryon.drape.plan import Strip, overlong, ruled, wrapped_columns
from deployments.types import GarmentShape, Mask

HIP_RIBS, LEG_RIBS, COLUMNS = 7, 14, 9
LONG = 0.72
"""Trousers that reach this share of the leg reach the shoe."""
CUFF_DIP = 0.1
"""How much lower a cuff's front looks than its sides, in its widths: it is seen from above."""
OVERLAP = 0.012
"""Units by which the halves lap over each other in front, so that nothing shows between them."""
HIGHEST_RISE, USUAL_RISE = 1.75, 1.4
"""How far below the waistband the crotch lies at most and usually, in half hip widths laid flat."""
CROTCH_DROP = 0.3
"""The crotch lies this many units below the hip joints."""


@dataclass(frozen=True)
class Bottom:
    """A lower garment laid flat, in px of its picture."""

    shape: GarmentShape
    mask: Mask

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

    @property
    def corners(self) -> Floats:
        """4×2: the waist's left and right in the picture, the hem's right and left."""
        names = (("waist", -1), ("waist", 1), ("hem", 1), ("hem", -1))
        return np.stack([self.side(name, side) for name, side in names])

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
        hem, along the mask's outline."""
        crotch = self.crotch
        outer = self._outermost(side, float(crotch[1]))
        hem, inner = self.side("hem", side), self.mark(f"hem_{NAMES[side]}_inner")
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


def plan_bottom(
    body: Body, legs: dict[int, Limb], bottom: Bottom, old: OldHem | None
) -> list[Strip]:
    """The meshes of trousers or shorts. `old` is the hem of the top that stays."""
    hips = np.array([body.frame.hips], np.float32)
    half = float(np.mean([body.half_width(side, hips)[0] for side in SIDES]))
    scale = 1.04 * half / bottom.hip_half
    tall = HIPS_LAID * body.unit / (2 * bottom.hip_half)
    waist = _waist_level(body, bottom, tall, old)
    end = _leg_share(body, legs, bottom, tall)
    return [_leg_strip(body, legs[side], bottom, scale, (waist, end)) for side in SIDES]


def _waist_level(body: Body, bottom: Bottom, scale: float, old: OldHem | None) -> float:
    """Px below the shoulders at which the waistband lies: under the top's hem in any case."""
    crotch = body.frame.hips + CROTCH_DROP * body.unit
    rise = float(bottom.crotch[1] - bottom.waist[1]) * scale
    level = float(np.clip(crotch - rise, 0.62 * body.frame.hips, 0.95 * body.frame.hips))
    return level if old is None else min(level, old.below - 0.03 * body.unit)


def skirt_waist(body: Body, old: OldHem | None) -> float:
    level = 0.75 * body.frame.hips
    return level if old is None else min(level, old.below - 0.03 * body.unit)


def _leg_strip(
    body: Body, leg: Limb, bottom: Bottom, scale: float, span: tuple[float, float]
) -> Strip:
    """One leg; `span` is the waist's level and the share of the leg's length at the hem."""
    side, frame, waist, end = leg.side, body.frame, span[0], span[1] * leg.length
    crotch_level = frame.hips + CROTCH_DROP * body.unit
    levels = np.linspace(waist, crotch_level, HIP_RIBS, dtype=np.float32)
    outer_hip = frame.points(side * 1.03 * body.half_width(side, levels), levels)
    inner_hip = frame.points(np.full_like(levels, -side * OVERLAP * body.unit), levels)
    outer_laid, inner_laid = bottom.leg_edges(side)
    start = _crotch_share(body, leg)
    share = np.linspace(0, 1, LEG_RIBS, dtype=np.float32)[1:]
    station = (start * leg.length + (end - start * leg.length) * share).astype(np.float32)
    outer_leg = leg.offset(station, leg.width(station, outer=True))
    inner_leg = leg.offset(station, -leg.width(station, outer=False))
    outer_leg, inner_leg = _loosened(
        outer_leg, inner_leg, np.linalg.norm(outer_laid - inner_laid, axis=1)[1:] * scale
    )
    settle = np.clip(1 - share / 0.3, 0, 1)[:, None] ** 2
    inner_leg = inner_leg + settle * (inner_hip[-1] - inner_leg[0])
    outer_leg = outer_leg + settle * (outer_hip[-1] - outer_leg[0]) * 0.8
    outer = np.concatenate([outer_hip, outer_leg]).astype(np.float32)
    inner = np.concatenate([inner_hip, inner_leg]).astype(np.float32)
    laid_outer = np.concatenate([_hip_laid(bottom, side, outer_laid[0]), outer_laid[1:]])
    laid_inner = np.concatenate([_line(bottom.waist, bottom.crotch, HIP_RIBS), inner_laid[1:]])
    return _strip(side, outer, inner, laid_outer, laid_inner, end)


def _leg_share(body: Body, legs: dict[int, Limb], bottom: Bottom, tall: float) -> float:
    """The share of a leg's length at which both trouser legs end: over the shoe for what reaches
    near the ankle."""
    shares = []
    for side, leg in legs.items():
        laid = float(curves.lengths(bottom.leg_edges(side)[0])[-1]) * tall
        shares.append(_crotch_share(body, leg) + laid / leg.length)
    natural = float(np.mean(shares))
    if bottom.shape.kind != "trousers":
        return float(np.clip(natural, 0.2, 0.72))
    return 1.05 if natural > LONG else max(natural, 0.62)


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


def _hip_laid(bottom: Bottom, side: int, end: Floats) -> Floats:
    """The outer edge laid flat from the waist over the hip to the crotch's height."""
    corner = np.stack([bottom.side("waist", side), bottom.side("hip", side), end])
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
