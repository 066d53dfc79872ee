"""A pose as a mask is drawn from it: what was not seen is guessed, and told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from deployments import skin
from deployments.types import Joint, Pose

Point = NDArray[np.float64]

RIGHT_ARM = (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST)
LEFT_ARM = (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_WRIST)
NEEDED = (Joint.NECK, *RIGHT_ARM, *LEFT_ARM, Joint.RIGHT_HIP, Joint.LEFT_HIP)

TRUNK = 1.3
"""From the shoulders to the hips, in distances of the shoulders."""
NARROWEST = 0.25
"""Shoulders nearer to each other than this part of the trunk's length are seen from the side, where
their distance says nothing of the body's breadth."""
SIDE_BREADTH = 0.55
"""What is taken for it there, in lengths of the trunk: about the depth of a chest with its arms."""
FAR = 4.0
"""Points further outside than so many pictures are drawn at that distance."""


@dataclass(frozen=True)
class Skeleton:
    """`points` 25×2 px; `drawn` names the joints of NEEDED that have a place, seen or guessed;
    `guessed` those that were not seen, whether they have got a place or not."""

    points: Point
    breadth: float
    """Of the shoulders, in px: everything is measured in it. The hips are as far apart."""
    drawn: frozenset[Joint]
    guessed: tuple[Joint, ...]

    def at(self, joint: Joint) -> tuple[float, float]:
        return float(self.points[joint, 0]), float(self.points[joint, 1])

    def bones(self, joints: tuple[Joint, ...]) -> Iterator[tuple[Joint, Joint]]:
        """Neighbours among those that have a place; a missing elbow is left out, and the arm is
        straight."""
        placed = [joint for joint in joints if joint in self.drawn]
        yield from pairwise(placed)


def missing(pose: Pose) -> tuple[Joint, ...]:
    """Which of the joints that masks are drawn from were not seen."""
    return tuple(joint for joint in NEEDED if not _seen(pose)[joint])


def skeleton_of(pose: Pose, shape: tuple[int, ...]) -> Skeleton | None:
    """The pose 25×3 with neck, shoulders and hips guessed where they are missing, for a picture of
    `shape` (height, width, ...). None where neither neck nor shoulders are there to guess from."""
    seen = _seen(pose)
    # Files give at most three decimals; in single precision they are no longer quite what they say.
    points = np.where(seen[:, None], np.round(pose[:, :2].astype(np.float64), 3), 0.0)
    size = np.array([shape[1], shape[0]], np.float64)
    points = np.clip(points, -FAR * size, (1 + FAR) * size)
    if not _place_shoulders(points, seen, pose):
        return None
    _place_hips(points, seen)
    breadth = _spread_hips(points)
    placed = {*_SHOULDERS, *_HIPS, Joint.NECK, *(joint for joint in NEEDED if seen[joint])}
    return Skeleton(points, breadth, frozenset(placed), missing(pose))


_SHOULDERS = (Joint.RIGHT_SHOULDER, Joint.LEFT_SHOULDER)
_HIPS = (Joint.RIGHT_HIP, Joint.LEFT_HIP)


def _seen(pose: Pose) -> NDArray[np.bool_]:
    places = pose[:, :2]
    return np.asarray(np.isfinite(places).all(1) & (places != 0).any(1))


def _place_shoulders(points: Point, seen: NDArray[np.bool_], pose: Pose) -> bool:
    """Also the neck. Whether it could be done."""
    right, left = _SHOULDERS
    known = [joint for joint in _SHOULDERS if seen[joint]]
    if not known and not seen[Joint.NECK]:
        return False
    # A person who is seen from the front has the left shoulder at the right side of the picture.
    aside = np.array([skin.shoulder_distance(np.nan_to_num(pose)) / 2, 0.0])
    if not known:
        points[right], points[left] = points[Joint.NECK] - aside, points[Joint.NECK] + aside
    elif len(known) == 1:
        here, there = known[0], left if known[0] == right else right
        across = aside if there == left else -aside
        middle = points[Joint.NECK] if seen[Joint.NECK] else points[here] + across
        points[there] = 2 * middle - points[here]
    if not seen[Joint.NECK]:
        points[Joint.NECK] = (points[right] + points[left]) / 2
    return True


def _place_hips(points: Point, seen: NDArray[np.bool_]) -> None:
    right, left = _HIPS
    if seen[right] and seen[left]:
        return
    across = points[_SHOULDERS[1]] - points[_SHOULDERS[0]]
    if seen[right] or seen[left]:
        here, there = (right, left) if seen[right] else (left, right)
        points[there] = points[here] + (across if there == left else -across)
        return
    if seen[Joint.MID_HIP]:
        middle = points[Joint.MID_HIP]
    else:
        down = np.array([-across[1], across[0]])
        down = -down if down[1] < 0 else down
        middle = points[list(_SHOULDERS)].mean(0) + TRUNK * down
    points[right], points[left] = middle - across / 2, middle + across / 2


def _spread_hips(points: Point) -> float:
    """Moves the hips on their line to the distance that the shoulders have, and gives it."""
    shoulders, hips = points[list(_SHOULDERS)], points[list(_HIPS)]
    breadth = float(np.linalg.norm(shoulders[1] - shoulders[0]))
    middle = (hips[0] + hips[1]) / 2
    trunk = float(np.linalg.norm(middle - shoulders.mean(0)))
    if breadth < NARROWEST * trunk:
        breadth = SIDE_BREADTH * trunk
    apart = float(np.linalg.norm(hips[1] - hips[0]))
    if apart < 1e-3:  # one behind the other
        hips = middle + np.array([[-0.5, 0.0], [0.5, 0.0]])
        apart = 1.0
    points[list(_HIPS)] = middle + (hips - middle) / apart * breadth
    return breadth
