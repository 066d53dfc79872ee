"""Bare legs under a hem: their outlines, the light on them, and the hem's shadow."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.arrays import Bools, Floats, highest
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.dressing import Dressing, Part
from deployments.tryon.drape.limb import Limb
from deployments.tryon.drape.raster import blur, draw_strip, ramp
from deployments.tryon.drape.scene import LEGS, Scene
from deployments.types import Label

FOOT = 1.1
"""Legs are painted on to this share of their length, into the shoe."""
RUN_ON, SPREAD = 0.03, 0.16
"""How much wider than the skin that is seen below an old hem a painted leg may begin (units), and
how much it may widen on either side with every px above it, seen along the leg."""
LEAST_SEEN = 0.3
"""Units of leg that must be seen below the hem for that."""
COVERED, BROAD = 0.12, 0.4
"""The hem is over from the row on in which no more of a leg's width is hidden by cloth, and so much
of its usual width is seen."""
CUFF = 0.97
"""Share of a trouser leg's length from which on the leg under it may show."""


def bare_leg(scene: Scene, unit: float, leg: Limb, dressing: Dressing) -> Floats:
    """H×W: the outline of a leg, without what trousers cover of it."""
    height, width = scene.full_size
    station = np.linspace(0, FOOT, 44, dtype=np.float32) * leg.length
    edges = (
        leg.offset(station, leg.width(station, outer=True)),
        leg.offset(station, -leg.width(station, outer=False)),
    )
    outline = draw_strip(scene.to_photo(edges[0]), scene.to_photo(edges[1]), height, width)
    room = _room_above_the_seen(scene, unit, leg, draw_strip(*edges, *scene.size))
    if room is not None:
        outline *= cv2.resize(room, (width, height), interpolation=cv2.INTER_LINEAR)
    for part in _trouser_legs(dressing):
        if part.side == leg.side:
            below = cv2.resize(part.places[..., 1], (width, height), interpolation=cv2.INTER_LINEAR)
            outline = outline * np.clip((below - CUFF) / 0.01, 0, 1)
    return np.asarray(outline, np.float32)


def _room_above_the_seen(scene: Scene, unit: float, leg: Limb, strip: Floats) -> Floats | None:
    """h×w: where a painted leg may lie so that it runs into what is seen of legs below an old hem.
    Knees under a skirt are guessed, and where they are guessed too far out the leg would end in a
    step. None where no leg is seen."""
    seen, inside = scene.marked(*LEGS), strip > 0.5
    own = (seen & inside).sum(axis=1)
    # A wrap or a slit shows a leg beside cloth that still hides it.
    covered = (inside & ~seen & (scene.labels != Label.BACKGROUND)).sum(axis=1)
    usual = np.percentile(own[own > 0], 90) if own.any() else np.inf
    rows = np.flatnonzero((own > BROAD * usual) & (covered < COVERED * inside.sum(axis=1)))
    if len(rows) < LEAST_SEEN * unit:
        return None
    hem = int(rows[0])
    end = min(hem + round(LEAST_SEEN * unit), scene.size[0])
    run = seen[hem : hem + 4].mean(axis=0) > 0.5
    columns = np.arange(scene.size[1], dtype=np.float32)
    away = cv2.distanceTransform(1 - run.astype(np.uint8)[None], cv2.DIST_L2, 5)[0]
    row = np.arange(end)
    moved = np.stack([np.interp(columns - x, columns, away) for x in _drift(leg, row, hem)])
    wide = RUN_ON * unit + SPREAD * np.clip(hem - row, 0, None)
    room = np.ones(scene.size, np.float32)
    room[:end] = np.clip(wide[:, None] - moved, 0, 1)
    return room


def _drift(leg: Limb, row: NDArray[np.int_], hem: int) -> Floats:
    """How far right of its place at the row of a hem a leg's middle lies, in these rows."""
    order = np.argsort(leg.path[:, 1])
    x, y = leg.path[order, 0], leg.path[order, 1]
    return np.asarray(np.interp(np.minimum(row, hem), y, x) - np.interp(hem, y, x), np.float32)


def hidden_legs(scene: Scene, body: Body, dressing: Dressing) -> Bools:
    """h×w: skin of the legs beside new trousers, which would show at their edges."""
    hidden = np.zeros(scene.size, np.bool_)
    size = 2 * round(0.2 * body.unit) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    for part in _trouser_legs(dressing):
        small = cv2.resize(part.cloth.alpha, scene.size[::-1], interpolation=cv2.INTER_AREA)
        near = cv2.dilate((small > 0.3).astype(np.uint8), kernel) > 0
        hidden |= near & (part.places[..., 1] < CUFF)
    return np.asarray(hidden & scene.marked(*LEGS), np.bool_)


def _trouser_legs(dressing: Dressing) -> tuple[Part, ...]:
    return dressing.legs if len(dressing.legs) == 2 else ()


def leg_light(scene: Scene, body: Body, legs: dict[int, Limb]) -> Floats:
    """h×w factors: knees that catch the light with a shade above and below them, and shins."""
    factors, unit = np.ones(scene.size, np.float32), body.unit
    for leg in legs.values():
        joint = round(leg.bend / max(leg.length, 1e-3) * (len(leg.path) - 1))
        knee, out = leg.path[joint], leg.outward[joint]
        along = np.array([-leg.side * out[1], leg.side * out[0]])
        across, below = (ramp(scene.size, knee, ahead) / unit for ahead in (out, along))
        factors *= 1 + 0.075 * _spot(across, below, 0.0, -0.01, 0.06, 0.07)
        factors *= 1 - 0.085 * _spot(across, below, -0.015, 0.115, 0.085, 0.035)
        factors *= 1 - 0.05 * _spot(across, below, 0.02, -0.13, 0.1, 0.045)
        factors *= 1 - 0.06 * _spot(across, below, -0.12, -0.02, 0.035, 0.1)
        factors *= 1 - 0.05 * _spot(across, below, 0.12, -0.02, 0.03, 0.09)
        factors *= 1 + 0.045 * _spot(across, below, 0.035, 0.48, 0.03, 0.28)
        factors *= 1 - 0.04 * _spot(across, below, -0.06, 0.45, 0.05, 0.2)
    return blur(factors.astype(np.float32), 0.01 * unit)


def _spot(across: Floats, below: Floats, x: float, y: float, wide: float, tall: float) -> Floats:
    return np.asarray(
        np.exp(-0.5 * (((across - x) / wide) ** 2 + ((below - y) / tall) ** 2)), np.float32
    )


def hem_shadow(scene: Scene, body: Body, dressing: Dressing, legs: Floats) -> Floats:
    """H×W, 0 to 1: how dark the hem makes the legs below it. `legs` is where legs are: the
    part of the photo that the dressing's cloths are given in."""
    if not dressing.legs:
        return np.zeros_like(legs)
    unit = body.unit * scene.magnification
    cloth = highest([part.cloth.alpha for part in dressing.legs])
    shift = np.array([[1, 0, 0], [0, 1, 0.05 * unit]], np.float32)
    fallen = np.asarray(cv2.warpAffine(cloth, shift, cloth.shape[::-1]), np.float32)
    dark = 0.42 * blur(fallen, 0.035 * unit) * (1 - cloth) * legs
    return np.asarray(np.where(dark > 0.01, dark, 0), np.float32)
