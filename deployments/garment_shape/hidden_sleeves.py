"""Sleeves that lie against the body: no gap in the outline tells them, only a notch at the hem.

The line between sleeve and body is looked for in the picture, and cut into the outline, which then
reads like one whose sleeves are spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.outline import Half, Outline
from deployments.types import Image

LOW_NOTCH = (0.42, 0.985)
"""Range of height in which a cuff and the hem part."""
ARMHOLE = 1.1
"""Depth of the armhole below the shoulder, in half widths of the body."""
MIRRORED = 0.85
"""Mirror IoU from which both sides lie alike: what one of them tells holds for the other."""
HEM_SHARES = np.linspace(0.6, 0.85, 11)
"""Shares of half the width at which a sleeve's inner edge may meet the hem."""
THINNEST, UPPER = 0.08, 0.7
"""Half of a sleeve's width at least, by half the garment's, and the upper share of a line that has
such a sleeve beside it: where there is less the line has met the outline."""
LEANS = np.linspace(-0.22, 0.22, 23)
"""How far the line may lean: px outward for each px upward."""

Place: TypeAlias = NDArray[np.float64]


def with_sleeves_apart(
    image: Image, outline: Outline, gaps: Sequence[Place | None]
) -> Outline | None:
    """The outline with slits up to the armpits, or None where no hidden sleeve is seen.

    `gaps`: where sleeve and body part on the wearer's left and right (x outward, y), for those
    sides where that is known; elsewhere a notch at the hem is looked for.
    """
    halves = (outline.right_half, outline.left_half)
    notches = [
        gap if gap is not None else _low_notch(half, outline)
        for half, gap in zip(halves, gaps, strict=True)
    ]
    if all(notch is None for notch in notches):
        return None
    light = _lightness(image, outline)
    sides = [
        (half, notch)
        for half, notch in zip(halves, _both(notches, outline.symmetry), strict=True)
        if notch is not None
    ]
    return _slit(outline, sides, [_edges(light, half, notch, outline) for half, notch in sides])


def with_sleeves_guessed(image: Image, outline: Outline) -> Outline:
    """The outline with slits along the clearest lines up from the hem, at one distance on both
    sides: for long sleeves that are surely there and that no notch tells of."""
    light, depth = _lightness(image, outline), _depth(outline)
    halves = (outline.right_half, outline.left_half)
    found: list[tuple[float, list[tuple[Half, Place]], list[NDArray[np.float64]]]] = []
    for share in HEM_SHARES:
        sides = [(half, _at_hem(half, outline, float(share))) for half in halves]
        edges = [
            _edges(light, half, end, outline) - _too_thin(depth, half, end, outline)
            for half, end in sides
        ]
        found.append((float(np.mean(edges, axis=0).max()), sides, edges))
    _, sides, edges = max(found, key=lambda one: one[0])
    return _slit(outline, sides, edges)


def _slit(
    outline: Outline, sides: Sequence[tuple[Half, Place]], edges: Sequence[NDArray[np.float64]]
) -> Outline:
    """The outline cut along the best line of each side; both lean alike where they lie alike."""
    agreed = np.array(edges)
    if outline.symmetry >= MIRRORED:
        agreed[:] = agreed.mean(axis=0)
    mask = outline.mask.copy()
    for (half, notch), edge in zip(sides, agreed, strict=True):
        _cut(mask, half, notch, float(LEANS[int(edge.argmax())]), outline)
    return outline.with_mask(mask)


def _low_notch(half: Half, outline: Outline) -> Place | None:
    """(x outward, y) of the notch between cuff and hem."""
    points, height = half.points, float(outline.height)
    turn = half.turning(max(int(0.035 * height), 4))
    y = (points[:, 1] - outline.top) / height
    widest = float(points[:, 0].max())
    inward = (points[:, 0] > 0.45 * widest) & (points[:, 0] < 0.93 * widest)
    found = (turn < -32) & (y > LOW_NOTCH[0]) & (y < LOW_NOTCH[1]) & inward
    if not found.any():
        return None
    return np.asarray(points[int(np.where(found, turn, np.inf).argmin())], np.float64)


def _at_hem(half: Half, outline: Outline, share: float) -> Place:
    """Where the outline ends below, at this share of the half's width."""
    points = half.points
    x = share * float(points[:, 0].max())
    low = points[points[:, 1] >= min(outline.top + 0.5 * outline.height, float(points[-1, 1]))]
    return np.array([x, low[int(np.abs(low[:, 0] - x).argmin()), 1]])


def _both(notches: list[Place | None], symmetry: float) -> list[Place | None]:
    """A notch that shows on one side only stands for both where the garment is symmetric."""
    one, other = notches
    if symmetry < MIRRORED:
        return notches
    return [one if one is not None else other, other if other is not None else one]


def _lightness(image: Image, outline: Outline) -> NDArray[np.float32]:
    """Change of lightness across each pixel of the upright frame."""
    height, width = outline.mask.shape
    frame = cv2.warpAffine(image, outline.matrix, (width, height), flags=cv2.INTER_AREA)
    light = cv2.cvtColor(frame, cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32)
    across = np.abs(cv2.Sobel(cv2.GaussianBlur(light, (0, 0), 1.0), cv2.CV_32F, 1, 0, ksize=3))
    return np.asarray(across / (across + 30.0), np.float32)


def _top_of_line(notch: Place, outline: Outline) -> float:
    """y at which the line ends: the armpit's."""
    shoulder = outline.top + 0.12 * outline.height
    return min(shoulder + ARMHOLE * float(notch[0]), float(notch[1]) - 0.12 * outline.height)


def _edges(
    light: NDArray[np.float32], half: Half, notch: Place, outline: Outline
) -> NDArray[np.float64]:
    """How well straight lines from the notch upwards follow an edge, for each lean."""
    along = _along_lines(light, half, notch, outline).mean(axis=1)
    return np.asarray(along - 0.6 * np.abs(LEANS), np.float64)


def _too_thin(
    depth: NDArray[np.float32], half: Half, notch: Place, outline: Outline
) -> NDArray[np.bool_]:
    """For each lean, whether the line meets the outline instead of having a sleeve beside it."""
    room = _along_lines(depth, half, notch, outline)
    upper = room[:, : max(int(UPPER * room.shape[1]), 1)].min(axis=1)
    return np.asarray(upper < THINNEST * float(half.points[:, 0].max()), np.bool_)


def _along_lines(
    values: NDArray[np.float32], half: Half, notch: Place, outline: Outline
) -> NDArray[np.float32]:
    """Leans × rows: what the frame holds along straight lines from the notch, from above."""
    y = np.arange(_top_of_line(notch, outline), notch[1] - 4, dtype=np.float32)
    outward = float(notch[0]) + LEANS[:, None] * (float(notch[1]) - y)[None, :]
    frame = half.to_frame(np.column_stack([outward.ravel(), np.tile(y, len(LEANS))]))
    x = frame[:, 0].reshape(outward.shape).astype(np.float32)
    rows = np.broadcast_to(y[None, :], x.shape).astype(np.float32)
    return np.asarray(cv2.remap(values, x, rows, cv2.INTER_LINEAR), np.float32)


def _depth(outline: Outline) -> NDArray[np.float32]:
    """How deep in the cloth each pixel of the frame lies, in px."""
    padded = cv2.copyMakeBorder(outline.mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1], np.float32)


def _cut(
    mask: NDArray[np.uint8],
    half: Half,
    notch: Place,
    lean: float,
    outline: Outline,
) -> None:
    top = _top_of_line(notch, outline)
    ends = np.array([[notch[0], notch[1] + 3], [notch[0] + lean * (notch[1] - top), top]])
    (x0, y0), (x1, y1) = half.to_frame(ends).round().astype(int)
    cv2.line(mask, (int(x0), int(y0)), (int(x1), int(y1)), 0, 2)
