"""The landmarks of one half of a top or a dress, read from its outline.

All lengths are in px of the upright frame; x counts outward from the mirror axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.outline import Half, arc_length

CORNER = 0.04
"""Share of the garment's height over which a corner is looked at."""
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
    standing_collar: bool
    """The collar rises above the shoulder line: nothing of the back's inside is seen."""

    def point(self, name: str) -> NDArray[np.float64]:
        """A landmark (x outward, y)."""
        return np.asarray(self.half.points[getattr(self, name)], np.float64)


def top_half(half: Half, height: float) -> TopHalf:
    """Reads one half of a top. `height` is the garment's."""
    armpit, sleeved = _armpit(half, height)
    reach = float(half.points[armpit, 0])
    neck, standing = _neck(half, armpit, reach, sleeved)
    if sleeved:
        shoulder = _shoulder_seam(half, neck, armpit, reach)
    else:
        shoulder = _shoulder_corner(half, neck, armpit)
    hem = armpit + 1 + farthest(half.points[armpit + 1 :], outward=1.0)
    return TopHalf(half, neck, shoulder, armpit, _waist(half, armpit, hem), hem, sleeved, standing)


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


def _armpit(half: Half, height: float) -> tuple[int, bool]:
    """(index of the armpit, whether a sleeve is there)."""
    notch = None if _has_strap(half, height) else _sleeve_notch(half, height)
    if notch is not None and _sleeve_reach(half, notch) > SHORTEST_SLEEVE:
        return notch, True
    return _armhole_end(half, height), False


def _sleeve_notch(half: Half, height: float) -> int | None:
    """The deepest notch between a sleeve's underside and the body."""
    points = half.points
    top = float(points[:, 1].min())
    turn = half.turning(max(int(CORNER * height), 4))
    y = (points[:, 1] - top) / height
    outer = np.maximum.accumulate(points[:, 0])
    overhang = outer - points[:, 0]
    shielded = overhang > 0.035 * height
    allowed = (turn < -28) & (y > 0.08) & (y < 0.72) & shielded & (points[:, 0] > 0.06 * height)
    if not allowed.any():
        return None
    score = np.where(allowed, -turn + 300.0 * np.minimum(overhang / height, 0.15), -np.inf)
    return int(score.argmax())


def _has_strap(half: Half, height: float) -> bool:
    """Whether what goes up beside a deep neck opening is too narrow for a shoulder."""
    points = half.points
    top = float(points[:, 1].min())
    dip = float(points[0, 1]) - top
    if dip < 0.06 * height:
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


def _armhole_end(half: Half, height: float) -> int:
    """The armpit of a garment without sleeves: where the side stops going outwards."""
    points = half.points
    top = float(points[:, 1].min())
    side = np.flatnonzero((points[:, 1] > top + 0.12 * height) & (points[:, 0] > 0))
    upper = side[points[side, 1] < top + 0.5 * height]
    if len(upper) < 3:
        return int(np.argmax(points[:, 0]))
    first, last = int(upper[0]), int(upper[-1])
    span = points[first : last + 1]
    return first + farthest(span, outward=1.0)


def _neck(half: Half, armpit: int, reach: float, sleeved: bool) -> tuple[int, bool]:
    """(index of the point where collar and shoulder line meet, whether the collar stands up)."""
    points = half.points[: armpit + 1]
    wide = np.flatnonzero(points[:, 0] >= (0.75 if sleeved else 0.92) * reach)
    end = int(wide[0]) if len(wide) else len(points) - 1
    horn = farthest(points[: end + 1], outward=1.0)
    beyond = half.turning(max(int(0.08 * reach), 3))[horn : end + 1]
    if len(beyond) < 4:
        return horn, False
    notch = horn + int(beyond.argmin())
    rise = float(points[notch, 1] - points[horn, 1])
    run = float(points[notch, 0] - points[horn, 0])
    stands = beyond.min() < -18 and rise > 0.1 * reach and rise > 1.2 * run
    return (notch, True) if stands else (horn, False)


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
