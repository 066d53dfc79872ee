"""Where skin probably is, told by colour and smoothness alone, and the dark features in it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.anime.plane import Plane, blurred, disc, resized, smooth_step

_SCALE = 4
"""Both searches work on a picture that is this much smaller."""


def find_skin(lab: Plane) -> Plane:
    """How much each pixel of `lab` (H×W×3) looks like skin, from 0 to 1 (H×W), without holes.

    Skin of every depth lies between red and yellow with little to middling chroma. Wood and sand
    lie there too, so this is good for gentle measures only.
    """
    coarse = _coarse(lab)
    soft = blurred(coarse, 1.5)
    likely = _skin_colour(soft) * _smoothness(np.ascontiguousarray(coarse[..., 0]))
    likely = _closed(likely, 15)
    return resized(blurred(likely, 1.5), *lab.shape[:2])


def _skin_colour(lab: Plane) -> Plane:
    light, red, yellow = lab[..., 0], lab[..., 1], lab[..., 2]
    chroma = np.hypot(red, yellow)
    hue = np.degrees(np.arctan2(yellow, red))
    likely = smooth_step(hue, 15, 30) * (1 - smooth_step(hue, 68, 80))
    likely *= smooth_step(chroma, 8, 15) * (1 - smooth_step(chroma, 42, 55))
    return likely * smooth_step(light, 18, 32)


def _smoothness(tone: Plane) -> Plane:
    """1 where `tone` runs smoothly, 0 where it has the grain of hair or cloth."""
    grain = np.abs(tone - np.asarray(cv2.medianBlur(tone, 5), np.float32))
    return 1 - smooth_step(blurred(np.minimum(grain, 6), 7.0), 1.3, 2.2)


def find_features(lab: Plane, skin: Plane) -> Plane:
    """Eyes, brows, nostrils and lips: what is small, and darker or redder than the skin around it.

    `lab` is H×W×3, `skin` as from `find_skin`; the answer (H×W) goes from 0 to 1.
    """
    small, around = _coarse(lab), _closed(_coarse(skin), 19)
    dark = cv2.morphologyEx(small[..., 0], cv2.MORPH_BLACKHAT, disc(17))
    red = cv2.morphologyEx(small[..., 1], cv2.MORPH_TOPHAT, disc(17))
    found = np.maximum(smooth_step(_plane(dark), 8, 22), smooth_step(_plane(red), 5, 11))
    return resized(blurred(found * around, 1.0), *skin.shape)


def _plane(array: NDArray[Any]) -> Plane:
    return np.asarray(array, np.float32)


def _coarse(plane: Plane) -> Plane:
    height, width = plane.shape[:2]
    return resized(plane, max(1, height // _SCALE), max(1, width // _SCALE))


def _closed(plane: Plane, diameter: int) -> Plane:
    """`plane` with holes up to `diameter` px filled."""
    return np.asarray(cv2.morphologyEx(plane, cv2.MORPH_CLOSE, disc(diameter)), np.float32)
