"""What is known to spoil a result, measured once it is drawn: each doubt with its strength.

The ramps and weights were set on results judged by eye, docs/7-judging.md tells how.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from deployments.colour_shares import Palette, bins_of, to_lab
from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import ELBOWS, SIDES, WRISTS, Body
from deployments.tryon.drape.dressing import Dressing
from deployments.tryon.drape.layers import Composed
from deployments.tryon.drape.legs import ANKLES, KNEES
from deployments.tryon.drape.raster import grown
from deployments.tryon.drape.regions import OLD, Regions
from deployments.tryon.drape.scene import Scene
from deployments.types import GarmentShape, Image, Label, Mask

LONGEST = 200
"""Longest side in px at which a garment's picture is looked at."""


@dataclass(frozen=True)
class Doubt:
    """One reason for which a result may be wrong."""

    warning: str
    """A key of `advice.ADVICE`."""
    strength: float
    """From 0 to 1."""
    weight: float
    """The share of the confidence that it takes at full strength."""
    told_from: float = 0.5
    """The strength from which on the warning is given."""

    @property
    def factor(self) -> float:
        return 1 - self.weight * self.strength


def garment_doubts(shape: GarmentShape, picture: Image, mask: Mask) -> list[Doubt]:
    """What is doubtful in the garment's picture alone."""
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    blends, foreign = _blending(picture, mask)
    return [
        Doubt("GarmentUncertain", _ramp(1 - shape.confidence, 0.12, 0.6), 0.8, 0.65),
        Doubt("GarmentCutOff", _ramp(float((border > 127).mean()), 0.03, 0.2), 0.6),
        Doubt("GarmentBlends", _ramp(blends, 0.1, 0.5), 0.1, 0.7),
        Doubt("GarmentBlends", _ramp(foreign, 0.004, 0.025), 0.12, 0.7),
    ]


def person_doubts(
    scene: Scene,
    body: Body,
    shape: GarmentShape,
    dressing: Dressing,
    regions: Regions,
    composed: Composed,
) -> list[Doubt]:
    """What is doubtful in the person's photo and in what was drawn on it."""
    area = body.unit**2
    lower, upper = shape.category == "lower", shape.category == "upper"
    coat = float(scene.marked(Label.COAT).sum()) / area if lower else 0.0
    ground = _guessed_ground(scene, regions, composed) / area if upper else 0.0
    crossing = 0.0 if lower else max(arm_over_torso(body, side) for side in SIDES)
    arms = 0.0 if lower else 1 - _seen(scene, (*ELBOWS.values(), *WRISTS.values()))
    legs = 0.0 if upper else 1 - _seen(scene, (*KNEES.values(), *ANKLES.values()))
    left = left_over(scene, body, composed, OLD[shape.category]) / area
    hidden = _hidden(dressing, composed)
    return [
        Doubt("CoatInTheWay", _ramp(coat, 1.2, 2.6), 0.12),
        Doubt("GarmentHidden", _ramp(hidden, 0.3, 0.9), 0.1),
        # A result that shows next to nothing of the garment answers no question.
        Doubt("GarmentHidden", _ramp(hidden, 0.7, 0.95), 0.5),
        Doubt("MuchInvented", _ramp(ground, 0.3, 1.1), 0.25),
        Doubt("OldGarmentLeft", _ramp(left, 0.12, 0.5), 0.25),
        Doubt("ArmOverTorso", _ramp(crossing, 0.1, 0.4), 0.1, 0.07),
        Doubt("ArmsGuessed", _ramp(arms, 0.2, 0.7), 0.05, 1.01),
        Doubt("LegsGuessed", _ramp(legs, 0.3, 0.8), 0.1),
    ]


def _ramp(value: float, none: float, full: float) -> float:
    return float(np.clip((value - none) / (full - none), 0, 1))


def _seen(scene: Scene, joints: tuple[int, ...]) -> float:
    """The mean score of joints."""
    return float(np.mean([min(1.0, float(scene.joints[joint][2])) for joint in joints]))


def arm_over_torso(body: Body, side: int) -> float:
    """The share of an arm that lies before chest or belly."""
    lateral, below = body.frame.coordinates(body.arms[side].path)
    inside = (side * lateral < 0.24 * body.unit) & (below > 0.25 * body.unit)
    return float((inside & (below < 1.05 * body.frame.hips)).mean())


def _hidden(dressing: Dressing, composed: Composed) -> float:
    """The share of the garment that what stays in front of it hides."""
    whole = np.maximum.reduce([cloth.alpha[::4, ::4] for cloth in dressing.cloths])
    return float(1 - composed.shares[::4, ::4, 0].sum() / max(float(whole.sum()), 1.0))


def _guessed_ground(scene: Scene, regions: Regions, composed: Composed) -> float:
    """How much ground behind the old garment was guessed, px of the reduced grid."""
    shares, taken = composed.shares[::4, ::4], regions.taken[::4, ::4]
    bare = np.clip(1 - shares[..., 0] - shares[..., 1], 0, 1) * taken
    return float(bare.sum()) * 16 / scene.magnification**2


def left_over(scene: Scene, body: Body, composed: Composed, old: tuple[Label, ...]) -> float:
    """Px of the reduced grid beside the old garment that were left as ground and have its colours,
    not those of the ground farther off."""
    worn, ground = scene.marked(*old), scene.marked(Label.BACKGROUND)
    far = ground & ~grown(~ground, 0.35 * body.unit)
    if worn.sum() < 100 or far.sum() < 100:
        return 0.0
    edited = cv2.resize(composed.edited, scene.size[::-1], interpolation=cv2.INTER_AREA) > 0.3
    near = grown(worn, 0.3 * body.unit) & ground & ~edited
    bins = bins_of(scene.lab)
    old_palette, ground_palette = Palette.of(bins, worn), Palette.of(bins, far)
    of_old, of_ground = old_palette(bins[near]), ground_palette(bins[near])
    like = np.zeros(scene.size, np.bool_)
    like[near] = (of_old > 4 * of_ground) & (of_old > 0.003)
    return float(_opened(like).sum())


def _blending(picture: Image, mask: Mask) -> tuple[float, float]:
    """How much of their colours the garment and the ground it lies on share (0 to 1), and the share
    of the cut-out, near its edge, that looks like the ground alone."""
    scale = min(1.0, LONGEST / max(mask.shape))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cloth = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) > 127
    edge = max(2, round(0.03 * max(cloth.shape)))
    inner = cv2.erode(cloth.astype(np.uint8), np.ones((4 * edge + 1,) * 2, np.uint8)) > 0
    outer = cv2.dilate(cloth.astype(np.uint8), np.ones((edge + 1,) * 2, np.uint8)) == 0
    if inner.sum() < 50 or outer.sum() < 50:
        return 1.0, 0.0
    bins = bins_of(to_lab(small.astype(np.float32)))
    own, ground = Palette.of(bins, inner), Palette.of(bins, outer)
    seen = ground(bins)
    odd = cloth & ~inner & (seen > 5 * own(bins)) & (seen > 0.002)
    return own.shared(ground), float(_opened(odd).sum() / cloth.sum())


def _opened(mask: Bools) -> Floats:
    kernel = np.ones((3, 3), np.uint8)
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    return np.asarray(opened, np.float32)
