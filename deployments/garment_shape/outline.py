"""A garment's outline, stood upright: its mirror axis vertical, its size always the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.pieces import Pieces
from deployments.types import GarmentNotFound, Mask, Points

LONG_SIDE = 400
"""Px of the longer side of the garment in the upright frame."""
MARGIN = 12
TAIL, LEAST_TAIL = 0.12, 0.03
"""Share of a garment's width that the end of a tie or belt hanging down from it takes at most, and
share of its height at least. A trouser leg is wider."""
LARGEST_TILT = 14.0
"""Degrees by which a garment may lie askew and still be stood upright."""
CORNER = 0.04
"""Share of the garment's height over which a corner is looked at."""
NOTCH = -24
"""Degrees by which the outline turns inwards at least where two parts of a garment meet."""
NARROWEST = 0.06
"""Share of the height that half a garment is wide at least."""


@dataclass(frozen=True)
class Outline:
    """The upright garment. Points in its frame are px; `to_picture` leads back."""

    mask: NDArray[np.uint8]
    """h×w, 0 or 1."""
    axis: float
    """x of the mirror axis."""
    matrix: NDArray[np.float64]
    """2×3, from the picture to this frame."""
    symmetry: float
    """Intersection over union of the garment and its mirror image."""

    def to_picture(self, points: NDArray[np.floating]) -> Points:
        """N×2 points of this frame in px of the picture."""
        back = cv2.invertAffineTransform(self.matrix)
        return (np.asarray(points) @ back[:, :2].T + back[:, 2]).astype(np.float32)

    def with_mask(self, mask: NDArray[np.uint8]) -> Outline:
        """The same frame with another mask of which the largest piece counts."""
        return replace(self, mask=_largest(mask))

    @property
    def scale(self) -> float:
        """Px of the picture for one px of this frame."""
        return float(1.0 / np.hypot(self.matrix[0, 0], self.matrix[1, 0]))

    @cached_property
    def top(self) -> int:
        return int(np.flatnonzero(self.mask.any(axis=1))[0])

    @cached_property
    def bottom(self) -> int:
        return int(np.flatnonzero(self.mask.any(axis=1))[-1])

    @property
    def height(self) -> int:
        return self.bottom - self.top + 1

    @cached_property
    def open_mask(self) -> NDArray[np.uint8]:
        """The mask with enclosed gaps (between sleeve and body, or between legs) cut open."""
        return _opened(self.mask, self.axis)

    @cached_property
    def right_half(self) -> Half:
        """The half at the right of the picture: the wearer's left."""
        return self._halves[0]

    @cached_property
    def left_half(self) -> Half:
        return self._halves[1]

    @cached_property
    def _halves(self) -> tuple[Half, Half]:
        contour = _contour(self.open_mask)
        x = contour[:, 0] - self.axis
        near = np.flatnonzero(np.abs(x) <= max(1.0, float(np.abs(x).min())))
        start = int(near[np.argmin(contour[near, 1])])
        rolled = np.roll(contour, -start, axis=0)
        end = int((near[np.argmax(contour[near, 1])] - start) % len(contour))
        one, other = rolled[: end + 1], np.vstack([rolled[end:], rolled[:1]])[::-1]
        if one[:, 0].mean() < other[:, 0].mean():
            one, other = other, one
        return Half.of(one, self.axis, 1), Half.of(other, self.axis, -1)


@dataclass(frozen=True)
class Half:
    """One half of the outline, from the top of the axis round the side to its bottom.

    `points` (N×2) are evenly spaced; x counts outward from the axis, whichever the side.
    """

    points: NDArray[np.float64]
    axis: float
    sign: int

    @classmethod
    def of(cls, chain: NDArray[np.floating], axis: float, sign: int) -> Half:
        outward = np.column_stack([(chain[:, 0] - axis) * sign, chain[:, 1]]).astype(np.float64)
        return cls(smoothed(resampled(outward, 1.0), 2.0), axis, sign)

    def mirrored(self) -> Half:
        """The same chain on the other side of the axis."""
        return Half(self.points, self.axis, -self.sign)

    def to_frame(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points of this half in the upright frame."""
        points = np.asarray(points, np.float64).reshape(-1, 2)
        return np.column_stack([points[:, 0] * self.sign + self.axis, points[:, 1]])

    def turning(self, reach: int) -> NDArray[np.float64]:
        """Degrees by which the outline turns at each point, seen over `reach` px on both sides.

        Positive where the cloth is convex, negative in a notch.
        """
        return turning(self.points, reach)


def upright(mask: Mask) -> Outline:
    """Stands the garment of `mask` (H×W alpha) upright. `GarmentNotFound` where it is empty."""
    solid = (mask > 127).astype(np.uint8)
    x, y, width, height = cv2.boundingRect(solid)
    if min(width, height) < 8:
        raise GarmentNotFound("The garment's mask is empty.", "Send a photo of one garment.")
    angle, middle, symmetry = _mirror_axis(solid, (x, y, width, height))
    matrix, size = _placement(solid, angle, middle)
    turned = cv2.warpAffine(solid * 255, matrix, size, flags=cv2.INTER_AREA)
    kept = _without_tail(_largest((turned > 127).astype(np.uint8)))
    axis = float((matrix @ np.array([*middle, 1.0]))[0])
    return Outline(kept, axis, matrix, symmetry)


def turning(points: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Degrees by which a chain turns at each point, seen over `reach` points on both sides.

    Positive to the right of the way (y counts downwards).
    """
    padded = np.pad(points, ((reach, reach), (0, 0)), mode="edge")
    before = points - padded[: len(points)]
    after = padded[2 * reach :] - points
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return np.asarray(np.degrees(np.arctan2(cross, (before * after).sum(axis=1))), np.float64)


def resampled(points: NDArray[np.floating], step: float) -> NDArray[np.float64]:
    """A polyline's points, evenly spaced about `step` px apart."""
    along = arc_length(points)
    count = max(round(float(along[-1]) / step) + 1, 2)
    return at_arc(points, np.linspace(0, along[-1], count))


def arc_length(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """The length of the way along a polyline up to each of its points."""
    steps = np.linalg.norm(np.diff(np.asarray(points, np.float64), axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def at_arc(points: NDArray[np.floating], along: NDArray[np.floating]) -> NDArray[np.float64]:
    """The points of a polyline at the given lengths of way."""
    return at_share(points, arc_length(points), along)


def at_share(
    points: NDArray[np.floating], known: NDArray[np.floating], wanted: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Points interpolated where a growing quantity, `known` at each of them, is `wanted`."""
    x, y = (np.interp(wanted, known, np.asarray(points)[:, i]) for i in (0, 1))
    return np.column_stack([x, y])


def smoothed(points: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """A polyline smoothed by a Gaussian of `sigma` points; its ends stay."""
    reach = min(int(3 * sigma), len(points) - 1)
    if reach < 1:
        return points
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    head = 2 * points[0] - points[reach:0:-1]
    tail = 2 * points[-1] - points[-2 : -reach - 2 : -1]
    longer = np.vstack([head, points, tail])
    return np.column_stack([np.convolve(longer[:, i], kernel, "valid") for i in (0, 1)])


def _mirror_axis(
    solid: NDArray[np.uint8], box: tuple[int, int, int, int]
) -> tuple[float, tuple[float, float], float]:
    """(tilt in degrees, a point on the axis in px, mirror IoU) by search on a small picture."""
    x, y, width, height = box
    scale = 72.0 / max(width, height)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    shrunk = cv2.resize(
        solid[y : y + height, x : x + width] * 255, size, interpolation=cv2.INTER_AREA
    )
    small = np.asarray(shrunk, np.uint8)
    best = (-1.0, 0.0, 0.0)
    for angle in np.arange(-LARGEST_TILT, LARGEST_TILT + 1, 2.0):
        overlap, shift = _mirror_overlap(small, float(angle))
        best = max(best, (overlap - 0.0008 * abs(float(angle)), float(angle), shift / scale))
    overlap, angle, shift = best
    turn = np.radians(angle)
    middle = (
        x + width / 2 + float(np.cos(turn)) * shift,
        y + height / 2 + float(np.sin(turn)) * shift,
    )
    return angle, middle, overlap


def _mirror_overlap(small: NDArray[np.uint8], angle: float) -> tuple[float, float]:
    """The best mirror IoU at this tilt and the axis's offset from the middle (px)."""
    side = 112
    middle = (small.shape[1] / 2 - 0.5, small.shape[0] / 2 - 0.5)
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, angle, 1.0), np.float64)
    matrix[:, 2] += side / 2 - 0.5 - np.asarray(middle)
    rows = (cv2.warpAffine(small, matrix, (side, side)) > 127).astype(np.float32)
    spectrum = np.fft.rfft(rows, 2 * side, axis=1)
    both = np.fft.irfft((spectrum * spectrum).sum(axis=0), 2 * side)
    # both[k]: pixels whose mirror image about x = k / 2 is in the garment as well.
    at = int(both.argmax())
    total = float(rows.sum())
    return float(both[at]) / max(2 * total - float(both[at]), 1.0), at / 2 - (side - 1) / 2


def _placement(
    solid: NDArray[np.uint8], angle: float, middle: tuple[float, float]
) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """The matrix into the upright frame, and its (width, height)."""
    outline = np.vstack([c[:, 0] for c in _external(solid)]).astype(np.float64)
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, angle, 1.0), np.float64)
    turned = outline @ matrix[:, :2].T + matrix[:, 2]
    low, high = turned.min(axis=0), turned.max(axis=0)
    scale = LONG_SIDE / float(max(high - low))
    matrix *= scale
    matrix[:, 2] += MARGIN - low * scale
    width, height = np.ceil((high - low) * scale).astype(int) + 2 * MARGIN
    return matrix, (int(width), int(height))


def _external(solid: NDArray[np.uint8]) -> list[NDArray[np.int32]]:
    found, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return [np.asarray(c, np.int32) for c in found]


def _largest(solid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    pieces = Pieces.of(solid, connectivity=4)
    if not len(pieces):
        raise GarmentNotFound("The garment's mask is empty.", "Send a photo of one garment.")
    return pieces.largest().astype(np.uint8)


def _without_tail(solid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The shape without the end of a tie that hangs down farther than its hem."""
    rows = np.flatnonzero(solid.any(axis=1))
    widest = TAIL * float(np.ptp(np.flatnonzero(solid.any(axis=0))))
    wide = np.flatnonzero(solid[rows].sum(axis=1) > widest)
    if not len(wide) or len(rows) - 1 - wide[-1] < LEAST_TAIL * len(rows):
        return solid
    cut = solid.copy()
    cut[rows[wide[-1]] + 1 :] = 0
    return _largest(cut)


def _contour(solid: NDArray[np.uint8]) -> NDArray[np.float64]:
    longest = max(_external(solid), key=len)
    return longest[:, 0].astype(np.float64)


def _opened(solid: NDArray[np.uint8], axis: float) -> NDArray[np.uint8]:
    """Cuts a slit from each enclosed gap to the outside below or beside it.

    A hole on the axis near the top is a neck opening seen through straps: it stays.
    """
    opened = solid.copy()
    pieces = Pieces.of(1 - solid, connectivity=4)
    outside = pieces.numbers == pieces.numbers[0, 0]
    ground = np.argwhere(outside)
    rows = np.flatnonzero(solid.any(axis=1))
    x, y, width, _ = pieces.boxes.T
    on_axis = (x <= axis) & (axis <= x + width)
    high = y < rows[0] + 0.35 * len(rows)
    gaps = (pieces.areas >= 0.002 * solid.sum()) & ~(on_axis & high)
    for number in np.flatnonzero(gaps & (pieces.counted(outside) == 0)) + 1:
        hole = np.argwhere(pieces.numbers == number)
        low = hole[hole[:, 0].argmax()]
        below = ground[ground[:, 0] >= low[0]]
        # Straight down rather than across a narrow sleeve.
        near = below[(((below - low) * [1, 4]) ** 2).sum(axis=1).argmin()]
        cv2.line(opened, (int(low[1]), int(low[0])), (int(near[1]), int(near[0])), 0, 2)
    return _largest(opened)
