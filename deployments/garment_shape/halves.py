"""The two halves of a top whose sleeves are all there: traced, cut loose from the body, or guessed.

What the outline shows is weighed against what the network sees in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from deployments.garment_net import Chances
from deployments.garment_shape.hidden_sleeves import with_sleeves_apart, with_sleeves_guessed
from deployments.garment_shape.hood import hood_end
from deployments.garment_shape.outline import Outline, arc_length
from deployments.garment_shape.top import (
    DEEPEST_ARMPIT,
    TopHalf,
    top_half,
    with_agreeing_armpits,
    with_agreeing_necks,
    with_neck_of,
)
from deployments.types import Image

DEEP_ARMPIT = 1.45
"""Half widths of the body below the top beyond which a short garment's armpits do not lie."""
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
SURELY_LONG, MAYBE_LONG = 0.8, 0.2
"""The network's chance of long sleeves from which they are guessed where nothing shows them, and of
long or half ones below which a short one's length is believed."""
LONGEST_SHORT = 1.05
"""Widths of the chest: what is longer is a strip of the body."""
MAYBE_HOODED = 0.5
"""The network's chance of a jacket or a sweatshirt from which a hood is looked for: on dresses an
armhole's end looks like a hood's."""
MISREAD = 0.4
"""Confidence where such a strip is all that was traced, or nothing of long sleeves."""
SURELY_SLEEVED, HARDLY_LONG = 0.15, 0.5
"""The network's chance of no sleeves below which whatever stands out beside a notch is one, where
its chance of long ones is smaller than this."""
MIRRORED = 0.8
"""Mirror IoU from which one half may stand for the other."""
UNLIKE_ARMPITS = 0.2
"""Share of the height by which the armpits under two sleeves do not differ."""

Halves: TypeAlias = tuple[TopHalf, TopHalf]
"""The wearer's left and right half."""


@dataclass(frozen=True)
class Told:
    """What the network says of a top."""

    category: Chances
    sleeve: Chances

    @property
    def hooded(self) -> bool:
        """Whether a hood is to be looked for."""
        return self.category["outwear"] + self.category["longsleeve"] > MAYBE_HOODED

    @property
    def longest(self) -> float:
        """Up to which length sleeves are believed, in widths of the chest."""
        may_be_long = self.sleeve["half"] + self.sleeve["long"] > MAYBE_LONG
        return np.inf if may_be_long else LONGEST_SHORT


def with_its_sleeves(
    image: Image, outline: Outline, halves: Halves, told: Told
) -> tuple[Outline, Halves, float]:
    """The outline with its sleeves apart from the body, its halves, and how far they may be
    believed (0 to 1), of `halves` as they were traced in the whole outline."""
    if _seem_bare(outline, halves, told.sleeve["none"]):
        halves = top_halves(outline, sleeves=False, hooded=told.hooded)
    whole = _agreement(outline, halves) if _are_sleeved(halves) else 0.0
    if _seem_hidden(outline, halves, told.sleeve["none"]):
        outline, halves = _with_hidden_sleeves(image, outline, halves, told)
    if told.sleeve["none"] < SURELY_SLEEVED and not any(half.sleeved for half in halves):
        halves = _with_slight_sleeves(outline, halves, told)
    if told.sleeve["long"] > SURELY_LONG and _sleeves_way(halves) < LONGEST_STUB:
        outline, halves = _with_guessed_sleeves(image, outline, halves, told)
    # Sleeves that hang unevenly draw the axis aside, and cut halves differ by that alone.
    agreed = max(whole, _agreement(outline, halves))
    return outline, halves, agreed * (MISREAD if _are_misread(halves, told) else 1.0)


def top_halves(outline: Outline, *, sleeves: bool | None = None, hooded: bool = False) -> Halves:
    """The wearer's left and right half of a top, with a hood above the shoulders where it may be
    `hooded` and one is seen. Whether there are `sleeves` is looked for where that is not known.

    A side whose sleeve cannot be told from the body is taken from the other side, mirrored.
    """
    height = float(outline.height)
    sides = (outline.right_half, outline.left_half)
    hood = hood_end(sides, height) if hooded else None
    read = partial(top_half, height=height, sleeves=sleeves, hood=hood)
    left, right = map(read, sides)
    left, right = with_agreeing_armpits(left, right, height)
    better = _clearer(left, right, outline)
    if better is left:
        right = read(left.half.mirrored())
    elif better is right:
        left = read(right.half.mirrored())
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


def _seem_bare(outline: Outline, halves: Halves, bare: float) -> bool:
    """The network sees no sleeves (`bare` is its chance of none) and what was traced is short: the
    edge of an armhole, a frill, a hanger's end, a pleat far below."""
    if not any(half.sleeved for half in halves):
        return False
    tubes = [tube for half in halves if (tube := half.sleeve) is not None]
    cuffs = [float(np.median(half_width[len(half_width) // 2 :])) for _, half_width in tubes]
    thin = max(cuffs, default=0.0) < THINNEST_CUFF * _chest(halves)
    least = MAYBE_BARE if thin else HARDLY_BARE if _too_low(outline, halves) else SEEN_BARE
    return bare > least and _sleeves_way(halves) < LONGEST_FRILL


def _chest(halves: Halves) -> float:
    return float(sum(half.point("armpit")[0] for half in halves))


def _sleeves_way(halves: Halves) -> float:
    """Mean length of the traced sleeves, 0 for one that is not there, in widths of the chest."""
    tubes = [tube for half in halves if (tube := half.sleeve) is not None]
    way = sum(float(arc_length(centre)[-1]) for centre, _ in tubes) / len(halves)
    return way / _chest(halves)


def _seem_hidden(outline: Outline, halves: Halves, bare: float) -> bool:
    """No sleeves were traced where the network sees some (`bare` is its chance of none), or only
    their lower ends leave the body."""
    if any(half.sleeved for half in halves):
        return _too_low(outline, halves)
    return bare < HARDLY_BARE


def _too_low(outline: Outline, halves: Halves) -> bool:
    """Whether the armpits lie where none are."""
    x, y = np.mean([half.point("armpit") for half in halves], axis=0)
    lowest = max(DEEP_ARMPIT * x, min(UPPER_PART * outline.height, DEEPEST_ARMPIT * x))
    return bool(y - outline.top > lowest)


def _with_hidden_sleeves(
    image: Image, outline: Outline, halves: Halves, told: Told
) -> tuple[Outline, Halves]:
    """With the sleeves cut loose from the body, where that shows sleeves on both sides that are not
    too long to be believed."""
    gaps = [half.point("armpit") if half.sleeved else None for half in halves]
    apart = with_sleeves_apart(image, outline, gaps)
    if apart is None:
        return outline, halves
    loose = top_halves(apart, hooded=told.hooded)
    if not _are_sleeved(loose) or _sleeves_way(loose) > told.longest:
        return outline, halves
    return apart, loose


def _with_slight_sleeves(outline: Outline, halves: Halves, told: Told) -> Halves:
    """With sleeves that reach so little beyond the body that nobody would look for them."""
    slight = top_halves(outline, sleeves=True, hooded=told.hooded)
    short = told.sleeve["long"] < HARDLY_LONG and _sleeves_way(slight) <= told.longest
    return slight if short and _are_sleeved(slight) else halves


def _with_guessed_sleeves(
    image: Image, outline: Outline, halves: Halves, told: Told
) -> tuple[Outline, Halves]:
    """With long sleeves cut out of the body that nothing shows; the neck is the whole outline's."""
    apart = with_sleeves_guessed(image, outline)
    left, right = loose = top_halves(apart, sleeves=True, hooded=told.hooded)
    if not _are_sleeved(loose) or _sleeves_way(loose) < LONGEST_STUB:
        return outline, halves
    whole = top_halves(outline, sleeves=False, hooded=told.hooded)
    return apart, (with_neck_of(left, whole[0]), with_neck_of(right, whole[1]))


def _are_sleeved(halves: Halves) -> bool:
    return halves[0].sleeved and halves[1].sleeved


def _are_misread(halves: Halves, told: Told) -> bool:
    """Whether the sleeves are none that the network sees."""
    unseen = told.sleeve["long"] > HARDLY_LONG and not any(half.sleeved for half in halves)
    return unseen or _sleeves_way(halves) > told.longest


def _agreement(outline: Outline, halves: Halves) -> float:
    """Symmetric outlines whose halves tell the same are believed."""
    left, right = halves
    names = ("neck", "shoulder", "armpit", "hem")
    apart = [np.linalg.norm(left.point(n) - right.point(n)) for n in names]
    agreement = 1.0 - min(float(np.mean(apart)) / (0.12 * outline.height), 1.0)
    found = 1.0 if left.sleeved == right.sleeved else 0.6
    symmetry = float(np.clip(1.6 * outline.symmetry - 0.5, 0.0, 1.0))
    return float(np.clip(found * (0.5 * symmetry + 0.5 * agreement), 0.02, 1.0))
