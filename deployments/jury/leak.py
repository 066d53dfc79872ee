"""Does the old garment still show beside the new one?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deployments.jury.colour import difference
from deployments.jury.evidence import BOTTOMS, SKIN, WORN, Bools, Evidence, widened
from deployments.types import Label

MARGIN = 0.008
"""Width of the band about the new outline that is not judged, as a share of the longer side."""
BLEEDING = 0.02
"""The same for labels: a parser's edges are less fine than colours."""
ALIKE = 6.0
"""CIEDE2000 below which two colours are taken for the same."""
WAISTBAND = 0.04
"""How far above trousers or a skirt a waistband may reach, as a share of the longer side."""
LEAST = 0.05
"""A smaller share of the old garment than this is not the whole by which a leak is measured: of a
thin rim beside the new outline any speck would be a large part."""


def leak(evidence: Evidence) -> float | None:
    """The share of the old garment's area outside the new outline that still shows it.

    A pixel shows it if its colour is the photo's own, or if the parser still sees a garment there.
    Places where the old garment has the colour of skin or of the background prove nothing by their
    colour. 0 where the new garment covers the old one, None where no old one was seen.
    """
    cloth = evidence.cloth
    if cloth is None or not evidence.old.any():
        return None
    outside = evidence.old & ~widened(cloth, evidence.reach(MARGIN)) & ~waistband(evidence)
    whole = max(float(outside.sum()), LEAST * float(evidence.old.sum()))
    return float(showing(evidence, outside, cloth).sum() / whole)


def showing(evidence: Evidence, where: Bools, cloth: Bools) -> Bools:
    """Which pixels of `where` still show the old garment."""
    labelled = np.isin(evidence.parse_again, WORN[evidence.category])
    labelled &= ~widened(cloth, evidence.reach(BLEEDING))
    old, new = evidence.photo[where], evidence.result[where]
    telling = np.ones(len(old), bool)
    for colour in lawful_colours(evidence):
        telling &= difference(old, colour[None]) > 2 * ALIKE
    shown = labelled & where
    shown[where] |= (difference(old, new) < ALIKE) & telling
    return shown


def waistband(evidence: Evidence) -> Bools:
    """What the parser calls a top right above trousers or a skirt, in their colour and not in the
    top's: it stays under a new top."""
    bottoms = np.isin(evidence.parse, BOTTOMS)
    found = evidence.old & widened(bottoms, evidence.reach(WAISTBAND))
    if evidence.category != "upper" or not found.any():
        return np.zeros_like(found)
    to_top, to_bottoms = (
        difference(evidence.photo[found], np.median(evidence.photo[mask], axis=0)[None])
        for mask in (evidence.old, bottoms)
    )
    found[found] = (to_bottoms < 2 * ALIKE) & (to_top > 2 * ALIKE) & (to_bottoms < to_top)
    return found


def lawful_colours(evidence: Evidence) -> list[NDArray[np.float64]]:
    """Colours that may come to light where the old garment was: the skin's, and the background's
    about the old garment. Medians, 3 values each."""
    skin = np.isin(evidence.parse, SKIN)
    ring = widened(evidence.old, evidence.reach(0.03)) & (evidence.parse == Label.BACKGROUND)
    return [np.median(evidence.photo[mask], axis=0) for mask in (skin, ring) if mask.any()]
