"""The order of things: background, body, garment, bare arms, sleeves, head and hands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from deployments.tryon.drape import fill, shading
from deployments.tryon.drape.arrays import Bools, Floats, highest
from deployments.tryon.drape.bare_legs import hem_shadow
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.box import EVERYTHING, Box, around, bounds, outside
from deployments.tryon.drape.dressing import Dressing, Part
from deployments.tryon.drape.ground import fill_background, fill_bottoms
from deployments.tryon.drape.hair_behind import hair_behind
from deployments.tryon.drape.hidden_hands import in_pockets
from deployments.tryon.drape.pores import pores
from deployments.tryon.drape.raster import blur, enlarged, tripled
from deployments.tryon.drape.regions import Regions
from deployments.tryon.drape.scene import ARMS, BOTTOMS, HEAD, LEGS, Scene
from deployments.tryon.drape.skin import paint_skin
from deployments.tryon.drape.worn_below import CHARCOAL
from deployments.types import Label

BARE_WAIST = 0.72
"""Share of the hips' depth above which a short top lets the belly be seen, no trousers."""


POCKET = 0.55
"""Share of an arm's length below which it goes under the new top where its hand is hidden."""
SEAM = 8
"""Pixels round all that is drawn that are worked out too."""
HEM_SHADOW = 0.2
"""Units below and beside a skirt or trousers within which their shadow lies."""


@dataclass(frozen=True)
class Under:
    """What comes to light where the old garment is taken away, at full size, in the box of the
    photo that holds all that is drawn."""

    box: Box
    body: Floats
    """Background, torso, legs or trousers, H×W×3."""
    arms: Floats
    """H×W×3."""
    clothed: Floats
    """H×W: how much of `body` is trousers or a skirt carried upwards."""


@dataclass(frozen=True)
class Composed:
    picture: Floats
    """H×W×3, 0 to 255."""
    edited: Floats
    """H×W: how much of it is new."""
    erased: Floats
    """The photo without the old garment, in the box."""
    light: Floats
    """h×w on the reduced grid."""
    shares: Floats
    """H×W×2: how much of each pixel is the new garment, and how much is painted skin."""
    box: Box = EVERYTHING
    """Rows and columns outside which nothing is new."""


def paint_under(scene: Scene, body: Body, regions: Regions, dressing: Dressing, seed: int) -> Under:
    """Paint what comes to light, and give what is painted the photo's grain."""
    box = _drawn_box(scene, body, regions, dressing)
    skin = paint_skin(scene, body, regions)
    strength = fill.grain_strength(scene.small, scene.labels == Label.BACKGROUND)
    noise = fill.grain(scene.full_size, strength, seed)[box]
    gap = _seen_ground(scene, regions, dressing, box)
    regions = regions.within(box)
    under = fill_background(scene, body, gap, seed, box)
    if (hair := hair_behind(scene, body, gap)) is not None:
        lay(under, with_grain(full(scene, hair[0], box), noise), full(scene, hair[1], box))
    mottled = pores(scene.full_size, body.unit * scene.magnification, box)
    torso, arms = (
        with_grain(full(scene, part, box) * mottled, noise) for part in (skin.torso, skin.arms)
    )
    lay(under, torso, regions.torso_skin)
    if skin.legs is not None:
        legs = with_grain(full(scene, skin.legs, box) * mottled, noise)
        for leg in regions.leg_skin.values():
            lay(under, legs, leg, full(scene, regions.leg_light, box))
    hid = bool(regions.lower.any())
    bottoms = fill_bottoms(scene, body) if hid or not regions.leg_skin else None
    if hid and bottoms is None:
        bottoms = np.broadcast_to(CHARCOAL, scene.small.shape).astype(np.float32)
    clothed: Floats = np.zeros(noise.shape[:2], np.float32)
    if bottoms is not None and dressing.hem is not None and dressing.fitted is not None:
        waist = dressing.fitted.armpit_below + 0.45 * dressing.hem.natural
        waist = max(waist, BARE_WAIST * body.frame.hips)
        waist = dressing.hem.tuck if dressing.tucked else waist
        outline = np.maximum(regions.torso_skin, regions.lower)
        clothed = full(scene, _below(scene, body, waist), box) * outline
        lay(under, with_grain(full(scene, bottoms, box), noise), clothed)
    return Under(box, under, arms, clothed)


def _drawn_box(scene: Scene, body: Body, regions: Regions, dressing: Dressing) -> Box:
    """What holds all that may be drawn."""
    drawn = [regions.taken, regions.shoes[1], *(cloth.alpha for cloth in dressing.cloths)]
    drawn += [] if dressing.hood is None else [dressing.hood.alpha]
    shadow = HEM_SHADOW * body.unit * scene.magnification if dressing.legs else 0.0
    return around([bounds(alpha) for alpha in drawn], SEAM + shadow, scene.full_size)


def with_grain(picture: Floats, noise: Floats) -> Floats:
    """A picture (H×W×3) with noise (H×W) on it."""
    picture += tripled(noise)
    return picture


def _seen_ground(scene: Scene, regions: Regions, dressing: Dressing, box: Box) -> Bools:
    """h×w: where the ground comes to light, being taken away and not covered again."""
    covers = [cloth.alpha for cloth in dressing.cloths]
    covers += [
        regions.torso_skin,
        regions.lower,
        *regions.arm_skin.values(),
        *regions.leg_skin.values(),
    ]
    seen = np.zeros(scene.full_size, np.float32)
    there = regions.taken[box] > 0.02
    for cover in covers:
        there &= cover[box] < 0.98
    seen[box] = there
    return np.asarray(_small(scene, seen) > 0.02, np.bool_)


def _below(scene: Scene, body: Body, waist: float) -> Floats:
    """1 where trousers rather than a belly lie under the old top."""
    _, below = body.frame.grid(scene.size)
    return np.clip((below - waist) / 2, 0, 1).astype(np.float32)


def compose(
    scene: Scene, body: Body, regions: Regions, dressing: Dressing, under: Under, light: Floats
) -> Composed:
    """Lay all layers over each other, from the back to the front. `light`: h×w factors.

    Only the box that holds all that is drawn is worked out: it is often a third of the photo.
    """
    box, picture = under.box, scene.photo.astype(np.float32)
    shares, edited = np.zeros((*scene.full_size, 2), np.float32), np.zeros_like(regions.taken)
    regions, dressing = regions.within(box), dressing.within(box)
    erased = over(picture[box], under.body, regions.taken)
    arms = over(picture[box], under.arms, regions.taken)
    out, unit, free = picture[box], body.unit * scene.magnification, 1 - regions.kept
    union = highest([cloth.alpha for cloth in dressing.cloths])
    skin = highest([regions.torso_skin, *regions.arm_skin.values(), *regions.leg_skin.values()])
    lit = full(scene, light, box) * shading.edge_shading(union, 0.04 * unit, 0.2)
    shadow = 1 - shading.contact_shadow(union, 0.012 * unit, 0.35)
    np.multiply(erased, tripled(1 - shadow * free * skin), out=out)
    lay(out, *regions.shoes)
    dark = hem_shadow(scene, body, dressing, _legs(scene, regions, box) * free)
    out *= tripled(1 - dark)
    behind = _behind_the_neck(scene, regions, dressing, box)
    if dressing.hood is not None:
        lay(out, dressing.hood.colour, behind, full(scene, light, box))
    told = _bare_body(regions, under, behind)
    for part in dressing.legs:
        # Between legs it is darker than at the outside of a leg or of a skirt.
        rounding = _rounding(scene, part, 0.32 if len(dressing.legs) == 2 else 0.06, 0.06, box)
        lay(out, part.cloth.colour, part.cloth.alpha * free, lit * rounding)
        lay_shares(told, CLOTH, part.cloth.alpha * free)
    body_alpha = skin if dressing.torso is None else np.maximum(skin, dressing.torso.alpha)
    hidden, seen = _by_depth(body, dressing.sleeves)
    for part in (_behind_what_stays(scene, part, box) for part in hidden):
        _lay_sleeve(scene, (out, told), regions, part, lit, body_alpha, unit, box)
    if dressing.torso is not None:
        lay(out, dressing.torso.colour, dressing.torso.alpha * free, lit)
        lay_shares(told, CLOTH, dressing.torso.alpha * free)
    for bare in _bare_arms(scene, body, regions, dressing, box):
        lay(out, arms, bare)
        lay_shares(told, (np.zeros_like(bare), regions.taken), bare)
    for part in seen:
        _lay_sleeve(scene, (out, told), regions, part, lit, body_alpha, unit, box)
    edited[box] = highest([regions.taken, union, behind, dark, regions.shoes[1]])
    shares[box] = np.moveaxis(told, 0, 2)
    return Composed(picture, edited, erased, light, shares, box)


def _by_depth(body: Body, sleeves: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    """The sleeves behind the body's cloth, and those before it."""
    hidden = [part for part in sleeves if body.arms[part.side].behind]
    return hidden, [part for part in sleeves if not body.arms[part.side].behind]


def _behind_what_stays(scene: Scene, part: Part, box: Box) -> Part:
    """A sleeve behind the body, which is behind legs and what they wear as well."""
    before = full(scene, blur(scene.marked(*BOTTOMS, *LEGS).astype(np.float32), 0.8), box)
    return replace(part, cloth=replace(part.cloth, alpha=part.cloth.alpha * (1 - before)))


def _bare_arms(
    scene: Scene, body: Body, regions: Regions, dressing: Dressing, box: Box
) -> Iterator[Floats]:
    """H×W for each arm: where it lies before the new top, but for one that goes under it to a
    pocket."""
    cloth: Floats = np.zeros_like(regions.taken)
    pocketed: frozenset[int] = frozenset()
    if dressing.torso is not None:
        cloth, pocketed = dressing.torso.alpha, in_pockets(scene, body)
    # An arm that stays is not taken away, and yet it must be whole where cloth was laid on it.
    seen = full(scene, scene.marked(*ARMS).astype(np.float32), box)
    drawn_on = np.minimum(1, 4 * np.maximum(regions.taken, cloth * (1 - regions.kept) * seen))
    for side, arm in regions.arm_skin.items():
        bare = arm * drawn_on * (1 - regions.head)
        if side in pocketed:
            bare *= 1 - cloth * full(scene, _forearm(body, regions, side), box)
        yield np.asarray(bare, np.float32)


def _forearm(body: Body, regions: Regions, side: int) -> Floats:
    """h×w: the lower part of an arm, which goes under a top to a hand that is hidden."""
    along = regions.arm_places[side][..., 1] / max(body.arms[side].length, 1)
    return np.asarray(np.clip((along - POCKET) / 0.04, 0, 1), np.float32)


CLOTH = (np.float32(1), np.float32(0))
"""The shares of a pixel that the new garment alone makes."""


def _bare_body(regions: Regions, under: Under, behind: Floats) -> Floats:
    """2×H×W shares of no cloth yet, and of the skin that is painted on the body and its legs."""
    bare = highest([regions.torso_skin, *regions.leg_skin.values()])
    bare *= regions.taken * (1 - under.clothed) * (1 - regions.shoes[1]) * (1 - behind)
    return np.stack([np.zeros_like(bare), bare])


def _legs(scene: Scene, regions: Regions, box: Box) -> Floats:
    """H×W: legs, bare as they were and painted."""
    seen = full(scene, blur(scene.marked(*LEGS).astype(np.float32), 0.8), box)
    return highest([seen, *(leg * regions.taken for leg in regions.leg_skin.values())])


def _behind_the_neck(scene: Scene, regions: Regions, dressing: Dressing, box: Box) -> Floats:
    """H×W: where a hood is seen, behind head and neck."""
    if dressing.hood is None:
        return np.zeros_like(regions.head)
    before = scene.marked(*HEAD, Label.TORSO_SKIN).astype(np.float32)
    before = np.maximum(full(scene, blur(before, 0.8), box), regions.torso_skin)
    seen = 1 - np.clip(1.6 * before - 0.3, 0, 1)
    return np.asarray(dressing.hood.alpha * seen, np.float32)


def _rounding(scene: Scene, part: Part, inner: float, outer: float, box: Box) -> Floats:
    """Shade towards the edges of a tube, none at its beginning."""
    across, along = (full(scene, part.places[..., k], box) for k in (0, 1))
    inward, outward = np.clip(-across, 0, 1), np.clip(across, 0, 1)
    dark = inner * inward * inward * inward + outer * np.square(np.square(outward))
    return np.asarray(1 - _off_the_start(along) * dark, np.float32)


def _off_the_start(along: Floats) -> Floats:
    """0 where a tube begins, 1 farther on."""
    return np.asarray(np.clip((along - 0.12) / 0.3, 0, 1), np.float32)


def _lay_sleeve(
    scene: Scene,
    onto: tuple[Floats, Floats],
    regions: Regions,
    part: Part,
    lit: Floats,
    body_alpha: Floats,
    unit: float,
    box: Box,
) -> None:
    """A sleeve, rounded by shade, and the shadow that it casts on the body below the armhole, laid
    onto the picture and its shares."""
    out, told = onto
    lay_shares(told, CLOTH, part.cloth.alpha * (1 - regions.front[part.side]))
    here = around([bounds(part.cloth.alpha)], SEAM + 0.08 * unit, lit.shape)
    there, alpha = outside(here, box), part.cloth.alpha[here]
    out, free = out[here], 1 - regions.front[part.side][here]
    away = _off_the_start(full(scene, part.places[..., 1], there))
    fallen = blur(alpha * away, 0.02 * unit) * (1 - alpha)
    out *= tripled(1 - 0.3 * fallen * body_alpha[here] * (1 - regions.head[here]))
    light = lit[here] * _rounding(scene, part, 0.16, 0.05, there)
    lay(out, part.cloth.colour[here], alpha * free, light)


def over(below: Floats, above: Floats, alpha: Floats) -> Floats:
    """One layer over another, in a new array."""
    out: Floats = np.array(below, np.float32)
    lay(out, above, alpha)
    return out


def lay(onto: Floats, above: Floats, alpha: Floats, light: Floats | None = None) -> None:
    """Put a layer (H×W×3) onto what is there, in this light. Where `alpha` is 0 nothing is
    computed: most are small."""
    there = bounds(alpha)
    if there is None:
        return
    part, new = onto[there], above[there]
    new = new - part if light is None else new * tripled(light[there]) - part
    new *= tripled(alpha[there])
    part += new


def lay_shares(shares: Floats, above: Sequence[Floats | np.float32], alpha: Floats) -> None:
    """The same for shares, each plane by itself."""
    for plane, new in zip(shares, above, strict=True):
        plane[:] = plane + (new - plane) * alpha


def full(scene: Scene, values: Floats, box: Box = EVERYTHING) -> Floats:
    """Values of the reduced grid at the photo's size: what lies in a box of it."""
    return enlarged(values, scene.full_size, box)


def _small(scene: Scene, values: Floats) -> Floats:
    height, width = scene.size
    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA))
