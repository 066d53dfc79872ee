"""Is the colour right? Differences are CIEDE2000 (Sharma, Wu, Dalal 2005)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from deployments.jury.evidence import SKIN, Evidence, Floats, sample
from deployments.types import Label

LIGHTNESS_SLACK = 2.0
"""kL: skin in the light and skin in the shade are the same skin."""


def lab(colours: NDArray[Any]) -> Floats:
    """sRGB, 0 to 255, …×3, in CIELAB under D65."""
    return np.asarray(rgb2lab(colours.astype(np.float64) / 255), np.float64)


def difference(one: NDArray[Any], other: NDArray[Any], lightness: float = 1.0) -> Floats:
    """CIEDE2000 between two lists of sRGB colours, N×3; `lightness` is kL."""
    return np.asarray(deltaE_ciede2000(lab(one), lab(other), kL=lightness), np.float64)


def garment_colour(evidence: Evidence) -> float | None:
    """The median difference between the garment, sampled through the flow, and the result, over
    all places where nothing but the garment is seen."""
    warped, cloth = evidence.steps.get("warped"), evidence.pure_cloth
    if warped is None or cloth is None or not cloth.any():
        return None
    return float(np.median(difference(sample(warped, cloth), sample(evidence.result, cloth))))


def skin_tone(evidence: Evidence) -> float | None:
    """The difference between the median colour of the face and that of newly painted skin, kL 2.

    Painted places that the parser does not take for skin are not compared: `skin_area` counts them.
    None where less than 0.1 % of the picture is new skin, or no face is seen.
    """
    painted, face = evidence.step("skin"), evidence.parse == Label.FACE
    if painted is None or not face.any():
        return None
    new = (painted > 0.9) & np.isin(evidence.parse_again, SKIN)
    if new.mean() < 1e-3:
        return None
    medians = [
        np.median(sample(picture, mask), axis=0)[None]
        for picture, mask in ((evidence.photo, face), (evidence.result, new))
    ]
    return float(difference(medians[0], medians[1], LIGHTNESS_SLACK)[0])
