"""A hood that is not worn on the head: it hangs behind the neck and is seen on either side."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.flat import Flat
from deployments.tryon.drape.plan import Fit
from deployments.tryon.drape.raster import ramp
from deployments.tryon.drape.scene import Scene
from deployments.tryon.drape.warp import Cloth, sample
from deployments.types import Image, Mask

FALLEN = 0.42
"""Share of its height that a hood keeps when it has fallen back."""
HIGHEST = 0.36
"""Units: how far it reaches above the neck's foot at most."""
SPREAD = 1.2
"""How much wider it lies round the neck than its foot."""
IN_SHADE = 0.82


def hang_hood(
    scene: Scene, body: Body, flat: Flat, fitted: Fit, colours: Image, mask: Mask
) -> Cloth | None:
    """The hood as seen behind the neck, None where the garment has none."""
    if not flat.hooded:
        return None
    middle_worn = (fitted.necks[-1] + fitted.necks[1]) / 2
    middle_flat = (flat.necks[-1] + flat.necks[1]) / 2
    half = float(np.linalg.norm(fitted.necks[1] - fitted.necks[-1])) / 2
    height = min(FALLEN * flat.collar_height * fitted.tall, HIGHEST * body.unit)
    lateral, below = _from(scene, body, middle_worn)
    across = lateral * flat.neck_half / (SPREAD * half)
    down = below * flat.collar_height / height
    flow = np.stack([middle_flat[0] + across, middle_flat[1] + down], axis=-1).astype(np.float32)
    foot = np.clip((0.05 * body.unit - below) / 2 + 0.5, 0, 1)
    foot = (foot * np.clip((1.25 * SPREAD * half - np.abs(lateral)) / 2, 0, 1)).astype(np.float32)
    height_full, width_full = scene.full_size
    cover = cv2.resize(foot, (width_full, height_full), interpolation=cv2.INTER_LINEAR)
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.2), np.uint8)
    cloth = sample(scene, flow, colours, soft, np.asarray(cover, np.float32))
    return Cloth(cloth.colour * np.float32(IN_SHADE), cloth.alpha, cloth.flow)


def _from(scene: Scene, body: Body, origin: Floats) -> tuple[Floats, Floats]:
    """Lateral and downward distances of the reduced grid's pixels from a point."""
    frame = body.frame
    return ramp(scene.size, origin, frame.across), ramp(scene.size, origin, frame.down)
