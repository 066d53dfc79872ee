"""The order of things: background, body, garment, bare arms, sleeves, head and hands."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from deployments.tryon.drape import fill, shading
from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.bare_legs import hem_shadow
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.dressing import Dressing, Part
from deployments.tryon.drape.ground import fill_background, fill_bottoms
from deployments.tryon.drape.raster import blur
from deployments.tryon.drape.regions import Regions
from deployments.tryon.drape.scene import HEAD, LEGS, Scene
from deployments.tryon.drape.skin import paint_skin
from deployments.tryon.drape.worn_below import CHARCOAL
from deployments.types import Label

BARE_WAIST = 0.72
"""Share of the hips' depth above which a short top lets the belly be seen, no trousers."""


@dataclass(frozen=True)
class Under:
    """What comes to light where the old garment is taken away, H×W×3 at full size."""

    body: Floats
    """Background, torso, legs or trousers."""
    limbs: Floats
    clothed: Floats
    """H×W: how much of `body` is trousers or a skirt carried upwards."""


@dataclass(frozen=True)
class Composed:
    picture: Floats
    """H×W×3, 0 to 255."""
    edited: Floats
    """H×W: how much of it is new."""
    erased: Floats
    light: Floats
    shares: Floats
    """H×W×2: how much of each pixel is the new garment, and how much is painted skin."""


CLOTH = np.array([1, 0], np.float32)


def paint_under(scene: Scene, body: Body, regions: Regions, dressing: Dressing, seed: int) -> Under:
    """Paint what comes to light, and give what is painted the photo's grain."""
    torso_skin, limb_skin = paint_skin(scene, body, regions)
    strength = fill.grain_strength(scene.small, scene.labels == Label.BACKGROUND)
    noise = fill.grain(scene.full_size, strength, seed)
    limbs = full(scene, limb_skin) + noise
    under = fill_background(scene, body, _seen_ground(scene, regions, dressing), seed)
    lay(under, full(scene, torso_skin) + noise, regions.torso_skin)
    for leg in regions.leg_skin.values():
        lay(under, limbs * full(scene, regions.leg_light)[..., None], leg)
    hid = bool(regions.lower.any())
    bottoms = fill_bottoms(scene) if hid or not regions.leg_skin else None
    if hid and bottoms is None:
        bottoms = np.broadcast_to(CHARCOAL, scene.small.shape).astype(np.float32)
    clothed: Floats = np.zeros(scene.full_size, np.float32)
    if bottoms is not None and dressing.hem is not None and dressing.fitted is not None:
        waist = dressing.fitted.armpit_below + 0.45 * dressing.hem.natural
        waist = max(waist, BARE_WAIST * body.frame.hips)
        waist = dressing.hem.tuck if dressing.tucked else waist
        outline = np.maximum(regions.torso_skin, regions.lower)
        clothed = full(scene, _below(scene, body, waist)) * outline
        lay(under, full(scene, bottoms) + noise, clothed)
    return Under(under, limbs, clothed)


def _seen_ground(scene: Scene, regions: Regions, dressing: Dressing) -> Bools:
    """h×w: where the ground comes to light, being taken away and not covered again."""
    covers = [cloth.alpha for cloth in dressing.cloths]
    covers += [
        regions.torso_skin,
        regions.lower,
        *regions.arm_skin.values(),
        *regions.leg_skin.values(),
    ]
    seen = regions.taken > 0.02
    for cover in covers:
        seen &= cover < 0.98
    return np.asarray(_small(scene, seen.astype(np.float32)) > 0.02, np.bool_)


def _below(scene: Scene, body: Body, waist: float) -> Floats:
    """1 where trousers rather than a belly lie under the old top."""
    height, width = scene.size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    _, below = body.frame.coordinates(np.stack([x, y], axis=-1))
    return np.clip((below - waist) / 2, 0, 1).astype(np.float32)


def compose(
    scene: Scene, body: Body, regions: Regions, dressing: Dressing, under: Under, light: Floats
) -> Composed:
    """Lay all layers over each other, from the back to the front. `light`: h×w factors."""
    photo = scene.photo.astype(np.float32)
    erased = over(photo, under.body, regions.taken)
    union = np.maximum.reduce([cloth.alpha for cloth in dressing.cloths])
    unit = body.unit * scene.magnification
    light = full(scene, light)
    lit = light * shading.edge_shading(union, 0.04 * unit, 0.2)
    skin = np.maximum.reduce(
        [regions.torso_skin, *regions.arm_skin.values(), *regions.leg_skin.values()]
    )
    shadow = 1 - shading.contact_shadow(union, 0.012 * unit, 0.35)
    out = erased * (1 - shadow * (1 - regions.kept) * skin)[..., None]
    lay(out, *regions.shoes)
    legs = _legs(scene, regions)
    dark = hem_shadow(scene, body, dressing, legs * (1 - regions.kept))
    out *= (1 - dark)[..., None]
    behind = _behind_the_neck(scene, regions, dressing)
    if dressing.hood is not None:
        lay(out, dressing.hood.colour * light[..., None], behind)
    bare_body = np.maximum.reduce([regions.torso_skin, *regions.leg_skin.values()])
    bare_body *= regions.taken * (1 - under.clothed) * (1 - regions.shoes[1]) * (1 - behind)
    shares = np.stack([np.zeros_like(union), bare_body], axis=-1)
    for part in dressing.legs:
        # Between legs it is darker than at the outside of a leg or of a skirt.
        rounding = _rounding(scene, part, 0.32 if len(dressing.legs) == 2 else 0.06, 0.06)
        colour = part.cloth.colour * (lit * rounding)[..., None]
        lay(out, colour, part.cloth.alpha * (1 - regions.kept))
        lay(shares, CLOTH, part.cloth.alpha * (1 - regions.kept))
    if dressing.torso is not None:
        alpha = dressing.torso.alpha * (1 - regions.kept)
        lay(out, dressing.torso.colour * lit[..., None], alpha)
        lay(shares, CLOTH, alpha)
    arms = over(photo, under.limbs, regions.taken)
    for arm in regions.arm_skin.values():
        bare = arm * np.minimum(1, 4 * regions.taken) * (1 - regions.head)
        lay(out, arms, bare)
        painted = np.stack([np.zeros_like(union), regions.taken], axis=-1)
        lay(shares, painted, bare)
    body_alpha = skin if dressing.torso is None else np.maximum(skin, dressing.torso.alpha)
    for part in dressing.sleeves:
        _lay_sleeve(scene, out, regions, part, lit, body_alpha, unit)
        lay(shares, CLOTH, part.cloth.alpha * (1 - regions.front[part.side]))
    edited = np.maximum.reduce([regions.taken, union, behind, dark, regions.shoes[1]])
    return Composed(out, edited, erased, light, shares)


def _legs(scene: Scene, regions: Regions) -> Floats:
    """H×W: legs, bare as they were and painted."""
    seen = full(scene, blur(scene.marked(*LEGS).astype(np.float32), 0.8))
    painted = [leg * regions.taken for leg in regions.leg_skin.values()]
    return np.asarray(np.maximum.reduce([seen, *painted]), np.float32)


def _behind_the_neck(scene: Scene, regions: Regions, dressing: Dressing) -> Floats:
    """H×W: where a hood is seen, behind head and neck."""
    if dressing.hood is None:
        return np.zeros(scene.full_size, np.float32)
    before = scene.marked(*HEAD, Label.TORSO_SKIN).astype(np.float32)
    before = np.maximum(full(scene, blur(before, 0.8)), regions.torso_skin)
    seen = 1 - np.clip(1.6 * before - 0.3, 0, 1)
    return np.asarray(dressing.hood.alpha * seen, np.float32)


def _rounding(scene: Scene, part: Part, inner: float, outer: float) -> Floats:
    """Shade towards the edges of a tube, none at its beginning."""
    across, along = (full(scene, part.places[..., k]) for k in (0, 1))
    away = np.clip((along - 0.12) / 0.3, 0, 1)
    dark = inner * np.clip(-across, 0, 1) ** 3 + outer * np.clip(across, 0, 1) ** 4
    return np.asarray(1 - away * dark, np.float32)


def _lay_sleeve(
    scene: Scene,
    out: Floats,
    regions: Regions,
    part: Part,
    lit: Floats,
    body_alpha: Floats,
    unit: float,
) -> None:
    """A sleeve, rounded by shade, and the shadow that it casts on the body below the armhole."""
    alpha = part.cloth.alpha
    away = np.clip((full(scene, part.places[..., 1]) - 0.12) / 0.3, 0, 1)
    cast = 0.3 * blur(alpha * away, 0.02 * unit) * (1 - alpha) * body_alpha * (1 - regions.head)
    colour = part.cloth.colour * (lit * _rounding(scene, part, 0.16, 0.05))[..., None]
    out *= (1 - cast)[..., None]
    lay(out, colour, alpha * (1 - regions.front[part.side]))


def over(below: Floats, above: Floats, alpha: Floats) -> Floats:
    """One layer over another, in a new array."""
    out: Floats = np.array(below, np.float32)
    lay(out, above, alpha)
    return out


def lay(onto: Floats, above: Floats, alpha: Floats) -> None:
    """Put a layer onto what is there. Where `alpha` is 0 nothing is computed: most are small."""
    seen = alpha > 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if rows.size:
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        part = onto[box]
        part += (np.broadcast_to(above, onto.shape)[box] - part) * alpha[box][..., None]


def full(scene: Scene, values: Floats) -> Floats:
    """Values of the reduced grid at the photo's size."""
    height, width = scene.full_size
    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR))


def _small(scene: Scene, values: Floats) -> Floats:
    height, width = scene.size
    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA))
