"""The twelve pictures by which HR-VITON's authors judge a result, and what was edited in it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.labels import HR_VITON_GROUPS
from deployments.palette import coloured
from deployments.pose import draw_pose
from deployments.tryon.hr_viton.preparation import Prepared
from deployments.tryon.hr_viton.procedure import LEFT_ARM_LABEL, RIGHT_ARM_LABEL, UPPER_LABEL
from deployments.types import Image, Label, Mask

COLUMNS = 4
GAP = 2
"""Px of black round each picture."""

KEPT = (
    Label.HAT, Label.HAIR, Label.EYEWEAR, Label.FACE, Label.GLOVE, Label.SOCKS,
    Label.LEFT_SHOE, Label.RIGHT_SHOE,
)  # fmt: skip
"""What no new top covers."""
RIM = 1 / 128
"""Of the height: so far round anything drawn the background is the generator's too."""
PART_OF_CLASS = (
    Label.BACKGROUND, Label.HAIR, Label.FACE, Label.UPPER_CLOTHES, Label.PANTS, Label.LEFT_ARM,
    Label.RIGHT_ARM, Label.LEFT_LEG, Label.RIGHT_LEG, Label.LEFT_SHOE, Label.RIGHT_SHOE,
    Label.SOCKS, Label.SCARF,
)  # fmt: skip
"""By which label each of the thirteen classes is drawn."""
assert len(PART_OF_CLASS) == len(HR_VITON_GROUPS)  # noqa: S101


def edited(prepared: Prepared, labels: NDArray[np.int64]) -> Mask:
    """255 where the generator's picture is taken, 0 where the photo stays; H×W.

    `labels` are the generator's seven. That is where the photo was hidden from it, and where it was
    told to paint the garment; not the background that was background before.
    """
    hidden = (prepared.agnostic != prepared.person).any(axis=2)
    free = ~np.isin(prepared.parse, KEPT)
    drawn = np.isin(labels, (UPPER_LABEL, LEFT_ARM_LABEL, RIGHT_ARM_LABEL))
    anything = (prepared.parse != Label.BACKGROUND) | (drawn & hidden) | (labels == UPPER_LABEL)
    reach = max(round(RIM * len(labels)), 1)
    near = cv2.dilate(anything.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0
    region = (hidden & near) | ((labels == UPPER_LABEL) & free)
    return np.asarray(np.where(region, np.uint8(255), np.uint8(0)))


def panel(
    prepared: Prepared, warped: Image, mask: Mask, classes: NDArray[np.int64], result: Image
) -> Image:
    """All twelve in four columns: garment, its mask, agnostic labels, DensePose; warped garment,
    its mask, labels of the result, pose; warped garment, agnostic photo, photo, result.

    `classes` H×W from 0 to 12; all pictures of one size.
    """
    empty = np.zeros_like(prepared.person)
    parts = np.array(PART_OF_CLASS, np.uint8)[classes]
    tiles = [
        prepared.garment, _grey(prepared.garment_mask), coloured(prepared.agnostic_parse),
        prepared.densepose,
        warped, _grey(mask), coloured(parts), draw_pose(empty, prepared.pose, 1.0),
        warped, prepared.agnostic, prepared.person, result,
    ]  # fmt: skip
    framed = [np.pad(tile, ((GAP, GAP), (GAP, GAP), (0, 0))) for tile in tiles]
    rows = [np.hstack(framed[i : i + COLUMNS]) for i in range(0, len(framed), COLUMNS)]
    return np.ascontiguousarray(np.vstack(rows))


def _grey(mask: Mask) -> Image:
    return np.repeat(mask[..., None], 3, axis=2)
