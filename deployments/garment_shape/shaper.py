"""From a garment's picture and mask to its shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.garment_net import GarmentNet
from deployments.garment_shape.bottom import BottomHalf, bottom_half
from deployments.garment_shape.halves import (
    Halves,
    Told,
    top_halves,
    with_its_sleeves,
)
from deployments.garment_shape.kind import (
    CATEGORY,
    agreed_scores,
    in_a_shop,
    kind_scores,
    measure,
)
from deployments.garment_shape.neckline import neckline, with_seen_opening
from deployments.garment_shape.opening import Opening, OpeningNet
from deployments.garment_shape.outline import Outline, arc_length, upright
from deployments.garment_shape.sleeve import agreed_sleeve
from deployments.garment_shape.top import TopHalf
from deployments.ground import fit_ground
from deployments.types import (
    Category,
    GarmentKind,
    GarmentShape,
    Image,
    Mask,
    Sleeve,
    Tube,
)
from weights.store import Store

LONG_SLEEVE = 0.6
"""A sleeve is long from this share of the geometric mean of the garment's width and length: short
and wide jackets have long sleeves too."""
SHORTEST_SLEEVE = 0.05
NOTHING_SAY = 0.8
"""How much of the confidence goes where the network sees no garment: flat drawings look like none
to it as well."""
OUTER = 0.5
"""Chance from which the network's word is enough that a garment is a coat or a jacket."""
GROUND_SIDE, PALE = 256, 215
"""Px of the longer side at which the ground is looked at; the least brightness of a shop's."""


class GarmentShaper:
    """Reads a garment's shape from its outline, its kind and neckline from its picture as well."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self.network = GarmentNet(store, device)
        self.opening = OpeningNet(store, device)

    def __call__(
        self, image: Image, mask: Mask, category: Category | Literal["auto"] = "auto"
    ) -> GarmentShape:
        """The shape of the garment of `mask` (H×W alpha) in `image` (H×W×3).

        `category` other than "auto" is believed. `GarmentNotFound` where the mask is empty.
        """
        outline = upright(mask)
        reading = self.network(image)
        seen = reading.category
        told = Told(seen, reading.sleeve)
        halves = top_halves(outline, hooded=told.hooded)
        measures = measure(outline, *halves)
        scores = agreed_scores(kind_scores(measures), seen)
        if _is_a_shops(image):
            scores = in_a_shop(scores, measures)
        kind = _kind_for(category, scores)
        sure = (scores[kind] if category == "auto" else 1.0) * _uncut(mask)
        sure *= 1.0 - NOTHING_SAY * seen["nothing"]
        if CATEGORY[kind] == "lower":
            return _lower(outline, kind, sure)
        outline, halves, agreed = with_its_sleeves(image, outline, halves, told)
        opening = self.opening(image, outline, *halves)
        shape = _upper(image, outline, halves, opening, kind, agreed * sure**0.5)
        sleeve = agreed_sleeve(shape.sleeve, reading.sleeve)
        return replace(shape, sleeve=sleeve, is_outer=seen["outwear"] > OUTER)


def _is_a_shops(image: Image) -> bool:
    """Whether the ground is one even, pale colour all round."""
    scale = min(1.0, GROUND_SIDE / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ground = fit_ground(np.asarray(small, np.uint8))
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    return ground.is_plain and float(np.median(border)) > PALE


def _uncut(mask: Mask) -> float:
    """1 for a garment that lies wholly in its picture, down to 0.02 where the mask holds a third of
    the picture's border: what fills the picture so is cut off, or is no garment at all."""
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    return float(np.clip(1.5 - 5.0 * float((border > 127).mean()), 0.02, 1.0))


def _kind_for(
    category: Category | Literal["auto"], scores: dict[GarmentKind, float]
) -> GarmentKind:
    """The likeliest kind of those in the category."""
    allowed = [kind for kind in scores if category in ("auto", CATEGORY[kind])]
    return max(allowed, key=lambda kind: scores[kind])


def _upper(
    image: Image,
    outline: Outline,
    halves: Halves,
    opening: Opening,
    kind: GarmentKind,
    confidence: float,
) -> GarmentShape:
    left, right = with_seen_opening(image, outline, *halves, opening)
    edge = neckline(image, outline, left, right, opening)
    marks = {"neck_front": edge.front}
    for side, half in (("left", left), ("right", right)):
        for name in ("neck", "shoulder", "armpit", "waist", "hem"):
            marks[f"{name}_{side}"] = half.half.to_frame(half.point(name))[0]
    return GarmentShape(
        category=CATEGORY[kind],
        kind=kind,
        sleeve=_sleeve_length(left, right),
        landmarks=_in_picture(outline, marks),
        left_tube=_tube(outline, left.half.to_frame, left.sleeve, left.cuff),
        right_tube=_tube(outline, right.half.to_frame, right.sleeve, right.cuff),
        neckline=outline.to_picture(edge.points),
        is_open=_open_front(outline),
        confidence=confidence,
    )


def _lower(outline: Outline, kind: GarmentKind, sure: float) -> GarmentShape:
    legs = kind != "skirt"
    height = float(outline.height)
    halves = (outline.right_half, outline.left_half)
    left, right = (bottom_half(half, height, legs=legs) for half in halves)
    marks: dict[str, NDArray[np.float64]] = {}
    for side, half, part in (("left", halves[0], left), ("right", halves[1], right)):
        for name, point in _lower_marks(part).items():
            marks[f"{name}_{side}"] = half.to_frame(point)[0]
        if legs:
            marks[f"hem_{side}_inner"] = half.to_frame(part.hem_inner)[0]
    if legs:
        crotches = halves[0].to_frame(left.crotch)[0], halves[1].to_frame(right.crotch)[0]
        marks["crotch"] = min(crotches, key=lambda point: float(point[1]))
    return GarmentShape(
        category="lower",
        kind=kind,
        sleeve="none",
        landmarks=_in_picture(outline, marks),
        left_tube=_tube(outline, halves[0].to_frame, left.leg),
        right_tube=_tube(outline, halves[1].to_frame, right.leg),
        neckline=None,
        is_open=False,
        confidence=float(np.clip(1.6 * outline.symmetry - 0.5, 0.05, 1.0)) * sure**0.5,
    )


def _lower_marks(part: BottomHalf) -> dict[str, NDArray[np.float64]]:
    return {"waist": part.waist, "hip": part.hip, "hem": part.hem}


def _in_picture(
    outline: Outline, marks: dict[str, NDArray[np.float64]]
) -> dict[str, tuple[float, float]]:
    placed = outline.to_picture(np.array(list(marks.values())))
    return {name: (float(x), float(y)) for name, (x, y) in zip(marks, placed, strict=True)}


def _sleeve_length(left: TopHalf, right: TopHalf) -> Sleeve:
    lengths = [float(arc_length(half.sleeve[0])[-1]) for half in (left, right) if half.sleeve]
    width = float(left.point("armpit")[0] + right.point("armpit")[0])
    if not lengths or max(lengths) < SHORTEST_SLEEVE * width:
        return "none"
    body = float(left.point("hem")[1] + right.point("hem")[1]) / 2
    body = max(body - float(left.point("neck")[1] + right.point("neck")[1]) / 2, 0.6 * width)
    return "long" if max(lengths) > LONG_SLEEVE * (width * body) ** 0.5 else "short"


def _tube(
    outline: Outline,
    to_frame: Callable[[NDArray[np.floating]], NDArray[np.float64]],
    tube: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    cuff: NDArray[np.float64] | None = None,
) -> Tube | None:
    if tube is None:
        return None
    centre, half_width = tube
    width = (half_width * outline.scale).astype(np.float32)
    corners = None if cuff is None else outline.to_picture(to_frame(cuff))
    return Tube(outline.to_picture(to_frame(centre)), width, corners)


def _open_front(outline: Outline) -> bool:
    """A gap at the axis that is open below over two fifths of the height."""
    axis = round(outline.axis)
    column = outline.open_mask[outline.top : outline.bottom + 1, axis]
    return bool(column[int(0.55 * len(column)) :].mean() < 0.15)
