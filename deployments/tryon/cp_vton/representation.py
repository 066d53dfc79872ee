"""What the networks see: a person without the garment's traces, and a garment on white.

The arithmetic follows the published data preparation to the bit, Pillow's resizing included,
because the weights know nothing else.
"""

from __future__ import annotations

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from deployments.labels import to_cp_vton_plus, to_lip
from deployments.tryon.cp_vton.joints import coco, lip
from deployments.tryon.cp_vton.variant import HEIGHT, WIDTH, Variant
from deployments.types import Image, Label, Mask, ParseMap, Points, Pose

Floats = NDArray[np.float32]

BLUR = 16
"""How many times smaller the body's shape is made, so that it tells nothing of the old garment."""
FILLED = 0.92
"""Of the frame's height or breadth that a garment takes, as in the pictures of the training."""
WHITE = 255


def labels_for(variant: Variant, parse: ParseMap) -> NDArray[np.uint8]:
    """The labels as the variant's data had them."""
    labels = to_cp_vton_plus(parse) if variant.skin_is_body else to_lip(parse)
    if not variant.legs_are_trousers:
        return labels
    return np.where(
        np.isin(labels, (Label.LEFT_LEG, Label.RIGHT_LEG)), np.uint8(Label.PANTS), labels
    )


def agnostic(
    variant: Variant, photo: Image, pose: Pose, parse: ParseMap, kept: frozenset[Label]
) -> Floats:
    """C×256×192 in [-1, 1]: blurred shape, the photo within the labels `kept`, a map a key point.

    `photo`, `pose` and `parse` are of 256×192.
    """
    labels = labels_for(variant, parse)
    points = coco(pose) if variant.joints == "coco" else lip(pose, parse)
    head = np.isin(labels, list(kept)).astype(np.float32)
    return np.concatenate(
        [
            body_shape(labels)[None],
            normal(photo) * head - (1 - head),
            pose_maps(points, variant.radius),
        ]
    )


def body_shape(labels: NDArray[np.uint8]) -> Floats:
    """256×192 in [-1, 1]: where there is a body, too blurred to tell a sleeve."""
    solid = PIL.Image.fromarray((labels > 0).astype(np.uint8) * WHITE)
    bilinear = PIL.Image.Resampling.BILINEAR
    small = solid.resize((WIDTH // BLUR, HEIGHT // BLUR), bilinear)
    return normal(np.asarray(small.resize((WIDTH, HEIGHT), bilinear)))


def pose_maps(points: Points, radius: int) -> Floats:
    """N×256×192: a square of 1 on -1 round each point; nothing at 1 px and nearer to the edges."""
    maps = np.full((len(points), HEIGHT, WIDTH), -1, np.float32)
    for plane, (x, y) in zip(maps, points.astype(np.float64), strict=True):
        if x > 1 and y > 1:
            rows = slice(max(int(y - radius), 0), max(int(y + radius) + 1, 0))
            plane[rows, max(int(x - radius), 0) : max(int(x + radius) + 1, 0)] = 1
    return maps


def normal(picture: NDArray[np.uint8]) -> Floats:
    """H×W×3 or H×W of 0…255 → 3×H×W or H×W of -1…1."""
    planes = picture.transpose(2, 0, 1) if picture.ndim == 3 else picture
    return np.asarray((planes.astype(np.float32) / 255 - 0.5) / 0.5, np.float32)


def shown(values: Floats) -> Image:
    """3×H×W of -1…1 → H×W×3 of 0…255, cut off and not rounded, as the published code writes."""
    bytes_ = np.clip((values + 1) * 0.5 * 255, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(bytes_.transpose(1, 2, 0))


def laid_out(garment: Image, mask: Mask) -> tuple[Image, Mask]:
    """The garment alone, on white, in the middle of 256×192; and its mask of 0 and 255."""
    rows, columns = (np.flatnonzero((mask > 127).any(axis)) for axis in (1, 0))
    if not len(rows):
        rows, columns = np.arange(mask.shape[0]), np.arange(mask.shape[1])
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    share = mask[box][..., None].astype(np.float32) / 255
    alone = garment[box] * share + WHITE * (1 - share)
    size = (columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0])
    scale = FILLED * min(WIDTH / size[0], HEIGHT / size[1])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    fit = (max(round(size[0] * scale), 1), max(round(size[1] * scale), 1))
    picture = np.full((HEIGHT, WIDTH, 3), WHITE, np.float32)
    cover = np.zeros((HEIGHT, WIDTH), np.float32)
    left, top = (WIDTH - fit[0]) // 2, (HEIGHT - fit[1]) // 2
    place = slice(top, top + fit[1]), slice(left, left + fit[0])
    picture[place] = cv2.resize(alone, fit, interpolation=method)
    cover[place] = cv2.resize(share[..., 0], fit, interpolation=method)
    return np.asarray(picture + 0.5, np.uint8), np.asarray((cover >= 0.5) * WHITE, np.uint8)
