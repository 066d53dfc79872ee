"""Second thoughts on the parser's logits: whole garments instead of patchwork, no islands.

Everything happens on the coarse logits, before they are upsampled, so edges stay smooth: a class
that loses a region hands its logits to the winner there.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments import skin
from deployments.pieces import Pieces
from deployments.types import Image, Joint, Label, Pose

CLASSES = (
    "background", "hair", "skin", "hat", "eyewear", "upper", "outer", "dress",
    "trousers", "skirt", "shoes", "accessories",
)  # fmt: skip
"""What the network answers, in the order of its channels."""

Logits = NDArray[np.float32]
Lab = NDArray[np.float32]
Region = NDArray[np.bool_]

NEVER = -1e3
SMALLEST = 0.0012
"""Islands below this share of the crop are given to what surrounds them."""

DRESS_FIRST = 0.3
"""What a pixel must tell more, as a log-probability, before one dress becomes two garments."""

LEAST_DRESS = 0.08
"""Share of a piece that must be called dress before its whole is asked about."""

SAME_CLOTH = 4.0
"""Distance of mean colours (Lab, lightness halved) up to which two parts are one cloth."""

PLAIN_WALL = 0.8
"""Share of the background that has its surroundings' colour, from which it is a plain wall."""

WALL_COLOUR = 2.5
"""Distance (Lab, lightness halved) within which something may be the wall."""

NEAR_BY = 0.38
"""Share of the crop's height over which the wall's colour is averaged."""

GAP_BONUS = 3.0
"""What the wall's colour adds to the background's logit."""

_FINE = frozenset(CLASSES.index(name) for name in ("eyewear", "hat", "shoes", "hair"))
_UPPER, _OUTER, _DRESS, _TROUSERS, _SKIRT = (
    CLASSES.index(name) for name in ("upper", "outer", "dress", "trousers", "skirt")
)


def settle(logits: Logits, pose: Pose, crop: Image) -> Logits:
    """The logits (K×h×w) after the votes; `pose` in pixels of their grid, `crop` what they were
    made from, uint8 H×W×3."""
    logits = logits.copy()
    lab = _lab(crop, logits.shape)
    _open_gaps(logits, lab)
    _drop_strangers(logits, pose)
    _vote_sleeves(logits, pose)
    _vote_dress(logits, pose)
    _vote_outer(logits, lab)
    _vote_lower(logits)
    _drop_islands(logits)
    return logits


def _grown(region: Region, by: int = 2) -> Region:
    kernel = np.ones((2 * by + 1,) * 2, np.uint8)
    return np.asarray(cv2.dilate(region.astype(np.uint8), kernel) > 0)


def _hand_over(
    logits: Logits, loser: int, winner: int, region: Region, beyond: Region | None = None
) -> None:
    """In and just round the region, but not in `beyond`, `winner` takes what `loser` had."""
    region = _grown(region) if beyond is None else _grown(region) & ~beyond
    stronger = np.maximum(logits[winner], logits[loser])
    logits[winner][region] = stronger[region]
    logits[loser][region] = NEVER


def _drop_strangers(logits: Logits, pose: Pose) -> None:
    """Only pieces of foreground that the pose touches, or that are large beside them, stay."""
    foreground = logits.argmax(0) > 0
    pieces = Pieces.of(foreground)
    if len(pieces) < 2:
        return
    own = pieces.chosen(pieces.counted(_near_joints(pose, foreground.shape)) > 0)
    if not own.any():
        own = pieces.largest()
    logits[1:, _grown(foreground & ~own, 1) & ~own] = NEVER


def _near_joints(pose: Pose, shape: tuple[int, ...]) -> Region:
    """Discs round the key points that were seen."""
    canvas = np.zeros(shape, np.uint8)
    radius = max(2, round(0.3 * skin.shoulder_distance(pose)))
    for x, y, score in pose:
        if score > skin.SEEN:
            cv2.circle(canvas, (round(float(x)), round(float(y))), radius, (1,), -1)
    return canvas > 0


def _lab(crop: Image, shape: tuple[int, ...]) -> Lab:
    """The crop on the grid of the logits, h×w×3, lightness at half weight: folds have shadows."""
    small = cv2.resize(crop, (shape[2], shape[1]), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return np.asarray(lab * np.array([0.5, 1, 1], np.float32), np.float32)


def _open_gaps(logits: Logits, lab: Lab) -> None:
    """Before a plain wall, what has the wall's colour leans to the background.

    The labels of the training photos often fill the gap between arm and body; this opens it. Cloth
    of the wall's colour stays where the network is sure of it.
    """
    wall = (logits.argmax(0) == 0).astype(np.float32)
    if wall.mean() < 0.05:
        return
    near_by = (round(NEAR_BY * len(wall)) | 1,) * 2
    weight = cv2.blur(wall, near_by) + 1e-6
    near = np.stack([cv2.blur(lab[..., i] * wall, near_by) for i in range(3)], -1)
    distance = np.linalg.norm(lab - near / weight[..., None], axis=2)
    if (distance[wall > 0] < 2 * WALL_COLOUR).mean() < PLAIN_WALL:
        return
    lean = GAP_BONUS * np.clip(1 - distance / WALL_COLOUR, 0, 1) * (weight > 0.02)
    logits[0] += lean.astype(np.float32)


def _vote_sleeves(logits: Logits, pose: Pose) -> None:
    """Trousers that lie on an arm, apart from the others, are sleeves."""
    answer = logits.argmax(0)
    pieces = Pieces.of((answer == _TROUSERS) | (answer == _SKIRT))
    arms = [bone for bone in skin.limbs(pose) if bone.label in {Label.LEFT_ARM, Label.RIGHT_ARM}]
    if len(pieces) < 2 or not arms:
        return
    for area, region in zip(pieces.areas, pieces, strict=True):
        if area == pieces.areas.max():
            continue
        points = np.argwhere(region)[:, ::-1].astype(np.float64)
        inside = np.min([bone.distance(points) for bone in arms], axis=0) < 1
        if inside.mean() > 0.6:
            top = max((_UPPER, _OUTER), key=lambda number: float(logits[number][region].sum()))
            _hand_over(logits, _TROUSERS, top, region)
            _hand_over(logits, _SKIRT, top, region)


def _vote_dress(logits: Logits, pose: Pose) -> None:
    """One dress, or a top and a skirt: whichever explains a piece of the three best, as a whole.

    The second story may put the waist at any row; where it lies at the piece's end all is top or
    all is skirt. A dress must come below the hips where they are in the picture.
    """
    chances = _log_chances(logits)
    answer = logits.argmax(0)
    pieces = Pieces.of(np.isin(answer, (_UPPER, _DRESS, _SKIRT)))
    for area, region in zip(pieces.areas, pieces, strict=True):
        if (answer[region] == _DRESS).mean() < LEAST_DRESS:
            continue
        dress, upper, skirt = (
            (chances[number] * region).sum(1) for number in (_DRESS, _UPPER, _SKIRT)
        )
        two = np.r_[0, upper.cumsum()] + np.r_[skirt[::-1].cumsum()[::-1], 0]
        waist = int(two.argmax())
        is_dress = dress.sum() + DRESS_FIRST * area > two[waist]
        if is_dress and not _may_be_dress(region, pose):
            is_dress, waist = False, len(region)  # it ends at the hips: a top
        if is_dress:
            _hand_over(logits, _UPPER, _DRESS, region)
            _hand_over(logits, _SKIRT, _DRESS, region)
        else:
            above = np.arange(len(region))[:, None] < waist
            _hand_over(logits, _DRESS, _UPPER, region & above, beyond=~above)
            _hand_over(logits, _DRESS, _SKIRT, region & ~above, beyond=above)


def _log_chances(logits: Logits) -> Logits:
    """Log-probabilities, none below -4: no single pixel decides for many."""
    peak = logits.max(0)
    total = peak + np.log(np.exp(logits - peak).sum(0))
    return np.asarray(np.maximum(logits - total, -4.0), np.float32)


def _may_be_dress(region: Region, pose: Pose) -> bool:
    """Whether the piece comes below the hips, or is cut by the crop before it could."""
    hip, neck = skin.joint(pose, Joint.MID_HIP), skin.joint(pose, Joint.NECK)
    if hip is None or neck is None or hip[1] <= neck[1]:
        return True
    places = (np.nonzero(region)[0] - neck[1]) / (hip[1] - neck[1])  # 0 at the neck, 1 at the hip
    return bool((places > 1.1).mean() > 0.12 or region[-2:].any())


def _vote_outer(logits: Logits, lab: Lab) -> None:
    """A jacket is worn over something of another colour that shows between its fronts; other
    mixtures are one garment that the network could not decide on, and its larger part decides."""
    answer = logits.argmax(0)
    for region in Pieces.of((answer == _UPPER) | (answer == _OUTER)):
        outer, upper = region & (answer == _OUTER), region & (answer == _UPPER)
        share = float(outer.sum() / region.sum())
        layered = (
            0.2 <= share <= 0.88
            and (_flanked(upper, outer) or _flanked(outer, upper))
            and np.linalg.norm(lab[outer].mean(0) - lab[upper].mean(0)) > SAME_CLOTH
        )
        if not layered and outer.any() and upper.any():
            if share > 0.5:
                _hand_over(logits, _UPPER, _OUTER, upper)
            else:
                _hand_over(logits, _OUTER, _UPPER, outer)


def _flanked(inner: Region, sides: Region) -> bool:
    """Whether `sides` lies both left and right of `inner` in most rows that show `inner`."""
    columns = np.arange(inner.shape[1])
    rows = inner.any(1)
    if not rows.any():
        return False
    middle = (inner[rows] * columns).sum(1) / inner[rows].sum(1)
    left = (sides[rows] & (columns < middle[:, None])).any(1)
    right = (sides[rows] & (columns > middle[:, None])).any(1)
    return bool((left & right).mean() > 0.5)


def _vote_lower(logits: Logits) -> None:
    """Trousers or skirt, not a mixture, unless the trousers (tights) come out below the skirt."""
    answer = logits.argmax(0)
    for region in Pieces.of((answer == _TROUSERS) | (answer == _SKIRT)):
        skirt, trousers = region & (answer == _SKIRT), region & (answer == _TROUSERS)
        if not skirt.any() or not trousers.any() or _below(trousers, skirt):
            continue
        if skirt.sum() > trousers.sum():
            _hand_over(logits, _TROUSERS, _SKIRT, trousers)
        else:
            _hand_over(logits, _SKIRT, _TROUSERS, skirt)


def _below(lower: Region, upper: Region) -> bool:
    """Whether nearly all of `lower` lies under nearly all of `upper`."""
    rows, others = np.nonzero(lower)[0], np.nonzero(upper)[0]
    return bool(np.percentile(rows, 20) > np.percentile(others, 80))


def _drop_islands(logits: Logits) -> None:
    """Tiny pieces of a class go to their second choice."""
    least = SMALLEST * logits.shape[1] * logits.shape[2]
    answer = logits.argmax(0)
    for number in np.unique(answer):
        if number in _FINE:
            continue
        pieces = Pieces.of(answer == number)
        logits[number][pieces.chosen(pieces.areas < least)] = NEVER
