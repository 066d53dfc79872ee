"""Can the logo still be read? It is searched for in the result as a reader would."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from deployments.jury.evidence import Bools, Box, Evidence
from deployments.types import Image

READ = 0.6
"""Normalised cross-correlation from which a logo counts as read."""
HEIGHT = 288
"""Px of the garment's height at which it is searched for."""
SIZES = (0.8, 0.9, 1.0, 1.12, 1.25)
ASPECTS = (0.8, 0.9, 1.0, 1.12, 1.27)
TURNS = (-12.0, -6.0, 0.0, 6.0, 12.0)
"""Degrees."""


@dataclass(frozen=True)
class Found:
    """The best place of a logo: correlation from -1 to 1, and its middle in px of the picture."""

    score: float
    x: float
    y: float


def logo_score(evidence: Evidence) -> float | None:
    """How like the logo the best place in the new garment is, -1 to 1; None where no logo was
    named."""
    if evidence.logo is None or evidence.cloth is None or not evidence.cloth.any():
        return None
    scale = drawn_scale(evidence)
    return find_logo(evidence.garment, evidence.logo, evidence.result, evidence.cloth, scale).score


def logo_read(evidence: Evidence) -> float | None:
    """1 where the logo can be read back, else 0."""
    score = logo_score(evidence)
    return None if score is None else float(score >= READ)


def drawn_scale(evidence: Evidence) -> float | None:
    """Px of the result for one of the garment's picture, up and down: the slope of the flow. None
    where the engine does not tell its flow."""
    places, cloth = evidence.steps.get("places"), evidence.pure_cloth
    if places is None or cloth is None or cloth.sum() < 100:
        return None
    rows = np.nonzero(cloth)[0].astype(np.float64)
    down = places[..., 1][cloth] / 255 * evidence.garment.shape[0]
    slope = float(np.polyfit(rows, down, 1)[0])
    return 1 / slope if slope > 0.05 else None


def find_logo(
    garment: Image, box: Box, picture: Image, cloth: Bools, scale: float | None = None
) -> Found:
    """The place in `picture` within the garment `cloth` (H×W) that is most like the part `box` of
    `garment`, over sizes about `scale`, aspects and turns.

    Raises ValueError for a box without area or beyond the garment's picture.
    """
    part = cut(garment, box)
    rows, columns = np.flatnonzero(cloth.any(axis=1)), np.flatnonzero(cloth.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    window = picture[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    shrink = min(1.0, HEIGHT / window.shape[0])
    small = cv2.resize(window, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    ratio = shrink * (scale or _likely_scale(garment, window))
    best = Found(-1.0, 0.0, 0.0)
    for template in variants(part, ratio):
        height, width = template.shape[:2]
        if height > small.shape[0] or width > small.shape[1]:
            continue
        scores = cv2.matchTemplate(np.asarray(small), template, cv2.TM_CCOEFF_NORMED)
        scores = np.nan_to_num(scores, nan=-1.0, posinf=-1.0, neginf=-1.0)
        y, x = np.unravel_index(int(scores.argmax()), scores.shape)
        if scores[y, x] > best.score:
            middle = ((x + width / 2) / shrink + left, (y + height / 2) / shrink + top)
            best = Found(float(scores[y, x]), float(middle[0]), float(middle[1]))
    return best


def cut(garment: Image, box: Box) -> Image:
    """The part of a picture. Raises ValueError where there is none."""
    x0, y0, x1, y1 = box
    height, width = garment.shape[:2]
    if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
        raise ValueError(f"the box {box} does not lie in a picture of {width}×{height} px")
    return garment[y0:y1, x0:x1]


def _likely_scale(garment: Image, window: Image) -> float:
    """Px of the result for one of the garment's picture: a garment fills most of its picture's
    height, and is seen about as high when worn."""
    return float(window.shape[0] / (0.85 * garment.shape[0]))


def variants(part: Image, ratio: float) -> Iterator[Image]:
    """The logo as it may be seen: each size, aspect and turn."""
    for size, aspect, turn in itertools.product(SIZES, ASPECTS, TURNS):
        width = max(6, round(part.shape[1] * ratio * size * aspect))
        height = max(6, round(part.shape[0] * ratio * size))
        scaled = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn, 1.0)
        turned = cv2.warpAffine(scaled, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        yield np.asarray(turned, np.uint8)
