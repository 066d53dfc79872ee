"""Plain shoes for feet that the old trousers or dress hid."""

from __future__ import annotations

import numpy as np

from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.limb import Limb
from deployments.tryon.drape.raster import blur, draw_outline
from deployments.tryon.drape.scene import BOTTOMS, Scene
from deployments.types import Label

COLOUR = np.array([52.0, 46.0, 44.0], np.float32)
SOLE = np.array(
    [
        [-0.085, -0.03],
        [-0.06, 0.03],
        [0.06, 0.03],
        [0.085, -0.03],
        [0.10, 0.10],
        [0.135, 0.22],
        [0.115, 0.31],
        [0.04, 0.36],
        [-0.05, 0.345],
        [-0.105, 0.28],
        [-0.115, 0.18],
        [-0.095, 0.08],
    ],
    np.float32,
)
"""A low shoe seen from the front: outwards and down from the ankle, in units of the body."""


def hidden_feet(scene: Scene, body: Body, legs: dict[int, Limb]) -> dict[int, Limb]:
    """The legs whose feet the old garment hides: it reaches their ankles, and no shoe is near."""
    shoes = np.argwhere(scene.marked(Label.LEFT_SHOE, Label.RIGHT_SHOE))[:, ::-1]
    found = {}
    for side, leg in legs.items():
        ankle = leg.path[-1]
        away = np.linalg.norm(shoes - ankle, axis=1) if len(shoes) else np.array([np.inf])
        if float((away < 0.8 * body.unit).sum()) < 0.02 * body.unit**2 and _covered(
            scene, body, ankle
        ):
            found[side] = leg
    return found


def _covered(scene: Scene, body: Body, ankle: Floats) -> bool:
    height, width = scene.size
    x, y = np.round(ankle).astype(int)
    reach = max(2, round(0.12 * body.unit))
    if not (0 <= x < width and 0 <= y < height - reach):
        return False
    near = scene.labels[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach]
    return bool(np.isin(near, (*BOTTOMS, Label.DRESS)).mean() > 0.2)


def draw_shoes(scene: Scene, body: Body, legs: dict[int, Limb]) -> tuple[Floats, Floats]:
    """Shoes on hidden feet: H×W×3 colours and H×W alpha. They are as bright as the photo is."""
    height, width = scene.full_size
    alpha = np.zeros((height, width), np.float32)
    for side, leg in hidden_feet(scene, body, legs).items():
        corners = SOLE * (side, 1) * body.unit + leg.path[-1]
        ring = np.concatenate([corners, corners[:2]]).astype(np.float32)
        outline = curves.rounded(ring, 3)
        alpha = np.maximum(alpha, draw_outline(scene.to_photo(outline), height, width))
    if not alpha.any():
        return np.broadcast_to(COLOUR, (height, width, 3)), alpha
    inside = blur(alpha, 0.05 * body.unit * scene.magnification)
    dim = float(np.clip(scene.small.mean() / 150, 0.5, 1.15))
    shine = dim * (0.8 + 0.55 * np.clip(2 * inside - 0.9, 0, 1))
    return np.asarray(COLOUR * shine[..., None], np.float32), alpha
