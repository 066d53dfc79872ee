"""Does the old garment still show beside the new one?"""

from __future__ import annotations

import numpy as np

from deployments.jury.colour import difference
from deployments.jury.evidence import SKIN, WORN, Bools, Evidence, widened
from deployments.types import Label

MARGIN = 0.008
"""Width of the band about the new outline that is not judged, as a share of the longer side."""
ALIKE = 6.0
"""CIEDE2000 below which two colours are taken for the same."""
LEAST = 0.01
"""Share of the old garment below which what lies outside is too little to be judged."""


def leak(evidence: Evidence) -> float | None:
    """The share of the old garment's area outside the new outline that still shows it.

    A pixel shows it if its colour is the photo's own, or if the parser still sees a garment there.
    Places where the old garment has the colour of skin or of the background prove nothing by their
    colour. None where the new garment covers all but a hundredth of the old one.
    """
    cloth = evidence.cloth
    if cloth is None or not evidence.old.any():
        return None
    outside = uncovered(evidence, cloth)
    if outside.sum() < LEAST * evidence.old.sum():
        return None
    return float(showing(evidence, outside)[outside].mean())


def uncovered(evidence: Evidence, cloth: Bools) -> Bools:
    """The old garment's area outside the new outline and its margin."""
    return evidence.old & ~widened(cloth, evidence.reach(MARGIN))


def showing(evidence: Evidence, where: Bools) -> Bools:
    """Which pixels of `where` still show the old garment."""
    shown = np.zeros(evidence.size, bool)
    old, new = evidence.photo[where], evidence.result[where]
    labelled = np.isin(evidence.parse_again[where], WORN[evidence.category])
    telling = np.ones(len(old), bool)
    for colour in lawful_colours(evidence):
        telling &= difference(old, colour[None]) > 2 * ALIKE
    coloured = (difference(old, new) < ALIKE) & telling
    shown[where] = labelled | coloured
    return shown


def lawful_colours(evidence: Evidence) -> list[np.ndarray]:
    """Colours that may come to light where the old garment was: the skin's, and the background's
    about the old garment. Medians, 3 values each."""
    skin = np.isin(evidence.parse, SKIN)
    ring = widened(evidence.old, evidence.reach(0.03)) & (evidence.parse == Label.BACKGROUND)
    return [np.median(evidence.photo[mask], axis=0) for mask in (skin, ring) if mask.any()]
