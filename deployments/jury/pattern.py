"""Is the pattern kept? Stripes, checks, prints and knit are what is left above a blur."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.jury.evidence import Evidence, Floats
from deployments.types import Image

BLUR = 0.008
"""σ of the blur whose rest is the pattern, as a share of the picture's longer side."""
PLAIN = 2.0
"""Standard deviation of the pattern, in grey levels, below which there is none."""


def fine(image: Image, sigma: float) -> Floats:
    """What a blur of `sigma` px takes from the luminance."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), sigma), np.float32)


def pattern_kept(evidence: Evidence) -> float | None:
    """Correlation of the fine structure of the garment, sampled through the flow, with that of the
    result, -1 to 1; None for a plain garment."""
    warped, cloth = evidence.steps.get("warped"), evidence.pure_cloth
    if warped is None or cloth is None or cloth.sum() < 100:
        return None
    sigma = BLUR * max(evidence.size)
    one, other = fine(warped, sigma)[cloth], fine(evidence.result, sigma)[cloth]
    if one.std() < PLAIN:
        return None
    if other.std() < 1e-3:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
