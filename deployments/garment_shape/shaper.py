"""From a garment's picture and mask to its shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.garment_net import GarmentNet
from deployments.garment_shape.bottom import BottomHalf, bottom_half
from deployments.garment_shape.hidden_sleeves import with_sleeves_apart, with_sleeves_guessed
from deployments.garment_shape.hood import hood_end
from deployments.garment_shape.kind import (
    CATEGORY,
    agreed_scores,
    in_a_shop,
    kind_scores,
    measure,
)
from deployments.garment_shape.neckline import neckline
from deployments.garment_shape.outline import Outline, upright
from deployments.garment_shape.sleeve import agreed_sleeve
from deployments.garment_shape.top import (
    TopHalf,
    top_half,
    with_agreeing_armpits,
    with_agreeing_necks,
    with_neck_of,
)
from deployments.garment_shape.tubes import cuff_corners, tube_between
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
SHORTEST_SLEEVE = 0.1
DEEP_ARMPIT, LOW_ARMPIT = 1.45, 2.4
"""Half widths of the body below the top beyond which a short garment's armpits do not lie, and
beyond which not even a long dress's do."""
UPPER_PART = 0.44
"""Share of a garment's height in which its armpits may lie deeper than a short one's."""
HARDLY_BARE, SEEN_BARE = 0.6, 0.85
"""The network's chance of no sleeves below which hidden ones are looked for, and from which short
ones that were traced are not believed."""
THINNEST_CUFF, MAYBE_BARE = 0.035, 0.25
"""Half of a cuff's width by the chest's below which a smaller chance is enough: a hanger's end runs
out to a point."""
LONGEST_FRILL, LONGEST_STUB = 0.5, 0.35
"""Lengths up to which these are short, and up to which a sleeve is no long one, in widths of the
chest."""
NOTHING_SAY = 0.8
"""How much of the confidence goes where the network sees no garment: flat drawings look like none
to it as well."""
SURELY_LONG = 0.8
"""The network's chance of long sleeves from which they are guessed where nothing shows them."""
MAYBE_HOODED = 0.5
"""The network's chance of a jacket or a sweatshirt from which a hood is looked for: on dresses an
armhole's end looks like a hood's."""
GROUND_SIDE, PALE = 256, 215
"""Px of the longer side at which the ground is looked at; the least brightness of a shop's."""
MIRRORED = 0.8
"""Mirror IoU from which one half may stand for the other."""
UNLIKE_ARMPITS = 0.2
"""Share of the height by which the armpits under two sleeves do not differ."""

Halves: TypeAlias = tuple[TopHalf, TopHalf]
"""The wearer's left and right half."""


class GarmentShaper:
    """Reads a garment's shape from its outline, its kind and neckline from its picture as well."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self.network = GarmentNet(store, device)

    def __call__(
        self, image: Image, mask: Mask, category: Category | Literal["auto"] = "auto"
    ) -> GarmentShape:
        """The shape of the garment of `mask` (H×W alpha) in `image` (H×W×3).

        `category` other than "auto" is believed. `GarmentNotFound` where the mask is empty.
        """
        outline = upright(mask)
        reading = self.network(image)
        seen = reading.category
        hooded = seen["outwear"] + seen["longsleeve"] > MAYBE_HOODED
        left, right = top_halves(outline, hooded=hooded)
        measures = measure(outline, left, right)
        scores = agreed_scores(kind_scores(measures), seen)
        if _is_a_shops(image):
            scores = in_a_shop(scores, measures)
        kind = _kind_for(category, scores)
        sure = (scores[kind] if category == "auto" else 1.0) * _uncut(mask)
        sure *= 1.0 - NOTHING_SAY * seen["nothing"]
        if CATEGORY[kind] == "lower":
            return _lower(outline, kind, sure)
        halves = (left, right)
        if _seem_bare(outline, halves, reading.sleeve["none"]):
            halves = left, right = top_halves(outline, sleeves=False, hooded=hooded)
        whole = _confidence(outline, *halves) if _are_sleeved(halves) else 0.0
        if _seem_hidden(outline, halves, reading.sleeve["none"]):
            outline, halves = _with_hidden_sleeves(image, outline, halves, hooded=hooded)
        if reading.sleeve["long"] > SURELY_LONG and _sleeves_way(halves) < LONGEST_STUB:
            outline, halves = _with_guessed_sleeves(image, outline, halves, hooded=hooded)
        # Sleeves that hang unevenly draw the axis aside, and cut halves differ by that alone.
        agreed = max(whole, _confidence(outline, *halves))
        shape = _upper(image, outline, halves, kind, agreed * sure**0.5)
        return replace(shape, sleeve=agreed_sleeve(shape.sleeve, reading.sleeve))


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


def _seem_bare(outline: Outline, halves: Halves, bare: float) -> bool:
    """The network sees no sleeves (`bare` is its chance of none) and what was traced is short: the
    edge of an armhole, a frill, a hanger's end, a pleat far below."""
    if not any(half.sleeved for half in halves):
        return False
    tubes = [tube for half in halves if (tube := _sleeve(half)) is not None]
    cuffs = [float(np.median(half_width[len(half_width) // 2 :])) for _, half_width in tubes]
    thin = max(cuffs, default=0.0) < THINNEST_CUFF * _chest(halves)
    least = MAYBE_BARE if thin else HARDLY_BARE if _too_low(outline, halves) else SEEN_BARE
    return bare > least and _sleeves_way(halves) < LONGEST_FRILL


def _chest(halves: Halves) -> float:
    return float(sum(half.point("armpit")[0] for half in halves))


def _sleeves_way(halves: Halves) -> float:
    """Mean length of the traced sleeves, 0 for one that is not there, in widths of the chest."""
    tubes = [tube for half in halves if (tube := _sleeve(half)) is not None]
    return sum(_way(centre) for centre, _ in tubes) / len(halves) / _chest(halves)


def _way(points: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _seem_hidden(outline: Outline, halves: Halves, bare: float) -> bool:
    """No sleeves were traced where the network sees some (`bare` is its chance of none), or only
    their lower ends leave the body."""
    if any(half.sleeved for half in halves):
        return _too_low(outline, halves)
    return bare < HARDLY_BARE


def _too_low(outline: Outline, halves: Halves) -> bool:
    """Whether the armpits lie where none are."""
    x, y = np.mean([half.point("armpit") for half in halves], axis=0)
    lowest = max(DEEP_ARMPIT * x, min(UPPER_PART * outline.height, LOW_ARMPIT * x))
    return bool(y - outline.top > lowest)


def _with_hidden_sleeves(
    image: Image, outline: Outline, halves: Halves, *, hooded: bool
) -> tuple[Outline, Halves]:
    """With the sleeves cut loose from the body, where that shows sleeves on both sides."""
    gaps = [half.point("armpit") if half.sleeved else None for half in halves]
    apart = with_sleeves_apart(image, outline, gaps)
    if apart is not None and _are_sleeved(loose := top_halves(apart, hooded=hooded)):
        return apart, loose
    return outline, halves


def _with_guessed_sleeves(
    image: Image, outline: Outline, halves: Halves, *, hooded: bool
) -> tuple[Outline, Halves]:
    """With long sleeves cut out of the body that nothing shows; the neck is the whole outline's."""
    apart = with_sleeves_guessed(image, outline)
    left, right = loose = top_halves(apart, sleeves=True, hooded=hooded)
    if not _are_sleeved(loose) or _sleeves_way(loose) < LONGEST_STUB:
        return outline, halves
    whole = top_halves(outline, sleeves=False, hooded=hooded)
    return apart, (with_neck_of(left, whole[0]), with_neck_of(right, whole[1]))


def _are_sleeved(halves: Halves) -> bool:
    return halves[0].sleeved and halves[1].sleeved


def top_halves(outline: Outline, *, sleeves: bool | None = None, hooded: bool = False) -> Halves:
    """The wearer's left and right half of a top, with a hood above the shoulders where it may be
    `hooded` and one is seen. Whether there are `sleeves` is looked for where that is not known.

    A side whose sleeve cannot be told from the body is taken from the other side, mirrored.
    """
    height = float(outline.height)
    sides = (outline.right_half, outline.left_half)
    hood = hood_end(sides, height) if hooded else None
    left, right = (top_half(half, height, sleeves=sleeves, hood=hood) for half in sides)
    left, right = with_agreeing_armpits(left, right, height)
    better = _clearer(left, right, outline)
    if better is left:
        right = top_half(left.half.mirrored(), height, hood=hood)
    elif better is right:
        left = top_half(right.half.mirrored(), height, hood=hood)
    return with_agreeing_necks(left, right)


def _clearer(left: TopHalf, right: TopHalf, outline: Outline) -> TopHalf | None:
    """Of two unlike halves the one that may stand for both: with a sleeve where the other has none;
    of two armpits at unlike heights the upper, since wrinkles and carpets bite into sides only."""
    if left.sleeved != right.sleeved:
        return (left if left.sleeved else right) if outline.symmetry >= MIRRORED else None
    deeper = float(left.point("armpit")[1] - right.point("armpit")[1])
    if not left.sleeved or abs(deeper) < UNLIKE_ARMPITS * outline.height:
        return None
    return right if deeper > 0 else left


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
    kind: GarmentKind,
    confidence: float,
) -> GarmentShape:
    left, right = halves
    opening = neckline(image, outline, left, right)
    marks = {"neck_front": opening.front}
    for side, half in (("left", left), ("right", right)):
        for name in ("neck", "shoulder", "armpit", "waist", "hem"):
            marks[f"{name}_{side}"] = half.half.to_frame(half.point(name))[0]
    tubes = [_sleeve(half) for half in (left, right)]
    return GarmentShape(
        category=CATEGORY[kind],
        kind=kind,
        sleeve=_sleeve_length(tubes, left, right),
        landmarks=_in_picture(outline, marks),
        left_tube=_tube(outline, left.half.to_frame, tubes[0]),
        right_tube=_tube(outline, right.half.to_frame, tubes[1]),
        neckline=outline.to_picture(opening.points),
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


def _sleeve(half: TopHalf) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """(centre, half width) of a sleeve from armhole to cuff, in the half's own frame."""
    chain = half.half.points[half.shoulder : half.armpit + 1]
    if not half.sleeved or len(chain) < 12:
        return None
    first, last = cuff_corners(chain)
    if first < 2 or len(chain) - last < 3:
        return None
    return tube_between(chain[: first + 1], chain[last:][::-1])


def _sleeve_length(
    tubes: list[tuple[NDArray[np.float64], NDArray[np.float64]] | None],
    left: TopHalf,
    right: TopHalf,
) -> Sleeve:
    lengths = [_way(tube[0]) for tube in tubes if tube]
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
) -> Tube | None:
    if tube is None:
        return None
    centre, half_width = tube
    width = (half_width * outline.scale).astype(np.float32)
    return Tube(outline.to_picture(to_frame(centre)), width)


def _open_front(outline: Outline) -> bool:
    """A gap at the axis that is open below over two fifths of the height."""
    axis = round(outline.axis)
    column = outline.open_mask[outline.top : outline.bottom + 1, axis]
    return bool(column[int(0.55 * len(column)) :].mean() < 0.15)


def _confidence(outline: Outline, left: TopHalf, right: TopHalf) -> float:
    """Symmetric outlines whose halves tell the same are believed."""
    names = ("neck", "shoulder", "armpit", "hem")
    apart = [np.linalg.norm(left.point(n) - right.point(n)) for n in names]
    agreement = 1.0 - min(float(np.mean(apart)) / (0.12 * outline.height), 1.0)
    found = 1.0 if left.sleeved == right.sleeved else 0.6
    symmetry = float(np.clip(1.6 * outline.symmetry - 0.5, 0.0, 1.0))
    return float(np.clip(found * (0.5 * symmetry + 0.5 * agreement), 0.02, 1.0))
