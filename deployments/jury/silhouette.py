"""Does a parser see in the result what should be there?"""

from __future__ import annotations

import numpy as np

from deployments.jury.evidence import BOTTOMS, SKIN, WORN, Bools, Evidence, eroded, widened

LEAST = 2e-3
"""Share of the picture below which an area is too small to be judged."""


def garment_area(evidence: Evidence) -> float | None:
    """IoU of the new garment as drawn and the garment that the parser sees in the result.

    0 where none is drawn. Where the parser sees a garment of the same kind far from the drawn one,
    it counts against the result: that is a left-over.
    """
    cloth = evidence.cloth
    if cloth is None:
        return None
    if not cloth.any():
        return 0.0
    seen = np.isin(evidence.parse_again, WORN[evidence.category])
    return float((seen & cloth).sum() / (seen | cloth).sum())


def skin_area(evidence: Evidence) -> float | None:
    """The share of the newly painted body that the parser takes for skin, or for lower clothes
    where those go on under a top; None where hardly any was painted."""
    painted = evidence.step("skin")
    if painted is None:
        return None
    fitting = SKIN if evidence.category == "lower" else (*SKIN, *BOTTOMS)
    return _read_as(evidence, painted > 0.9, fitting)


def lower_area(evidence: Evidence) -> float | None:
    """The share of the photo's lower clothes outside a new upper garment that the parser still
    takes for lower clothes."""
    if evidence.cloth is None or evidence.category != "upper":
        return None
    reach = evidence.reach(0.008)
    below = np.isin(evidence.parse, BOTTOMS) & ~widened(evidence.cloth, reach)
    return _read_as(evidence, eroded(below, reach), BOTTOMS)


def _read_as(evidence: Evidence, area: Bools, labels: tuple[int, ...]) -> float | None:
    if area.mean() < LEAST:
        return None
    return float(np.isin(evidence.parse_again[area], labels).mean())
