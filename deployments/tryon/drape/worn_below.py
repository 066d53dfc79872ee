"""What is worn below a top that hid it: trousers along the legs, a skirt across them, or shorts."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from deployments.pieces import Pieces
from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.limb import Limb, first_exit, fitted_ratio
from deployments.tryon.drape.raster import draw_outline
from deployments.tryon.drape.scene import BOTTOMS, LEAST_SEEN, LEGS, TOPS, Scene
from deployments.types import Label

LONG = 1.18
"""A top that reaches below this share of the hips' depth hides what is worn below."""
CROTCH = 1.12
"""Share of the hips' depth down to which both legs are one."""
SHORTS = 0.36
"""Share of a leg that shorts cover, where nothing is seen of what was worn."""
EASE = 1.1
NARROWEST, WIDEST = 0.75, 1.4
"""Times the usual width of a leg in trousers between which theirs is believed; at the hips no cloth
is much wider."""
KNEE = 0.5
"""Share of a leg."""
CHARCOAL = np.array([44.0, 44.0, 48.0], np.float32)
"""What is painted where nothing is seen of what was worn."""


def hides_the_legs(scene: Scene, body: Body) -> bool:
    """Whether the old top hangs down over the thighs."""
    tall, wide = np.nonzero(scene.marked(*TOPS))
    if not len(tall):
        return False
    spots = np.stack([wide, tall], axis=-1).astype(np.float32)
    lateral, below = body.frame.coordinates(spots)
    low = (below > LONG * body.frame.hips) & (np.abs(lateral) < 0.5 * body.unit)
    return bool(low.sum() > 0.04 * body.unit**2)


def bare_below(scene: Scene) -> bool:
    """Whether bare legs are seen."""
    return bool(scene.marked(*LEGS).sum() > LEAST_SEEN)


def above_crotch(scene: Scene, body: Body) -> Floats:
    """h×w: 1 where both legs are one body, 0 below."""
    _, below = body.frame.grid(scene.size)
    return np.clip((CROTCH * body.frame.hips - below) / 2 + 0.5, 0, 1).astype(np.float32)


def outline_below(scene: Scene, legs: dict[int, Limb]) -> Floats:
    """H×W: the outline of trousers, of a skirt or of shorts on the legs."""
    seen = _seen(scene)
    end = 1.0 if seen.any() else SHORTS
    legs = {side: _as_worn(scene, leg) for side, leg in legs.items()}
    outlines = [scene.to_photo(leg.outline(1.0, 0.0, end)) for leg in legs.values()]
    if scene.marked(Label.SKIRT).sum() > scene.marked(Label.PANTS).sum() and seen.any():
        hull = cv2.convexHull(np.concatenate([*outlines, _skirt(scene)]))[:, 0]
        outlines = [np.asarray(hull, np.float32)]
    drawn = [draw_outline(outline, *scene.full_size, soft=0.8) for outline in outlines]
    return np.asarray(np.maximum.reduce(drawn), np.float32)


def _skirt(scene: Scene) -> Floats:
    """N×2 px of the photo: the places of the skirt's largest piece."""
    rows, columns = np.nonzero(Pieces.of(scene.marked(Label.SKIRT)).largest())
    return scene.to_photo(np.stack([columns, rows], axis=-1).astype(np.float32))


def _as_worn(scene: Scene, leg: Limb) -> Limb:
    """The leg as wide as the cloth on it where that is seen, so that what hid the rest of it leaves
    no step, and with some room elsewhere."""
    cloth = scene.marked(*BOTTOMS)
    widest = np.interp(np.linspace(0, 1, len(leg.path)), (0, KNEE), (1, WIDEST))
    widths = []
    for usual, direction in ((leg.outer, leg.outward), (leg.inner, -leg.outward)):
        roomy = np.asarray(EASE * usual, np.float32)
        seen = first_exit(cloth, leg.path, direction, float(WIDEST * roomy.max()))
        ratio = fitted_ratio(seen, roomy, NARROWEST, WIDEST)
        widths.append(np.asarray(roomy * np.minimum(ratio, widest), np.float32))
    return replace(leg, outer=widths[0], inner=widths[1])


def _seen(scene: Scene) -> Bools:
    seen = scene.marked(*BOTTOMS)
    return seen if seen.sum() > LEAST_SEEN else np.zeros_like(seen)
