"""Where the front of a waistband begins: above it a flat photo shows the inside of the back, its
label, or the hanger, which nobody sees when it is worn."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from deployments.tryon.drape.arrays import Bools, Floats
from deployments.types import Image, Mask

COLUMNS, ROWS = 72, 60
ABOVE, BELOW = 0.04, 0.32
"""How far the looked-at strip goes above and below the line between the waist's corners, in its
lengths."""
SURE = 0.18
"""From here on it is the front's own cloth, in the same lengths."""
ALIKE = 13.0
"""Colours (CIELAB, lightness at half weight) that are the same cloth."""
DEEPEST_MIDDLE, DEEPEST_SIDE = 0.16, 0.11


class Dips(NamedTuple):
    """How far below the line between the waist's corners the front begins, px of the picture."""

    left: float
    middle: float
    right: float


NO_DIPS = Dips(0.0, 0.0, 0.0)


def front_dips(picture: Image, mask: Mask, left: Floats, right: Floats) -> Dips:
    """The front's beginning at the left and the right of the picture and in the middle between the
    waist's corners (x, y). 0 where nothing else than the front's own cloth is seen."""
    across = right - left
    width = float(np.linalg.norm(across))
    if width < 24:
        return NO_DIPS
    odd, depth = _odd(picture, mask, left, across)
    last = np.where(odd & (depth < SURE)[:, None], depth[:, None], 0.0).max(axis=0)
    place = np.linspace(0, 1, COLUMNS)
    sides = [
        min(float(np.percentile(last[np.abs(place - at) < 0.13], 70)), DEEPEST_SIDE)
        for at in (0.17, 0.83)
    ]
    middle = float(np.percentile(last[np.abs(place - 0.5) < 0.1], 60))
    middle = min(max(middle, *sides), DEEPEST_MIDDLE)
    return Dips(*(width * max(0.0, dip) for dip in (sides[0], middle, sides[1])))


def _odd(picture: Image, mask: Mask, left: Floats, across: Floats) -> tuple[Bools, Floats]:
    """ROWS×COLUMNS: what does not look like the cloth under it or lies off the mask; and how deep
    each row lies."""
    place = np.linspace(0.03, 0.97, COLUMNS, dtype=np.float32)
    depth = np.linspace(-ABOVE, BELOW, ROWS, dtype=np.float32)
    down = np.array([-across[1], across[0]], np.float32)
    spots = left + place[None, :, None] * across + depth[:, None, None] * down
    x, y = (np.ascontiguousarray(spots[..., k], np.float32) for k in (0, 1))
    seen = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cloth = cv2.remap(mask, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT) > 127
    lab = cv2.cvtColor(cv2.GaussianBlur(seen, (3, 3), 0), cv2.COLOR_RGB2LAB).astype(np.float32)
    lab = lab * np.array([0.5 * 100 / 255, 1, 1], np.float32)
    own = depth > SURE
    usual = np.median(lab[own], axis=0)
    usual = np.stack([_running_median(usual[:, k]) for k in range(3)], axis=-1)
    away = np.linalg.norm(lab - usual[None], axis=-1)
    restless = float(np.percentile(away[own], 80))
    odd = (away > max(ALIKE, 1.6 * restless)) | ~cloth
    return np.asarray(cv2.medianBlur(odd.astype(np.uint8), 3) > 0), depth


def _running_median(values: Floats) -> Floats:
    padded = np.pad(values, 6, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 13)
    return np.asarray(np.median(windows, axis=-1), np.float32)
