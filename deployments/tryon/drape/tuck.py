"""Where a top goes into trousers or a skirt: along their upper edge, narrowing to their waist."""

from __future__ import annotations

import numpy as np

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import SIDES, Body
from deployments.tryon.drape.flat import Flat
from deployments.tryon.drape.hem import Hem
from deployments.tryon.drape.limb import first_exit
from deployments.tryon.drape.plan import Fit, worn_half_width
from deployments.tryon.drape.raster import draw_outline
from deployments.tryon.drape.scene import BOTTOMS, Scene

UNDER = 0.02
"""Units by which cloth goes in under a waistband, and comes out at its sides."""
GATHERED = 0.2
"""Units above it from which cloth narrows to the waist."""
EASE = 0.02
"""Units by which more than the cloth's own edge is left there."""
NARROWEST = 0.65
"""Share of the torso's half-width below which what is measured is an arm's edge or a bag's."""
BELOW = (0.03, 0.06, 0.09)
"""Units below its upper edge at which a waist is measured."""
FROM_INSIDE = 0.1
"""Units from the spine where measuring begins: a buckle is no edge."""


def tucked_in(scene: Scene, body: Body, flat: Flat, fitted: Fit, hem: Hem) -> Floats:
    """1 where a tucked top may show, 0 below the waistband and beside it, at full size."""
    edges = {side: _edge(scene, body, flat, fitted, hem, side) for side in SIDES}
    outline = np.concatenate([edges[-1], edges[1][::-1]]).astype(np.float32)
    return draw_outline(scene.to_photo(outline), *scene.full_size)


def _edge(scene: Scene, body: Body, flat: Flat, fitted: Fit, hem: Hem, side: int) -> Floats:
    """One side of it, from far above and beside the body to the waistband: slanting inwards to
    where the cloth hangs, and rounded from there to the waist."""
    waist = _waist(scene, body, hem, side)
    wide = max(waist, _cloth_edge(body, flat, fitted, hem, side) + EASE * body.unit)
    turn = np.linspace(0, np.pi / 2, 12, dtype=np.float32)
    half = waist + (wide - waist) * np.cos(turn)
    above = GATHERED * body.unit * (1 - np.sin(turn))
    below = hem.tuck + hem.tuck_slope * side * half + UNDER * body.unit - above
    lateral = side * np.concatenate([[wide + 2 * body.unit, wide + 2 * body.unit], half])
    slant = below[0] - 4 * body.unit
    return body.frame.points(lateral, np.concatenate([[slant - 4 * body.unit, slant], below]))


def _cloth_edge(body: Body, flat: Flat, fitted: Fit, hem: Hem, side: int) -> float:
    """How far from the spine the cloth hangs where it begins to narrow."""
    shares = np.linspace(0, 1, 41)
    levels = [fitted.armpit_below + hem.drop(float(share)) for share in shares]
    share = float(np.interp(hem.tuck - GATHERED * body.unit, levels, shares))
    return worn_half_width(body, flat, fitted, hem, side, share)


def _waist(scene: Scene, body: Body, hem: Hem, side: int) -> float:
    """Half the width of what the top goes into, or the torso's where that can't be made out."""
    torso = float(body.half_width(side, np.array([hem.tuck], np.float32))[0])
    start, reach = side * FROM_INSIDE * body.unit, 0.7 * body.unit
    level = hem.tuck + hem.tuck_slope * side * torso + np.array(BELOW, np.float32) * body.unit
    inside = body.frame.points(np.full_like(level, start), level)
    outwards = np.broadcast_to(side * body.frame.across, inside.shape).astype(np.float32)
    ends = abs(start) + first_exit(scene.marked(*BOTTOMS), inside, outwards, reach)
    seen = ends[np.isfinite(ends)]
    waist = float(np.median(seen)) if len(seen) else torso
    return (waist if waist > NARROWEST * torso else torso) + UNDER * body.unit
