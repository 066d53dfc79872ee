"""Does a parser see in the result what should be there?"""

from __future__ import annotations

import numpy as np

from deployments.jury.evidence import BOTTOMS, SKIN, WORN, Bools, Evidence, eroded, widened

LEAST = 5e-4
"""Share of the picture below which an area is too small to be judged."""


def garment_area(evidence: Evidence) -> float | None:
    """IoU of the new garment as drawn and the garment that the parser sees in the result.

    Where the parser sees a garment of the same kind far from the drawn one, it counts against the
    result: that is a left-over.
    """
    cloth = evidence.cloth
    if cloth is None or not cloth.any():
        return None
    seen = np.isin(evidence.parse_again, WORN[evidence.category])
    return float((seen & cloth).sum() / (seen | cloth).sum())


def skin_area(evidence: Evidence) -> float | None:
    """The share of newly painted skin that the parser takes for skin; None where there is hardly
    any."""
    painted = evidence.step("skin")
    if painted is None:
        return None
    return _read_as(evidence, painted > 0.9, SKIN)


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
