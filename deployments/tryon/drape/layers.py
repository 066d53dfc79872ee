"""The order of things: background, body, garment, bare arms, sleeves, head and hands."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from deployments.tryon.drape import fill, shading
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import SIDES, Body
from deployments.tryon.drape.dressing import Dressing
from deployments.tryon.drape.ground import fill_background, fill_bottoms
from deployments.tryon.drape.raster import blur
from deployments.tryon.drape.regions import Regions
from deployments.tryon.drape.scene import Scene
from deployments.tryon.drape.skin import paint_skin
from deployments.types import Label


@dataclass(frozen=True)
class Under:
    """What comes to light where the old garment is taken away, H×W×3 at full size."""

    body: Floats
    """Background, trousers and torso."""
    arms: Floats


@dataclass(frozen=True)
class Composed:
    picture: Floats
    """H×W×3, 0 to 255."""
    edited: Floats
    """H×W: how much of it is new."""
    erased: Floats
    light: Floats


def paint_under(scene: Scene, body: Body, regions: Regions, dressing: Dressing, seed: int) -> Under:
    height, width = scene.full_size
    torso_skin, arm_skin = paint_skin(scene, body, regions)
    under = over(fill_background(scene, body), torso_skin, _small(scene, regions.torso_skin))
    bottoms = fill_bottoms(scene)
    if bottoms is not None:
        low = _below(scene, body, dressing) * _small(scene, regions.torso_skin)
        under = over(under, bottoms, low)
    strength = fill.grain_strength(scene.small, scene.labels == Label.BACKGROUND)
    noise = fill.grain((height, width), strength, seed)
    return Under(full(scene, under) + noise, full(scene, arm_skin) + noise)


def _below(scene: Scene, body: Body, dressing: Dressing) -> Floats:
    """1 where trousers rather than a belly lie under the old top."""
    height, width = scene.size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    _, below = body.frame.coordinates(np.stack([x, y], axis=-1))
    waist = dressing.fitted.armpit_below + 0.45 * dressing.hem.natural
    return np.clip((below - waist) / 2, 0, 1).astype(np.float32)


def compose(
    scene: Scene, body: Body, regions: Regions, dressing: Dressing, under: Under
) -> Composed:
    """Lay all layers over each other, from the back to the front."""
    photo = scene.photo.astype(np.float32)
    erased = over(photo, under.body, regions.taken)
    light = full(scene, shading.carried_shading(scene, body))
    cloths = [dressing.torso, *dressing.sleeves.values()]
    union = np.maximum.reduce([cloth.alpha for cloth in cloths])
    unit = body.unit * scene.magnification
    lit = light * shading.edge_shading(union, 0.04 * unit, 0.2)
    skin = np.maximum.reduce([regions.torso_skin, *regions.arm_skin.values()])
    shadow = 1 - shading.contact_shadow(dressing.torso.alpha, 0.012 * unit, 0.35)
    out = erased * (1 - shadow * (1 - regions.head) * skin)[..., None]
    alpha = dressing.torso.alpha * (1 - regions.kept)
    out = over(out, dressing.torso.colour * lit[..., None], alpha)
    arms = over(photo, under.arms, regions.taken)
    for side in SIDES:
        bare = regions.arm_skin[side] * np.minimum(1, 4 * regions.taken) * (1 - regions.head)
        out = over(out, arms, bare)
    for side in dressing.sleeves:
        out = _with_sleeve(scene, out, regions, dressing, side, lit, skin, unit)
    edited = np.maximum.reduce([regions.taken, *(cloth.alpha for cloth in cloths)])
    return Composed(out, edited, erased, light)


def _with_sleeve(
    scene: Scene,
    out: Floats,
    regions: Regions,
    dressing: Dressing,
    side: int,
    lit: Floats,
    skin: Floats,
    unit: float,
) -> Floats:
    """A sleeve, rounded by shade, and the shadow that it casts on the body below the armhole."""
    cloth = dressing.sleeves[side]
    across, along = (full(scene, dressing.places[side][..., k]) for k in (0, 1))
    away = np.clip((along - 0.12) / 0.3, 0, 1)
    cast = 0.3 * blur(cloth.alpha * away, 0.02 * unit) * (1 - cloth.alpha)
    cast *= np.maximum(skin, dressing.torso.alpha) * (1 - regions.head)
    rounding = 1 - away * (0.16 * np.clip(-across, 0, 1) ** 3 + 0.05 * np.clip(across, 0, 1) ** 4)
    out = out * (1 - cast)[..., None]
    alpha = cloth.alpha * (1 - regions.front[side])
    return over(out, cloth.colour * (lit * rounding)[..., None], alpha)


def over(below: Floats, above: Floats, alpha: Floats) -> Floats:
    """One layer over another."""
    return np.asarray(below + (above - below) * alpha[..., None], np.float32)


def full(scene: Scene, values: Floats) -> Floats:
    """Values of the reduced grid at the photo's size."""
    height, width = scene.full_size
    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR))


def _small(scene: Scene, values: Floats) -> Floats:
    height, width = scene.size
    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA))
