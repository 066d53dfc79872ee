"""The landmarks of one half of a top or a dress, read from its outline.

All lengths are in px of the upright frame; x counts outward from the mirror axis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.hood import hood_foot
from deployments.garment_shape.outline import CORNER, NARROWEST, NOTCH, Half, arc_length
from deployments.garment_shape.tubes import cuff_corners, tube_between

DEEP = 0.06
"""Share of the height by which a bare neck opening dips at least between straps or in a vest."""
WIDEST_NECK = 0.75
"""Half a neck's width by that at the armpits, at most."""
UNEQUAL = 0.14
"""Share of the half width at the armpits by which two neck points may differ."""
SUNK = 0.2
"""The same by which a neck point that is moved inwards may come to lie lower."""
DEEPEST_ARMHOLE = 2.0
"""Depth of an armhole by half the width of the shoulders."""
DEEPEST_ARMPIT = 2.4
"""Depth of the armpit under a sleeve by half the width there, even of a long dress: below it lie
its waist and what stands beside its skirt."""
HIGHEST_HEM = 0.6
"""Share of the way from the armpit to the lowest place below which a hem's corner lies."""
UNLEVEL = 0.12
"""Share of the height by which the armpits of a garment without sleeves may differ."""
SHORTEST_SLEEVE = 0.075
"""Share of the width at the armpits by which a sleeve sticks out at least."""


@dataclass(frozen=True)
class TopHalf:
    """Indices into the half's points, from the top of the axis downwards along the outline."""

    half: Half
    neck: int
    shoulder: int
    armpit: int
    waist: int
    hem: int
    sleeved: bool
    collar: int
    """The top corner of the collar; where it does not stand up, the neck point itself."""
    standing_collar: bool
    """The collar rises above the shoulder line: nothing of the back's inside is seen."""

    def point(self, name: str) -> NDArray[np.float64]:
        """A landmark (x outward, y)."""
        return np.asarray(self.half.points[getattr(self, name)], np.float64)

    @cached_property
    def sleeve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """(centre, half width) of the sleeve from armhole to cuff, in the half's own frame."""
        return None if self._sleeve_edges is None else tube_between(*self._sleeve_edges)

    @cached_property
    def _sleeve_edges(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """The outline from the shoulder and from the armpit to the cuff's corners."""
        chain = self.half.points[self.shoulder : self.armpit + 1]
        if not self.sleeved or len(chain) < 12:
            return None
        first, last = cuff_corners(chain)
        if first < 2 or len(chain) - last < 3:
            return None
        return chain[: first + 1], chain[last:][::-1]

    @property
    def cuff(self) -> NDArray[np.float64] | None:
        """The sleeve's outer and inner corner (2×2)."""
        edges = self._sleeve_edges
        return None if edges is None else np.stack([edge[-1] for edge in edges])


def top_half(
    half: Half, height: float, *, sleeves: bool | None = None, hood: float | None = None
) -> TopHalf:
    """Reads one half of a top; whether it has `sleeves` is looked for where that is not known.
    `height` is the garment's; above the y of `hood` lies a hood."""
    foot = 0 if hood is None else hood_foot(half, hood)
    armpit, sleeved = _armpit(half, height, foot, sleeves)
    reach = float(half.points[armpit, 0])
    collar = _neck(half, armpit, reach, height)
    neck = max(foot, collar)
    if sleeved:
        shoulder = _shoulder_seam(half, neck, armpit, reach)
    else:
        shoulder = _shoulder_corner(half, neck, armpit)
    hem = _hem(half, armpit)
    waist = _waist(half, armpit, hem)
    return TopHalf(half, neck, shoulder, armpit, waist, hem, sleeved, collar, neck > collar)


def _hem(half: Half, armpit: int) -> int:
    """The corner of the hem, which lies low on the side: what sticks out above is no hem."""
    side = half.points[armpit + 1 :]
    if len(side) < 3:
        return armpit + 1 + farthest(side, outward=1.0)
    upper = side[:, 1] < side[0, 1] + HIGHEST_HEM * (side[:, 1].max() - side[0, 1])
    out = np.where(upper, -np.inf, from_chord(side))
    return armpit + 1 + int(out.argmax())


def with_agreeing_necks(one: TopHalf, other: TopHalf) -> tuple[TopHalf, TopHalf]:
    """Two halves whose necks agree.

    Of two neck points that differ the inner is right, since wrinkles of the shoulder look like a
    collar's end, and never the other way round. A collar stands up on both sides or on none.
    """
    if one.standing_collar and other.standing_collar:
        return one, other
    end, other_end = _collar_end(one), _collar_end(other)
    if end is not None and other_end is not None:
        turn, rise, run = (_collar_rise(one, end) + _collar_rise(other, other_end)) / 2
        upright = turn < -18 and rise > 1.25 * run
        if rise > 0.09 and (upright or (_narrow(one, other) and turn < -10 and rise > 0.6 * run)):
            return _standing(one, end), _standing(other, other_end)
    widths = [float(half.point("neck")[0]) for half in (one, other)]
    reach = float(one.point("armpit")[0] + other.point("armpit")[0]) / 2
    if abs(widths[0] - widths[1]) < UNEQUAL * reach:
        return one, other
    if widths[0] > widths[1]:
        return with_neck(one, widths[1]), other
    return one, with_neck(other, widths[0])


def with_neck_of(top: TopHalf, other: TopHalf) -> TopHalf:
    """The half with the neck of another reading of its outline, whose armpit lies elsewhere,
    unless that is the shoulder's end by this one's."""
    upper = top.half.points[: top.armpit]
    if not len(upper) or other.point("neck")[0] > WIDEST_NECK * top.point("armpit")[0]:
        return top
    neck, collar = (_nearest(upper, other.point(name)) for name in ("neck", "collar"))
    found = replace(top, neck=neck, collar=collar, standing_collar=other.standing_collar)
    return _with_shoulder(found)


def _nearest(points: NDArray[np.float64], place: NDArray[np.float64]) -> int:
    return int(np.linalg.norm(points - place, axis=1).argmin())


def with_agreeing_armpits(one: TopHalf, other: TopHalf, height: float) -> tuple[TopHalf, TopHalf]:
    """Two halves of a garment without sleeves whose armpits lie at one height.

    Of two that differ the higher is right: a pocket or a flare below it looks like an armhole's
    end, and nothing above it does.
    """
    depths = [float(half.point("armpit")[1]) for half in (one, other)]
    if one.sleeved or other.sleeved or abs(depths[0] - depths[1]) < UNLEVEL * height:
        return one, other
    if depths[0] > depths[1]:
        return _with_armpit(one, depths[1]), other
    return one, _with_armpit(other, depths[0])


def _with_armpit(top: TopHalf, depth: float) -> TopHalf:
    """The half with its armpit where its side passes this y, and what hangs on it."""
    below = np.flatnonzero(top.half.points[top.shoulder : top.armpit, 1] >= depth)
    if not len(below):
        return top
    armpit = top.shoulder + int(below[0])
    neck = min(top.neck, armpit - 1)
    shoulder = _shoulder_corner(top.half, neck, armpit)
    return replace(
        top,
        neck=neck,
        armpit=armpit,
        shoulder=shoulder,
        waist=_waist(top.half, armpit, top.hem),
        collar=min(top.collar, neck),
    )


def _narrow(one: TopHalf, other: TopHalf) -> bool:
    """Whether the opening is so narrow between its corners that only a collar can have it."""
    return min(float(top.point("neck")[0] / top.point("armpit")[0]) for top in (one, other)) < 0.27


def _collar_end(top: TopHalf) -> int | None:
    """Where the outline turns from the collar's side into the shoulder, if it has a side."""
    reach = float(top.point("armpit")[0])
    if top.half.points[0, 1] - top.point("collar")[1] > 0.15 * reach:  # a bare opening
        return None
    wide = np.flatnonzero(top.half.points[: top.armpit + 1, 0] >= 0.75 * reach)
    end = int(wide[0]) if len(wide) else top.armpit
    beyond = _turn_at_neck(top)[top.collar : end + 1]
    return top.collar + int(beyond.argmin()) if len(beyond) > 3 else None


def _turn_at_neck(top: TopHalf) -> NDArray[np.float64]:
    return top.half.turning(max(int(0.08 * float(top.point("armpit")[0])), 3))


def _collar_rise(top: TopHalf, end: int) -> NDArray[np.float64]:
    """(degrees of the turn, rise, run) of the collar's side, in half widths at the armpits."""
    side = (top.half.points[end] - top.point("collar")) / float(top.point("armpit")[0])
    return np.array([_turn_at_neck(top)[end], side[1], side[0]])


def _standing(top: TopHalf, end: int) -> TopHalf:
    return _with_shoulder(replace(top, neck=end, standing_collar=True))


def with_neck(top: TopHalf, width: float) -> TopHalf:
    """The half with its neck point at this x, unless that is down inside a bare opening."""
    beyond = np.flatnonzero(top.half.points[: top.armpit, 0] >= width)
    neck = int(beyond[0]) if len(beyond) else top.neck
    sunk = float(top.half.points[neck, 1] - top.point("neck")[1])
    if sunk > SUNK * float(top.point("armpit")[0]):
        return top
    return _with_shoulder(replace(top, neck=neck, collar=neck))


def _with_shoulder(top: TopHalf) -> TopHalf:
    """The half with its shoulder set anew: where there are sleeves, it hangs on the neck point."""
    if not top.sleeved:
        return top
    reach = float(top.point("armpit")[0])
    return replace(top, shoulder=_shoulder_seam(top.half, top.neck, top.armpit, reach))


def farthest(points: NDArray[np.float64], outward: float) -> int:
    """The point farthest from the chord between the ends, on its outer side (1) or inner (-1)."""
    if len(points) < 3:
        return max(len(points) - 1, 0)
    return int((from_chord(points) * outward).argmax())


def from_chord(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances from the chord between a chain's ends, positive where the cloth bulges out."""
    chord = points[-1] - points[0]
    chord = chord / max(float(np.linalg.norm(chord)), 1e-6)
    offset = points - points[0]
    return np.asarray(chord[1] * offset[:, 0] - chord[0] * offset[:, 1], np.float64)


def _armpit(half: Half, height: float, foot: int, sleeves: bool | None) -> tuple[int, bool]:
    """(index of the armpit, whether a sleeve is there), below a hood's `foot`."""
    may_be = not _has_strap(half, height) if sleeves is None else sleeves
    notch = _sleeve_notch(half, height, foot) if may_be else None
    if notch is not None and (sleeves or _sleeve_reach(half, notch) > SHORTEST_SLEEVE):
        return notch, True
    return _armhole_end(half, height, foot), False


def _sleeve_notch(half: Half, height: float, foot: int) -> int | None:
    """The deepest notch between a sleeve's underside and the body."""
    points = half.points
    top = float(points[:, 1].min())
    turn = half.turning(max(int(CORNER * height), 4))
    y = (points[:, 1] - top) / height
    outer = np.maximum.accumulate(points[:, 0])
    overhang = outer - points[:, 0]
    shielded = overhang > 0.035 * height
    wide = points[:, 0] > NARROWEST * height
    high = y * height < DEEPEST_ARMPIT * points[:, 0]
    allowed = (turn < NOTCH) & (y > 0.08) & (y < 0.72) & high & shielded & wide
    # The notch at the hood's foot goes on for a while below it.
    allowed[: foot + int((turn[foot:] >= NOTCH).argmax())] = False
    if not allowed.any():
        return None
    score = np.where(allowed, -turn + 300.0 * np.minimum(overhang / height, 0.15), -np.inf)
    return int(score.argmax())


def _has_strap(half: Half, height: float) -> bool:
    """Whether what goes up beside a deep neck opening is too narrow for a shoulder."""
    points = half.points
    top = float(points[:, 1].min())
    dip = float(points[0, 1]) - top
    if dip < DEEP * height:
        return False
    above = np.flatnonzero(points[:, 1] < top + 0.5 * dip)
    return float(np.linalg.norm(points[above[-1]] - points[above[0]])) < 0.11 * height


def _sleeve_reach(half: Half, notch: int) -> float:
    """How far the outline goes out beyond the armpit, as a share of the width at the armpits.

    A frill at the shoulder is no sleeve.
    """
    upper = half.points[: notch + 1]
    armpit = half.points[notch]
    farther = upper[upper[:, 1] > armpit[1] - 1.4 * armpit[0]]
    out = np.linalg.norm(farther - armpit, axis=1)[farther[:, 0] > armpit[0]]
    beyond = float(upper[:, 0].max() - armpit[0])
    return min(float(out.max(initial=0.0)) / 2, beyond) / max(2 * float(armpit[0]), 1.0)


def _armhole_end(half: Half, height: float, foot: int) -> int:
    """The armpit of a garment without sleeves: where the side stops going outwards."""
    points = half.points
    highest = foot or int(points[:, 1].argmin())
    top = float(points[highest, 1])
    beyond_top = np.arange(len(points)) > highest
    side = np.flatnonzero(beyond_top & (points[:, 1] > top + 0.12 * height))
    upper = (np.arange(len(points)) >= foot) & (points[:, 1] <= top + 0.12 * height)
    shoulder = float(points[upper, 0].max(initial=0.0))
    deepest = min(0.5 * height, max(DEEPEST_ARMHOLE * shoulder, 0.2 * height))
    within = side[points[side, 1] < top + deepest]
    if len(within) < 3:
        return int(np.argmax(points[:, 0]))
    first, last = int(within[0]), int(within[-1])
    span = points[first : last + 1]
    return first + farthest(span, outward=1.0)


def _neck(half: Half, armpit: int, reach: float, height: float) -> int:
    """The collar's top corner; of a bare neck opening, the inner end of the strap."""
    points = half.points[: armpit + 1]
    top = float(points[:, 1].min())
    if points[0, 1] - top > DEEP * height:
        return int(np.flatnonzero(points[:, 1] < top + 0.012 * height)[0])
    wide = np.flatnonzero(points[:, 0] >= 0.75 * reach)
    end = int(wide[0]) if len(wide) else len(points) - 1
    return farthest(points[: end + 1], outward=1.0)


def _shoulder_seam(half: Half, neck: int, armpit: int, reach: float) -> int:
    """The end of the shoulder seam by length of way from the neck.

    A fixed x would puff the shoulders of garments whose sleeves point upwards.
    """
    along = arc_length(half.points[neck : armpit + 1])
    wanted = 2.16 * reach * (0.53 - 0.5 * float(half.points[neck, 0]) / max(reach, 1.0))
    wanted = float(np.clip(wanted, 0.12 * reach, 0.6 * along[-1]))
    return neck + int(np.searchsorted(along, wanted))


def _shoulder_corner(half: Half, neck: int, armpit: int) -> int:
    """The outer end of the shoulder of a garment without sleeves."""
    upper = half.points[neck : armpit + 1]
    return neck + farthest(upper, outward=1.0)


def _waist(half: Half, armpit: int, hem: int) -> int:
    y = half.points[armpit : hem + 1, 1]
    wanted = y[0] + 0.55 * (y[-1] - y[0])
    return armpit + int(np.abs(y - wanted).argmin())
