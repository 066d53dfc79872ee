"""A skirt, or the skirt of a dress, as it lies flat: rows that follow waist and hem."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Floats
from deployments.types import Mask

ROWS, COLUMNS = 25, 49
MISSED = 0.08
"""How far off the outline a corner may lie, in lengths of the edge, for the edge to follow it."""
WAIST_LAID, HIPS_LAID = 1.06, 1.37
"""How wide a garment that fits lies flat at the waist and at the hips, in units of the body: half
of the way round, so more than the body looks wide."""
TRACING_SIDE = 640
"""Longest side of the mask in which the outline is traced."""
DETOUR = {"waist": 1.25, "side": 1.2, "hem": 1.6}
"""How much longer than a straight line each edge may be: what is longer went round something else,
such as a hanger or a sleeve that lies beside the skirt."""


@dataclass(frozen=True)
class Laid:
    """ROWS×COLUMNS points of the cloth in px of its picture, from the waist to the hem and from the
    picture's left to its right.

    Rows are even in the length of the cloth and columns in its width, also where a flared skirt is
    laid as a sector of a ring: its rows are arcs then.
    """

    points: Floats

    @property
    def length(self) -> float:
        """From the waist to the hem: the median over the columns."""
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=-1)
        return max(1.0, float(np.median(steps.sum(axis=0))))

    @property
    def widths(self) -> Floats:
        """The width of the cloth along each row (ROWS)."""
        steps = np.linalg.norm(np.diff(self.points, axis=1), axis=-1)
        return np.asarray(np.maximum(steps.sum(axis=1), 1.0), np.float32)

    def width_at(self, share: Floats) -> Floats:
        """The width at shares of the length, 0 at the waist and 1 at the hem."""
        return np.interp(share, np.linspace(0, 1, ROWS), self.widths).astype(np.float32)


def lay(
    mask: Mask, corners: Floats, *, straight_top: bool = False, top_edge: Floats | None = None
) -> Laid:
    """The cloth between four corners (4×2 px): the waist's left and right in the picture, the hem's
    right and left. The edges between them follow the mask's outline, the upper one `top_edge` where
    that is given."""
    edges = _edges(mask, corners)
    top, right, hem, left = edges if edges is not None else _straight_edges(corners)
    if straight_top:
        top = _line(corners[0], corners[1], len(top))
    if top_edge is not None:
        top = top_edge
    return Laid(_patch(top, hem[::-1], left[::-1], right))


def _edges(mask: Mask, corners: Floats) -> list[Floats] | None:
    """The outline between each corner and the next, None where it can't be followed."""
    scale = min(1.0, TRACING_SIDE / max(mask.shape))
    small = cv2.resize(mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    solid = (small > 127).astype(np.uint8)
    found, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not found:
        return None
    ring = (max(found, key=len)[:, 0].astype(np.float32) + 0.5) / scale - 0.5
    at = _indices(ring, corners)
    if not (np.diff(at) > 0).all():
        ring = ring[::-1]
        at = _indices(ring, corners)
    if not (np.diff(at) > 0).all():
        return None
    names = ("waist", "side", "hem", "side")
    ring = np.roll(ring, -int(at[0]), axis=0)
    stops = [*(at - at[0]), len(ring) - 1]
    edges = []
    for k, name in enumerate(names):
        start, end = corners[k], corners[(k + 1) % 4]
        edges.append(_followed(ring[int(stops[k]) : int(stops[k + 1]) + 1], start, end, name))
    return edges


def _indices(ring: Floats, corners: Floats) -> NDArray[np.int64]:
    """Where on the ring the corners lie, counted on from the first of them."""
    near = np.linalg.norm(ring[None] - corners[:, None], axis=-1).argmin(axis=1)
    onward = (near - near[0]) % len(ring)
    return np.asarray(near[0] + onward, np.int64)


def _followed(part: Floats, start: Floats, end: Floats, name: str) -> Floats:
    """A part of the outline, smoothed; a straight line where it makes a detour."""
    direct = max(1.0, float(np.linalg.norm(end - start)))
    if len(part) < 8:
        return _line(start, end, COLUMNS)
    even = curves.resample(part, COLUMNS)
    missed = max(float(np.linalg.norm(even[0] - start)), float(np.linalg.norm(even[-1] - end)))
    if missed > MISSED * direct or float(curves.lengths(even[::2])[-1]) > DETOUR[name] * direct:
        return _line(start, end, COLUMNS)
    smooth = curves.blurred(even, 1.2)
    smooth[0], smooth[-1] = start, end
    return smooth


def _straight_edges(corners: Floats) -> list[Floats]:
    return [_line(corners[k], corners[(k + 1) % 4], COLUMNS) for k in range(4)]


def _line(start: Floats, end: Floats, count: int) -> Floats:
    share = np.linspace(0, 1, count, dtype=np.float32)[:, None]
    return np.asarray(start * (1 - share) + end * share, np.float32)


def _patch(top: Floats, bottom: Floats, left: Floats, right: Floats) -> Floats:
    """The surface between four edges: each edge carried over to the opposite one.

    Coons, "Surfaces for Computer-Aided Design of Space Forms", 1967.
    """
    top, bottom = curves.resample(top, COLUMNS), curves.resample(bottom, COLUMNS)
    left, right = curves.resample(left, ROWS), curves.resample(right, ROWS)
    u = np.linspace(0, 1, COLUMNS, dtype=np.float32)[None, :, None]
    v = np.linspace(0, 1, ROWS, dtype=np.float32)[:, None, None]
    along = (1 - v) * top[None] + v * bottom[None]
    across = (1 - u) * left[:, None] + u * right[:, None]
    corners = (1 - v) * ((1 - u) * top[0] + u * top[-1]) + v * (
        (1 - u) * bottom[0] + u * bottom[-1]
    )
    return np.asarray(along + across - corners, np.float32)
