"""The dense flow from the photo to the garment, and the cloth sampled through it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.box import Box, bounds
from deployments.tryon.drape.plan import OVERHANG, Strip, TorsoPlan
from deployments.tryon.drape.raster import draw_mesh, draw_outline, draw_strip, enlarged
from deployments.tryon.drape.scene import Scene
from deployments.tryon.drape.spline import ThinPlate
from deployments.types import Image, Mask

STRIDE = 4
"""Pixels of the reduced grid between the points at which the spline is worked out."""
NEAR = 3
"""How many of these points farther than the cloth it is worked out."""
SPARSE = 8
"""Pixels of the photo between the places at which it is looked how much larger cloth is drawn."""
LARGEST = 4
"""How many times narrower than drawn an edge is made at most."""


@dataclass(frozen=True)
class Cloth:
    """One part of a garment as worn, on the photo's grid."""

    colour: Floats
    """H×W×3, 0 to 255."""
    alpha: Floats
    """H×W, 0 to 1."""
    flow: Floats
    """h×w×2 on the reduced grid: px of the garment's picture."""

    def within(self, box: Box) -> Cloth:
        """What of it lies in a box of the photo."""
        return Cloth(self.colour[box], self.alpha[box], self.flow)


def torso_flow(scene: Scene, plan: TorsoPlan) -> Floats:
    """h×w×2: for each pixel of the reduced grid the place in the garment's picture, where the cloth
    may be and near it; 0 elsewhere."""
    first = np.maximum(np.floor(plan.outline.min(axis=0)).astype(int) // STRIDE - NEAR, 0)
    after = np.ceil(plan.outline.max(axis=0)).astype(int) // STRIDE + NEAR + 1
    after = np.clip(
        after, first + 1, np.maximum(-(-np.array(scene.size[::-1]) // STRIDE), first + 1)
    )
    x, y = (np.arange(*ends, dtype=np.float32) for ends in zip(first, after, strict=True))
    spots = np.stack(np.meshgrid(x, y), axis=-1) * STRIDE + (STRIDE - 1) / 2
    coarse = ThinPlate(plan.worn, plan.flat)(spots.reshape(-1, 2)).reshape(spots.shape)
    fine = cv2.resize(coarse, None, fx=STRIDE, fy=STRIDE, interpolation=cv2.INTER_CUBIC)
    flow = np.zeros((*scene.size, 2), np.float32)
    left, top = first * STRIDE
    part = flow[top : top + len(fine), left : left + fine.shape[1]]
    part[:] = fine[: part.shape[0], : part.shape[1]]
    return flow


def sleeve_flow(scene: Scene, plan: Strip) -> tuple[Floats, Floats]:
    """The same for a sleeve, 0 off its mesh, and h×w×2: the place across it (-1 at the inner edge,
    1 at the outer one) and along it (0 at the armhole, 1 at the cuff)."""
    ribs, columns = plan.worn.shape[:2]
    across = np.concatenate([[-OVERHANG], np.linspace(-1, 1, columns - 2), [OVERHANG]])
    step = 1 / (ribs - 3)
    along = np.linspace(-step, 1 + step, ribs)
    places = np.stack(np.meshgrid(across, along), axis=-1).astype(np.float32)
    values = np.concatenate([plan.flat, places], axis=-1)
    drawn, covered = draw_mesh(plan.worn, values, *scene.size)
    drawn = _carried_outwards(drawn, covered)
    return drawn[..., :2], drawn[..., 2:]


def _carried_outwards(values: Floats, covered: Floats) -> Floats:
    """Each place off a mesh takes the value of the nearest one on it, so that growing the grid
    mixes nothing foreign into the mesh's edge."""
    on_mesh = covered > 0
    if not on_mesh.any():
        return values
    label = cv2.distanceTransformWithLabels(
        (~on_mesh).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )[1]
    table = np.zeros((int(label.max()) + 1, values.shape[2]), np.float32)
    table[label[on_mesh]] = values[on_mesh]
    return np.asarray(table[label], np.float32)


def torso_cover(scene: Scene, plan: TorsoPlan) -> Floats:
    return draw_outline(scene.to_photo(plan.outline), *scene.full_size)


def sleeve_cover(scene: Scene, plan: Strip) -> Floats:
    """Where a sleeve is, at the photo's full size, from 0 to 1."""
    size = scene.full_size
    strip = draw_strip(scene.to_photo(plan.inner), scene.to_photo(plan.outer), *size)
    rim = np.concatenate([plan.cuff, plan.outer[-2:-1], plan.inner[-2:-1]])
    return np.maximum(strip, draw_outline(scene.to_photo(rim), *size))


def sample(scene: Scene, flow: Floats, picture: Image, mask: Mask | None, cover: Floats) -> Cloth:
    """The garment's colours through the flow at the photo's full size; its alpha is `cover` (H×W),
    cut by the garment's own mask where one is given."""
    height, width = scene.full_size
    colour, alpha = np.zeros((height, width, 3), np.float32), cover.copy()
    window = bounds(cover)
    if window is None:
        return Cloth(colour, alpha, flow)
    full = enlarged(flow, scene.full_size, window)
    x, y = np.ascontiguousarray(full[..., 0]), np.ascontiguousarray(full[..., 1])
    colour[window] = cv2.remap(picture, x, y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
    if mask is not None:
        seen = cv2.remap(mask, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        alpha[window] = np.minimum(alpha[window], _sharpened(seen, full, cover[window]))
    return Cloth(colour, alpha, flow)


def _sharpened(mask: cv2.typing.MatLike, flow: Floats, cover: Floats) -> Floats:
    """The mask's share (0 to 1) with edges as narrow as in its own picture, however much larger
    the flow (px of that picture) draws it: the edge of a small garment would be a blur."""
    steps = np.linalg.norm(np.diff(flow[::SPARSE, ::SPARSE], axis=1), axis=2) / SPARSE
    steps = steps[cover[::SPARSE, ::SPARSE][:, 1:] > 0.5]
    larger = float(np.clip(1 / max(np.median(steps), 1e-3), 1, LARGEST)) if steps.size else 1.0
    share = mask.astype(np.float32) / 255
    return np.clip((share - 0.5) * larger + 0.5, 0, 1, out=share)
