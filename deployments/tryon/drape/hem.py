"""How far down a top reaches, and whether it is worn in or over what is below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.scene import BOTTOMS, TOPS, Scene
from deployments.types import Label

Tuck: TypeAlias = Literal["auto", "in", "out"]
"""Whether a top is worn inside what is below it; `auto` goes by what the photo shows."""

WAIST = 0.82
"""Share of the hips' depth below the shoulders where trousers begin at the lowest."""
HIGHEST_WAIST = 0.58
"""The same at the highest, for a skirt that begins under the ribs."""
UNDER_TOP, BARE_BELLY = 0.03, 0.06
"""Units: how far a waistband goes under a top, and how much of a belly is no mere error."""
LEAST_COLUMNS = 8
TUNIC = 1.25
"""Share of the hips' depth below which no top is stretched: it would become a dress."""
LONGEST_STRETCH = 1.45
JACKET = 0.35
"""Share of the body's width that a jacket covers."""
UNEVEN, LEVEL = 0.05, 0.15
"""Units by which its fronts hang lower than a line along all hems, and its steepest slope."""
SHORT = 1.05
"""Share of the hips' depth above which it ends."""
CHEST_KEPT = 1.8
"""The power with which a stretch sets in towards the hem, so that the chest keeps its print."""


@dataclass(frozen=True)
class OldHem:
    """Where the top in the photo ends: px below the shoulder joints along the spine, at the spine
    and per px sideways."""

    below: float
    slope: float
    over_bottoms: bool
    """Whether trousers or a skirt show under it."""


@dataclass(frozen=True)
class Hem:
    """Where the new top ends."""

    natural: float
    """Length of the cloth from the armpits to the hem, px of the reduced grid."""
    length: float
    """The same as worn."""
    tucked: bool
    """Worn inside the trousers or the skirt: it is cut where they begin."""
    tuck: float = 0.0
    """Where that is: px below the shoulder joints."""
    tuck_slope: float = 0.0

    def drop(self, share: float) -> float:
        """Px below the armpits of what lies at a share of the cloth's length."""
        stretch = self.length / max(self.natural, 1e-3) - 1
        return float(self.natural * (share + stretch * share**CHEST_KEPT))


def waist_limit(scene: Scene, body: Body, old: OldHem | None) -> float | None:
    """The lowest place (px below the shoulders) of a new waistband: where the old one was, and
    under the top unless a bare belly shows between them. None where nothing tells."""
    worn, highest = _old_waist(scene, body), HIGHEST_WAIST * body.frame.hips
    if old is None:
        return None if worn is None else max(worn, highest)
    tucked = old.below - UNDER_TOP * body.unit
    if worn is None:
        return max(tucked, highest)
    bare = worn > old.below + BARE_BELLY * body.unit
    return max(worn if bare else min(worn, tucked), highest)


def _old_waist(scene: Scene, body: Body) -> float | None:
    """The upper edge of the old trousers or skirt where it is highest."""
    _lateral, below, x, y, inside = _columns(scene, body)
    there = np.isin(scene.labels, BOTTOMS)[y, x] & inside
    seen = there.sum(axis=1) > 4
    if seen.sum() < LEAST_COLUMNS:
        return None
    return float(np.percentile(below[there.argmax(axis=1)][seen], 10))


def _columns(
    scene: Scene, body: Body
) -> tuple[Floats, Floats, NDArray[np.int64], NDArray[np.int64], Bools]:
    """Lines down the body: how far sideways each is, how far below the shoulders its points are,
    and the points' x, y and whether they lie in the picture (lines × points)."""
    columns = np.linspace(-0.75, 0.75, 31, dtype=np.float32)
    below = np.linspace(0.4, 2.2, 360, dtype=np.float32) * body.frame.hips
    half = float(np.mean([body.half_width(s, np.array([body.frame.hips]))[0] for s in (-1, 1)]))
    lateral = columns * half
    points = body.frame.points(
        lateral[:, None] + 0 * below[None], below[None] + 0 * lateral[:, None]
    )
    x, y = np.round(points[..., 0]).astype(int), np.round(points[..., 1]).astype(int)
    height, width = scene.size
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height - 1)
    return lateral, below, np.clip(x, 0, width - 1), np.clip(y, 0, height - 1), inside


def under_jacket(scene: Scene, body: Body, old: OldHem | None, reach: float) -> OldHem | None:
    """The hem of an open jacket, where the top under it ends higher up: a new top that hangs as far
    down leaves nothing to guess of what the jacket hid. `old` itself where there is none, or where
    it is long, or longer than the new top's `reach` (px below the shoulders)."""
    if old is None or not old.over_bottoms:
        return old
    lateral, below, x, y, inside = _columns(scene, body)
    coat, tops = (scene.marked(*kind)[y, x] & inside for kind in ((Label.COAT,), TOPS))
    jacket, covered, lowest = coat.any(axis=1), tops.any(axis=1), below[_last(tops)]
    hem = jacket & (_last(coat) == _last(tops))
    if jacket.mean() < JACKET or hem.sum() < LEAST_COLUMNS:
        return old
    past = (lowest - old.slope * lateral - old.below)[covered]
    if np.percentile(past, 80) < UNEVEN * body.unit:
        return old
    slope = float(np.clip(_robust_line(lateral[hem], lowest[hem])[0], -LEVEL, LEVEL))
    level = float(np.percentile((lowest - slope * lateral)[covered], 85))
    return OldHem(level, slope, True) if level < min(SHORT * body.frame.hips, reach) else old


def _last(there: Bools) -> NDArray[np.int64]:
    """The index of the last place of each line down the body at which anything is."""
    return np.asarray(there.shape[1] - 1 - np.argmax(there[:, ::-1], axis=1), np.int64)


def find_old_hem(scene: Scene, body: Body) -> OldHem | None:
    """The lower edge of the old top, None where it runs out of the picture or can't be made out."""
    lateral, below, x, y, inside = _columns(scene, body)
    covered = scene.marked(*TOPS)[y, x] & inside
    last = _last(covered)
    usable = (
        covered.any(axis=1) & np.take_along_axis(inside, last[:, None] + 1, 1)[:, 0]
        if covered.shape[1] - 1 > last.max()
        else covered.any(axis=1)
    )
    if usable.sum() < LEAST_COLUMNS:
        return None
    found = below[last]
    slope, offset = _robust_line(lateral[usable], found[usable])
    under = np.take_along_axis(
        np.isin(scene.labels, (*BOTTOMS,))[y, x],
        np.minimum(last + 6, covered.shape[1] - 1)[:, None],
        1,
    )
    return OldHem(offset, slope, bool(under[usable].mean() > 0.4))


def _robust_line(x: Floats, y: Floats) -> tuple[float, float]:
    keep = np.abs(y - np.median(y)) < 3 * np.median(np.abs(y - np.median(y))) + 4
    for _ in range(3):
        slope, offset = np.polyfit(x[keep], y[keep], 1)
        miss = np.abs(y - slope * x - offset)
        keep = miss < 2.5 * np.median(miss[keep]) + 2
    return float(np.clip(slope, -0.3, 0.3)), float(offset)


def shortest_dress(body: Body, armpit_below: float) -> float:
    """The length from the armpits at which a dress reaches the middle of the thighs."""
    return body.frame.hips + 0.75 * body.unit - armpit_below


def plan_hem(
    body: Body,
    old: OldHem | None,
    armpit_below: float,
    natural: float,
    least: float = 0.0,
    tuck: Tuck = "auto",
) -> Hem:
    """A longer top is tucked in where the old one ended above the hips, and hangs over where it
    hung over; one that is somewhat too short is stretched, so that nothing must be invented.

    `tuck` in or out overrules this where trousers or a skirt show.
    """
    if old is None:
        return Hem(natural, max(natural, least), tucked=False)
    if tuck == "in" and old.over_bottoms:
        return _tucked_in(body, old, armpit_below, natural)
    room = old.below - armpit_below
    tucked = tuck != "out" and old.over_bottoms and old.below < 0.97 * body.frame.hips
    if natural >= room:
        return Hem(natural, natural, tucked, old.below, old.slope)
    wanted = min(room * 1.015, max(natural, TUNIC * body.frame.hips - armpit_below))
    return Hem(natural, min(wanted, natural * LONGEST_STRETCH), tucked=False)


def _tucked_in(body: Body, old: OldHem, armpit_below: float, natural: float) -> Hem:
    level = min(old.below, WAIST * body.frame.hips)
    slope = old.slope if level == old.below else 0.0
    length = max(natural, min((level - armpit_below) * 1.05, natural * LONGEST_STRETCH))
    return Hem(natural, length, armpit_below + length > level, level, slope)


def above_line(scene: Scene, body: Body, level: float, slope: float) -> Floats:
    """1 above a line across the body (px below the shoulders, and per px sideways), 0 below it, at
    full size."""
    height, width = scene.full_size
    frame, scale = body.frame, scene.magnification
    ahead = frame.down - slope * frame.across
    x = np.arange(width, dtype=np.float32) / scale - frame.origin[0]
    y = np.arange(height, dtype=np.float32) / scale - frame.origin[1]
    past = (x * ahead[0])[None] + (y * ahead[1])[:, None] - level
    return np.asarray(np.clip(0.5 - past * scale, 0, 1), np.float32)
