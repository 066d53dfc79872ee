"""Edge-aware smoothing of a mask along the picture it belongs to."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.types import Image, Mask


def follow_edges(mask: Mask, image: Image, radius: int, softness: float) -> Mask:
    """The mask with its outline moved onto the picture's edges nearby (both H×W, in px).

    The guided filter of He, Sun and Tang (ECCV 2010) with the picture's grey values as its guide:
    in every window of `radius` px the mask is explained as a line over the grey value. Contrasts
    much below `softness` (0..1) do not count as edges, and the mask stays as it is there.
    """
    guide, alpha = _share(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)), _share(mask)
    mean_guide, mean_alpha = _mean(guide, radius), _mean(alpha, radius)
    together = _mean(guide * alpha, radius) - mean_guide * mean_alpha
    spread = _mean(guide * guide, radius) - mean_guide * mean_guide
    slope = together / (spread + softness**2)
    offset = mean_alpha - slope * mean_guide
    followed = _mean(slope, radius) * guide + _mean(offset, radius)
    trust = spread / (spread + 4 * softness**2)
    refined = alpha + trust * (followed - alpha)
    return np.asarray(np.clip(refined * 255 + 0.5, 0, 255), np.uint8)


def _share(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(values, np.float32) / np.float32(255)


def _mean(values: NDArray[Any], radius: int) -> NDArray[np.float32]:
    side = 2 * radius + 1
    return np.asarray(
        cv2.boxFilter(values, -1, (side, side), borderType=cv2.BORDER_REFLECT), np.float32
    )
