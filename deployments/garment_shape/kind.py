"""What kind of garment an outline is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deployments.garment_shape.outline import Outline
from deployments.garment_shape.top import TopHalf
from deployments.types import Category, GarmentKind

CATEGORY: dict[GarmentKind, Category] = {
    "top": "upper",
    "trousers": "lower",
    "shorts": "lower",
    "skirt": "lower",
    "dress": "dress",
}


@dataclass(frozen=True)
class Traits:
    """What the kind is judged by, in shares of the garment's height unless said otherwise."""

    leg_gap: float
    """How far the gap between two legs reaches up from the hem."""
    top_width: float
    """Width of the top edge (the rows of the uppermost 3 %) over the largest width."""
    neck_dip: float
    """How far the outline's top dips at the axis."""
    widest: float
    """Largest width over height."""
    hem_flare: float
    """Width of the hem over the width at the armpits."""
    body_length: float
    """Length from the shoulder to the hem over the width at the armpits."""
    sleeved: bool
    shoulder_step: float
    """Width at a tenth of the height over the width at the top edge."""


def traits(outline: Outline, left: TopHalf, right: TopHalf) -> Traits:
    """Measures an outline."""
    mask, top, height = outline.open_mask, outline.top, outline.height
    widths = (mask > 0).sum(axis=1)[top : outline.bottom + 1]
    armpits = float(left.point("armpit")[0] + right.point("armpit")[0])
    hems = float(left.point("hem")[0] + right.point("hem")[0])
    hem_y = float(left.point("hem")[1] + right.point("hem")[1]) / 2
    edge = float(widths[: max(int(0.03 * height), 1)].max())
    return Traits(
        leg_gap=_leg_gap(outline),
        top_width=edge / float(widths.max()),
        neck_dip=_neck_dip(outline),
        widest=float(np.ptp(np.flatnonzero(mask.any(axis=0)))) / height,
        hem_flare=hems / max(armpits, 1.0),
        body_length=(hem_y - top) / max(armpits, 1.0),
        sleeved=left.sleeved or right.sleeved,
        shoulder_step=float(widths[int(0.1 * height)]) / max(edge, 1.0),
    )


def kind_of(seen: Traits) -> GarmentKind:
    """Names the garment."""
    if seen.leg_gap > 0.05 and not (seen.sleeved and seen.leg_gap < 0.2):
        return "trousers" if _long_legs(seen) else "shorts"
    if not seen.sleeved and seen.top_width > 0.42 and seen.neck_dip < 0.05:
        return "skirt"
    long = seen.body_length > (2.55 if seen.hem_flare < 1.25 else 2.1)
    return "dress" if long else "top"


def _long_legs(seen: Traits) -> bool:
    return seen.leg_gap > 0.5 or seen.widest < 0.62


def _leg_gap(outline: Outline) -> float:
    """Height of the gap around the axis that is open below, as a share of the garment's."""
    mask = outline.open_mask
    reach = max(int(0.06 * outline.height), 2)
    axis = round(outline.axis)
    strip = mask[outline.top : outline.bottom + 1, max(axis - reach, 0) : axis + reach + 1]
    clear = outline.height - np.where(strip.any(axis=0), _last_row(strip), 0)
    return float(clear.max()) / outline.height


def _last_row(
    strip: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.asarray(strip.shape[0] - strip[::-1].argmax(axis=0), np.int64)


def _neck_dip(outline: Outline) -> float:
    """Depth of the outline's dip at the axis, as a share of the height."""
    mask = outline.mask
    columns = np.flatnonzero(mask.any(axis=0))
    first = mask.argmax(axis=0)[columns]
    axis = int(np.abs(columns - outline.axis).argmin())
    left, right = first[: axis + 1].min(), first[axis:].min()
    return float(first[axis] - max(left, right)) / outline.height
