"""A garment put on a body: its parts as worn, and what of the body and the photo they concern."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import SIDES, Body
from deployments.tryon.drape.box import Box
from deployments.tryon.drape.colours import spread_colours
from deployments.tryon.drape.fall import fall_line
from deployments.tryon.drape.flat import Flat, torso_mask
from deployments.tryon.drape.gown import dress_hem, hang_dress, skirt_of_dress, skirt_share
from deployments.tryon.drape.hem import (
    UNDER_TOP,
    Hem,
    Tuck,
    above_line,
    find_old_hem,
    plan_hem,
    under_jacket,
    waist_limit,
)
from deployments.tryon.drape.hood import hang_hood
from deployments.tryon.drape.laid import Laid, lay
from deployments.tryon.drape.legs import measure_legs
from deployments.tryon.drape.limb import Limb
from deployments.tryon.drape.lower import Bottom, plan_bottom, skirt_waist
from deployments.tryon.drape.plan import Fit, Strip, fit, sleeve_plan, torso_plan
from deployments.tryon.drape.raster import resize
from deployments.tryon.drape.scene import BOTTOMS, Scene
from deployments.tryon.drape.skirt import hang, skirt_cloth
from deployments.tryon.drape.tuck import tucked_in
from deployments.tryon.drape.waistband import front_dips
from deployments.tryon.drape.warp import (
    Cloth,
    sample,
    sleeve_cover,
    sleeve_flow,
    torso_cover,
    torso_flow,
)
from deployments.types import GarmentShape, Image, Mask

NEARLY = 1.1
"""How far a top is let down to end where a jacket did, of its own length."""
OPEN_COAT = 1.2
"""A top whose hem lies below this share of the hips' depth may be an open coat: what is worn under
it shows above its hem as well."""


@dataclass(frozen=True)
class Part:
    """A sleeve, a trouser leg or a skirt as worn."""

    side: int
    cloth: Cloth
    places: Floats
    """h×w×2 on the reduced grid: across it (-1 to 1) and along it (0 to 1)."""

    def within(self, box: Box) -> Part:
        """What of its cloth lies in a box of the photo."""
        return replace(self, cloth=self.cloth.within(box))


@dataclass(frozen=True)
class Dressing:
    """A garment as worn."""

    torso: Cloth | None
    """The body of a top or a dress."""
    sleeves: tuple[Part, ...] = ()
    legs: tuple[Part, ...] = ()
    """Trouser legs, or one skirt."""
    sleeve_ends: Mapping[int, float] = field(default_factory=dict)
    """By side, the arc length on the arm at which the sleeve ends; 0 without one."""
    rims: Mapping[int, Floats] = field(default_factory=dict)
    """By side, a sleeve's rim from inside to outside (2×2 px of the reduced grid)."""
    fitted: Fit | None = None
    hem: Hem | None = None
    tucked: bool = False
    hood: Cloth | None = None
    """What hangs behind the neck."""
    opened: bool = False
    """Worn open over the top in the photo."""

    @property
    def cloths(self) -> list[Cloth]:
        parts = [part.cloth for part in (*self.legs, *self.sleeves)]
        return parts if self.torso is None else [self.torso, *parts]

    def within(self, box: Box) -> Dressing:
        """What of its cloth lies in a box of the photo."""
        return replace(
            self,
            torso=None if self.torso is None else self.torso.within(box),
            sleeves=tuple(part.within(box) for part in self.sleeves),
            legs=tuple(part.within(box) for part in self.legs),
            hood=None if self.hood is None else self.hood.within(box),
        )


def dress_upper(
    scene: Scene,
    body: Body,
    shape: GarmentShape,
    picture: Image,
    mask: Mask,
    legs: dict[int, Limb] | None = None,
    tuck: Tuck = "auto",
) -> Dressing:
    """Work out where a top or a dress goes, and sample it there. With `legs` a dress falls over
    them."""
    flat = Flat(shape, mask)
    fitted = fit(body, flat)
    opened = shape.is_open and shape.category == "upper"
    hem = _hem_of_top(scene, body, flat, fitted, tuck)
    if shape.kind == "dress":
        legs = measure_legs(scene, body) if legs is None else legs
        hem = dress_hem(body, legs, flat, fitted)
    colours = spread_colours(picture, mask, edge_inset(picture))
    plan = torso_plan(body, flat, fitted, hem)
    cover = torso_cover(scene, plan)
    torso = sample(scene, torso_flow(scene, plan), colours, torso_mask(flat), cover)
    planned = {side: sleeve_plan(body, flat, fitted, side) for side in SIDES}
    strips = [strip for strip in planned.values() if strip is not None]
    sleeves = tuple(_sampled(scene, strip, colours) for strip in strips)
    ends = {side: 0.0 if strip is None else strip.end for side, strip in planned.items()}
    torso = _closed_at_armpits(scene, body, fitted, torso, [part.cloth for part in sleeves])
    if hem.tucked:
        torso = replace(torso, alpha=torso.alpha * tucked_in(scene, body, flat, fitted, hem))
    falling: tuple[Part, ...] = ()
    if shape.kind == "dress" and legs is not None:
        line, share = fall_line(body, legs), skirt_share(body, flat, fitted, hem)
        hanging, laid = hang_dress(body, line, flat, fitted, hem, share, mask)
        torso, skirt, places = skirt_of_dress(scene, line, hanging, laid, colours, torso)
        falling = (Part(1, skirt, places),)
    hood = hang_hood(scene, body, flat, fitted, colours, mask)
    rims = {strip.side: strip.cuff[[0, -1]] for strip in strips}
    return Dressing(torso, sleeves, falling, ends, rims, fitted, hem, hem.tucked, hood, opened)


def _hem_of_top(scene: Scene, body: Body, flat: Flat, fitted: Fit, tuck: Tuck) -> Hem:
    """Where a top ends: one with an open front as it is, others by what they take the place of."""
    shape, natural, old = flat.shape, flat.length * fitted.tall, None
    if shape.category == "upper" and not shape.is_open:
        reach = fitted.armpit_below + NEARLY * natural
        old = under_jacket(scene, body, find_old_hem(scene, body), reach)
    if tuck == "auto" and (shape.is_outer or flat.hooded):
        tuck = "out"
    return plan_hem(body, old, fitted.armpit_below, natural, tuck=tuck)


def dress_lower(
    scene: Scene,
    body: Body,
    legs: dict[int, Limb],
    shape: GarmentShape,
    picture: Image,
    mask: Mask,
) -> Dressing:
    """Work out where trousers, shorts or a skirt go, and sample them there."""
    colours = spread_colours(picture, mask, edge_inset(picture))
    old = find_old_hem(scene, body)
    limit = waist_limit(scene, body, old)
    corners = (np.array(shape.landmarks[f"waist_{side}"], np.float32) for side in ("right", "left"))
    bottom = Bottom(shape, mask, front_dips(picture, mask, *corners))
    if shape.kind == "skirt":
        parts = [_skirt(scene, body, legs, bottom, colours, limit)]
    else:
        covered = old is not None and old.below > body.frame.hips
        strips = plan_bottom(body, legs, bottom, limit, covered=covered)
        parts = [_sampled(scene, strip, colours) for strip in strips]
    if old is not None and old.below < OPEN_COAT * body.frame.hips:
        seen = 1 - above_line(scene, body, old.below - UNDER_TOP * body.unit, old.slope)
        seen = np.maximum(seen, _instead_of_old(scene, body))
        parts = [_cut(part, seen) for part in parts]
    return Dressing(None, legs=tuple(parts))


def _skirt(
    scene: Scene,
    body: Body,
    legs: dict[int, Limb],
    bottom: Bottom,
    colours: Image,
    limit: float | None,
) -> Part:
    laid, line = _laid(bottom), fall_line(body, legs)
    hanging = hang(body, line, laid, skirt_waist(body, limit))
    cloth, places = skirt_cloth(scene, line, hanging, laid, colours)
    return Part(1, cloth, places)


def _laid(bottom: Bottom) -> Laid:
    edge = bottom.front_edge if any(bottom.dips) else None
    return lay(bottom.mask, bottom.corners, top_edge=edge)


def _instead_of_old(scene: Scene, body: Body) -> Floats:
    """H×W: where the old trousers or skirt were: their place is never left to skin."""
    size = 2 * max(2, round(0.035 * body.unit)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    wide = cv2.dilate(scene.marked(*BOTTOMS).astype(np.uint8), kernel)
    return resize(wide.astype(np.float32), *scene.full_size)


def _cut(part: Part, seen: Floats) -> Part:
    return replace(part, cloth=replace(part.cloth, alpha=part.cloth.alpha * seen))


def edge_inset(picture: Image) -> int:
    """Pixels at the garment's edge whose colours are mixed with the ground behind it."""
    return max(1, round(0.0035 * float(max(picture.shape[:2]))))


def _sampled(scene: Scene, strip: Strip, colours: Image) -> Part:
    flow, places = sleeve_flow(scene, strip)
    cloth = sample(scene, flow, colours, None, sleeve_cover(scene, strip))
    return Part(strip.side, cloth, places)


def _closed_at_armpits(
    scene: Scene, body: Body, fitted: Fit, torso: Cloth, sleeves: list[Cloth]
) -> Cloth:
    """The torso's cloth carried into the narrow wedges between it and the sleeves."""
    if not sleeves:
        return torso
    height, width = scene.full_size
    parts = np.maximum.reduce([torso.alpha, *(cloth.alpha for cloth in sleeves)])
    union = resize(parts, *scene.size)
    size = 2 * max(1, round(0.03 * body.unit)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    wedges = cv2.morphologyEx(union, cv2.MORPH_CLOSE, kernel) - union
    below_shoulders = max(0.0, min(float(tip[1]) for tip in fitted.tips.values()) + 0.1 * body.unit)
    wedges[: int(below_shoulders)] = 0
    # Grown a little, or a hair line stays between a wedge and the cloth beside it.
    wedges = np.maximum(wedges, cv2.dilate((wedges > 0.3).astype(np.float32), np.ones((3, 3))))
    carried = resize(np.asarray(wedges, np.float32), height, width)
    return replace(torso, alpha=np.clip(np.maximum(torso.alpha, 1.5 * carried), 0, 1))
