"""The garment laid flat: its measures and its mask."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import SIDES
from deployments.types import GarmentShape, Mask, Tube

SOFT_EDGE = 1.1
"""Sigma in px of a cut edge's blur, so that it is not sampled in stairs."""
TEETH = 0.015
"""Half widths of the chest: how large the teeth are that a rough ground such as a carpet leaves in
an outline. They are taken off before it is enlarged on a larger photo."""
INWARD, OUTWARD = 0.35, 0.12
"""Half widths of the chest: how far inside and outside of where a side is thought its edge is
looked for."""
LEAST_ARMHOLE = 0.65
SEAM_INSET = 0.05
"""Half widths of the chest by which a sleeve's cloth lies beyond the line that is thought to be its
seam: the real one is seldom straight, and specks of a body of another colour would line the sleeve.
"""
CUFF_SLANT = 1.5
"""How late a sleeve's ribs turn from facing each other squarely to the cuff's own direction: 1 is
all along the sleeve."""
HOOD_SIDES = 0.3
"""Half widths of the neck: how far a hood's sides stand up beside the neck; the rest of it hangs
behind."""
STRAIGHT = 0.84
"""Share of its greatest width that a roll collar, laid unrolled, has near its top; hoods have less.
"""
NAMES = {-1: "right", 1: "left"}
"""The wearer's right is at the left of the picture."""


@dataclass(frozen=True)
class Flat:
    """A top, or the upper part of a dress, in px of its picture."""

    shape: GarmentShape
    mask: Mask

    def mark(self, name: str) -> Floats:
        return np.array(self.shape.landmarks[name], np.float32)

    def _pair(self, name: str) -> dict[int, Floats]:
        return {side: self.mark(f"{name}_{NAMES[side]}") for side in SIDES}

    @property
    def necks(self) -> dict[int, Floats]:
        return self._pair("neck")

    @property
    def tips(self) -> dict[int, Floats]:
        return self._pair("shoulder")

    @property
    def armpits(self) -> dict[int, Floats]:
        """The armpits; without sleeves never nearer to the shoulder than an arm is thick, whatever
        was read from the outline."""
        found = self._pair("armpit")
        if self.sleeved:
            return found
        for side in SIDES:
            lowest = float(self.tips[side][1]) + LEAST_ARMHOLE * self.chest_half
            if found[side][1] < lowest:
                found[side] = self._at_cloth_edge(
                    np.array([found[side][0], lowest], np.float32), side
                )
        return found

    def _half(self, name: str) -> float:
        pair = self._pair(name)
        return max(float(pair[1][0] - pair[-1][0]) / 2, 1.0)

    @property
    def neck_half(self) -> float:
        return self._half("neck")

    @property
    def shoulder_half(self) -> float:
        return self._half("shoulder")

    @property
    def chest_half(self) -> float:
        return self._half("armpit")

    @property
    def sleeve(self) -> str:
        return self.shape.sleeve

    @property
    def sleeved(self) -> bool:
        return self.shape.sleeve != "none" and (
            self.shape.left_tube is not None or self.shape.right_tube is not None
        )

    @property
    def armhole_depth(self) -> float:
        return float(np.mean([self.armpits[side][1] - self.tips[side][1] for side in SIDES]))

    @property
    def armpit_depth(self) -> float:
        """From the neck's corners down to the armpits."""
        return float(np.mean([self.armpits[side][1] - self.necks[side][1] for side in SIDES]))

    @property
    def shoulder_seam(self) -> dict[int, float]:
        """Length of the seam from the collar to the shoulder's end."""
        return {s: float(np.linalg.norm(self.tips[s] - self.necks[s])) for s in SIDES}

    def strapped(self, side: int) -> bool:
        """Whether a strap is all that goes over the shoulder."""
        return self.shoulder_seam[side] < 0.2 * self.chest_half

    @property
    def length(self) -> float:
        """From the armpits to the hem."""
        return max(1.0, float(np.mean([self.row(1.0)[s][1] - self.row(0.0)[s][1] for s in SIDES])))

    @cached_property
    def _rows(self) -> dict[float, dict[int, Floats]]:
        """The rows that were asked for: each is, several times."""
        return {}

    def row(self, share: float) -> dict[int, Floats]:
        """Both side edges at a share of the length from the armpits (0) to the hem (1)."""
        share = float(share)
        if share not in self._rows:
            self._rows[share] = self._find_row(share)
        return self._rows[share]

    def _find_row(self, share: float) -> dict[int, Floats]:
        found = {}
        for side in SIDES:
            armpit = self.armpits[side]
            waist, hem = (self.mark(f"{name}_{NAMES[side]}") for name in ("waist", "hem"))
            knee = float(np.clip((waist[1] - armpit[1]) / max(hem[1] - armpit[1], 1e-3), 0.1, 0.9))
            x = np.interp(share, [0, knee, 1], [armpit[0], waist[0], hem[0]])
            y = np.interp(share, [0, 1], [armpit[1], hem[1]])
            point = np.array([x, y], np.float32)
            found[side] = self._at_cloth_edge(point, side) if share > 0.1 else point
        return found

    def _at_cloth_edge(self, point: Floats, side: int) -> Floats:
        """The point moved sideways onto the mask's edge, where that is near: a waist may be far
        narrower than armpits and hem let expect."""
        height, width = self.mask.shape
        y = int(np.clip(round(float(point[1])), 0, height - 1))
        inward, outward = int(INWARD * self.chest_half), int(OUTWARD * self.chest_half)
        x = np.clip(round(float(point[0])) + side * np.arange(-inward, outward + 1), 0, width - 1)
        cloth = self.mask[y, x] > 127
        first = int(np.argmax(cloth))
        if cloth[first:].all() or not cloth[: inward // 2].any():
            return point
        last = first + int(np.argmin(cloth[first:]))
        return np.array([x[max(last - 1, 0)], point[1]], np.float32)

    def half_width(self, side: int, share: float) -> float:
        row = self.row(share)
        del side
        return float(row[1][0] - row[-1][0]) / 2

    def seam_point(self, side: int, share: float) -> Floats:
        """A point of the shoulder seam, on the mask's upper edge where that is near."""
        point = self.necks[side] * (1 - share) + self.tips[side] * share
        x = int(np.clip(round(float(point[0])), 0, self.mask.shape[1] - 1))
        reach = int(0.3 * self.shoulder_seam[side]) + 2
        top = max(0, int(point[1]) - reach)
        column = self.mask[top : int(point[1]) + reach, x] > 127
        edge = top + int(np.argmax(column)) if column.any() and not column[0] else point[1]
        if edge > point[1] + 0.03 * self.chest_half:  # a bite taken out of a pale cloth's mask
            return point
        return np.array([point[0], edge], np.float32)

    @cached_property
    def neckline(self) -> Floats | None:
        """The front edge of the neck opening (N×2), from the left of the picture to the right.

        A label or a fold inside the opening dents what was traced, and openings are smooth and
        alike on both sides, except for wraps: so a smooth line is laid along it, outside of dents.
        """
        if self.hooded:
            return self._hood_opening()
        traced = None if self.shape.neckline is None else _between_corners(self.shape.neckline)
        if (traced is None or _depth(traced) < RIM) and self._folded_collar:
            return self._open_collar()
        if traced is None or len(traced) < 5 or self._is_rim(self.shape.neckline):
            return None
        return _evened(traced)

    @property
    def hooded(self) -> bool:
        """Whether what rises above the shoulders is a hood, which hangs behind the neck: it narrows
        towards its top, as a roll collar that lies unrolled does not."""
        if self.collar_height <= 0.5 * self.shoulder_half:
            return False
        foot = float(self.necks[-1][1] + self.necks[1][1]) / 2
        shares = (0.15, 0.3, 0.45, 0.6, 0.75, 0.9)
        rows = self.mask[[max(0, int(foot - share * self.collar_height)) for share in shares]]
        widths = (rows > 127).sum(axis=1)
        return bool(widths[-1] < STRAIGHT * widths.max())

    def _is_rim(self, line: Floats | None) -> bool:
        """Whether a traced line is the upper rim of a collar that stands up all round."""
        if line is None or self._folded_collar:
            return False
        ends = line[[0, -1]]
        return float(np.median(line[:, 1])) < float(ends[:, 1].min()) - 0.03 * self.chest_half

    @property
    def _folded_collar(self) -> bool:
        """A shirt's collar: lower than it is wide, with the inside of the back showing above."""
        return 0.15 * self.neck_half < self.collar_height < 1.1 * self.neck_half

    def _open_collar(self) -> Floats:
        """The opening of a shirt's collar: from its upper corners down to the front."""
        top = (self.necks[-1] + self.necks[1]) / 2 - np.array([0, self.collar_height], np.float32)
        across = np.linspace(-1, 1, 21, dtype=np.float32)
        x = top[0] + 0.8 * self.neck_half * across
        y = top[1] + 0.62 * self.collar_height * (1 - np.abs(across) ** 2.2)
        return np.stack([x, y], axis=-1).astype(np.float32)

    def _hood_opening(self) -> Floats:
        """Where the hood's two edges meet before the throat: narrower than the hood's foot, whose
        sides stand up beside the neck."""
        across = np.linspace(-1, 1, 21, dtype=np.float32)
        middle = (self.necks[-1] + self.necks[1]) / 2
        seen = (float(self.mark("neck_front")[1]) - float(middle[1])) / self.neck_half
        depth = float(np.clip(seen, 0.3, 0.6)) + HOOD_SIDES
        x = middle[0] + across * 0.72 * self.neck_half
        round_off = np.sqrt(np.clip(1 - across**2, 0, 1))
        y = middle[1] + (depth * round_off - HOOD_SIDES) * self.neck_half
        return np.stack([x, y], axis=-1).astype(np.float32)

    @property
    def neckline_points(self) -> list[Floats]:
        """Points of the neckline above the armpits' height; lower ones, and all between
        straps, go with the body's rows."""
        if self.neckline is None or self.strapped(1) or self.strapped(-1):
            return []
        lowest = float(self.armpits[1][1] + self.armpits[-1][1]) / 2 - 0.2 * self.chest_half
        return [point for point in curves.resample(self.neckline, 9)[1:-1] if point[1] < lowest]

    @property
    def collar_height(self) -> float:
        """How far the cloth reaches above the points where the collar meets the shoulders."""
        left, right = int(self.necks[-1][0]), int(self.necks[1][0])
        between = self.mask[:, max(left, 0) : max(right, left + 1)] > 127
        rows = np.nonzero(between.mean(axis=1) > 0.35)[0] if between.size else np.empty(0)
        top = float(rows[0]) if len(rows) else float(self.necks[1][1])
        return max(0.0, float(self.necks[-1][1] + self.necks[1][1]) / 2 - top)

    @property
    def collar_points(self) -> list[Floats]:
        """The upper corners of a collar that stands up."""
        height = self.collar_height
        if height < 0.12 * self.neck_half or (
            self.neckline is not None and not self._folded_collar
        ):
            return []
        y = float(self.necks[-1][1] + self.necks[1][1]) / 2 - 0.9 * height
        row = np.nonzero(self.mask[int(np.clip(y, 0, len(self.mask) - 1))] > 127)[0]
        if len(row) < 2:
            return []
        return [np.array([row[0], y], np.float32), np.array([row[-1], y], np.float32)]

    @cached_property
    def sources(self) -> dict[int, int]:
        """By side, whose sleeve is worn there. Where one was traced much shorter than the other, or
        not at all, being folded or cut off by the picture, the other one is worn on both arms."""
        found = {-1: self.shape.right_tube, 1: self.shape.left_tube}
        length = {s: 0.0 if t is None else _tube_length(t) for s, t in found.items()}
        longer = 1 if length[1] >= length[-1] else -1
        short = length[-longer] < 0.8 * length[longer]
        return {longer: longer, -longer: longer if short else -longer}

    def tube(self, side: int) -> Tube | None:
        """The sleeve that is worn on a side, where it lies in the picture."""
        left = self.sources[side] == 1
        return self.shape.left_tube if left else self.shape.right_tube

    def sleeve_edges(self, side: int, ribs: int) -> tuple[Floats, Floats] | None:
        """The outer and the inner edge of a sleeve (each ribs×2), from the armhole to the cuff."""
        tube, source = self.tube(side), self.sources[side]
        if tube is None or not self.sleeved:
            return None
        along = curves.tangents(tube.centre)
        outward = np.stack([source * along[:, 1], -source * along[:, 0]], axis=-1)
        edges = []
        for sign, corner in ((1, self.tips[source]), (-1, self.armpits[source])):
            edge = tube.centre + sign * outward * tube.half_width[:, None]
            share = np.linspace(0, 1, len(edge))[:, None]
            edge = edge + (corner - edge[0]) * np.clip(1 - share / 0.35, 0, 1) ** 1.5
            if tube.cuff is not None:
                edge = edge + (tube.cuff[(1 - sign) // 2] - edge[-1]) * share**CUFF_SLANT
            edge = self._beyond_the_seam(edge, source)
            index = np.linspace(0, len(edge) - 1, ribs)
            even = [np.interp(index, np.arange(len(edge)), edge[:, k]) for k in (0, 1)]
            edges.append(np.stack(even, axis=-1).astype(np.float32))
        return edges[0], edges[1]

    def _beyond_the_seam(self, edge: Floats, side: int) -> Floats:
        """A sleeve's edge (N×2), moved off the body where it lies on it or beside the seam."""
        tip, seam = self.tips[side], self.armpits[side] - self.tips[side]
        long = max(float(np.linalg.norm(seam)), 1.0)
        outwards = np.array([side * seam[1], -side * seam[0]], np.float32) / long
        beside = (edge - tip) @ seam / long**2
        missing = SEAM_INSET * self.chest_half - (edge - tip) @ outwards
        missing = np.where((beside > -0.1) & (beside < 1.1), np.maximum(missing, 0), 0)
        return np.asarray(edge + missing[:, None] * outwards, np.float32)

    def sleeve_length(self, side: int, *, outer: bool = True) -> float:
        edges = self.sleeve_edges(side, 12)
        return 0.0 if edges is None else float(curves.lengths(edges[0 if outer else 1])[-1])

    def sleeve_width(self, side: int, ribs: int) -> Floats:
        tube = self.tube(side)
        if tube is None:
            return np.zeros(ribs, np.float32)
        index = np.linspace(0, len(tube.half_width) - 1, ribs)
        return np.interp(index, np.arange(len(tube.half_width)), 2 * tube.half_width).astype(
            np.float32
        )


def _tube_length(tube: Tube) -> float:
    return float(curves.lengths(tube.centre.astype(np.float32))[-1])


def torso_mask(flat: Flat, underlap: float = 0.09) -> Mask:
    """The garment's mask without the sleeves and the inside of the back.

    A strip of each sleeve, `underlap` of the chest wide, is left on, so that nothing shows through
    the armhole.
    """
    smooth = cv2.GaussianBlur(flat.mask, (0, 0), max(SOFT_EDGE, TEETH * flat.chest_half))
    mask = np.asarray(cv2.threshold(smooth, 127, 255, cv2.THRESH_BINARY)[1], np.uint8)
    _close_shoulders(mask, flat)
    if flat.sleeved:
        inside = np.zeros_like(mask)
        outline = np.round(_torso_polygon(flat, underlap * flat.chest_half)).astype(np.int32)
        cv2.fillPoly(inside, [outline], (255,))
        mask = np.minimum(mask, inside)
    if flat.neckline is not None:
        _cut_opening(mask, flat.neckline, flat.neck_half, hooded=flat.hooded)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), SOFT_EDGE), np.uint8)


def _close_shoulders(mask: Mask, flat: Flat) -> None:
    """Fill what lies right under the straight line of a shoulder: a pale cloth on a pale ground has
    bites in its mask there, and no garment has."""
    for side in SIDES:
        if not flat.strapped(side):
            neck, tip = flat.necks[side], flat.tips[side]
            inwards = np.array([-0.03 * side, 0.12], np.float32) * flat.chest_half
            band = np.array([neck, tip, tip + inwards, neck + inwards])
            cv2.fillPoly(mask, [np.round(band).astype(np.int32)], (255,))


def _torso_polygon(flat: Flat, underlap: float) -> Floats:
    sides = {}
    for side in SIDES:
        away = np.array([side, 0], np.float32)
        tip = flat.tips[side] + underlap * away
        top = np.array([tip[0], 0], np.float32)
        armpit = flat.armpits[side] + 0.5 * underlap * away
        rows = [
            flat.row(share)[side] + 0.25 * underlap * away
            for share in np.linspace(0.12, 1, 8, dtype=np.float32)
        ]
        bottom = rows[-1] + np.array([0, 0.5 * flat.chest_half], np.float32)
        sides[side] = [top, tip, armpit, *rows, bottom]
    return np.array(sides[-1] + sides[1][::-1], np.float32)


def _cut_opening(mask: Mask, line: Floats, half: float, *, hooded: bool) -> None:
    """Take away what the neckline encloses above it, with a margin: what little it may have missed
    of the inside of the back would show as a dark rim. Of a hood all goes."""
    corners = [line[-1], line[0]]
    wide = 0.9 * half if hooded else 0.0
    rise = 0.3 * wide
    above = [
        corners[0] + (wide, -rise),
        (corners[0][0] + 3 * wide, 0),
        (corners[1][0] - 3 * wide, 0),
        corners[1] + (-wide, -rise),
    ]
    outline = np.round(np.concatenate([line, np.array(above)])).astype(np.int32)
    cv2.fillPoly(mask, [outline], (0,))
    margin = max(1, round(0.012 * half)) * 2 + 1
    cv2.polylines(mask, [np.round(line[1:-1]).astype(np.int32)], False, (0,), margin)


RIM = 0.25
"""Half widths of the neck: what was traced less deep is the rim of a collar."""


def _between_corners(line: Floats) -> Floats:
    """A traced neckline without the sides of a collar that lead up to it."""
    third = max(1, len(line) // 3)
    start = int(np.argmin(line[:third, 1]))
    end = len(line) - third + int(np.argmin(line[-third:, 1]))
    part = line[start : end + 1].astype(np.float32)
    return part if part[0, 0] <= part[-1, 0] else part[::-1]


def _depth(line: Floats) -> float:
    """How deep a neckline is, in half widths of its opening."""
    half = max(float(np.linalg.norm(line[-1] - line[0])) / 2, 1.0)
    return float(np.percentile(line[:, 1], 90) - line[[0, -1], 1].mean()) / half


def _evened(line: Floats) -> Floats:
    """A smooth line (41×2) along a traced neckline, from its first point to its last.

    It is a short series of cosines in polar coordinates round the middle between the ends; the odd
    terms are there only where the two sides are truly unlike.
    """
    ends = line[[0, -1]].astype(np.float64)
    middle, half = ends.mean(axis=0), float(np.linalg.norm(ends[1] - ends[0])) / 2
    across = (ends[1] - ends[0]) / (2 * half)
    away = (curves.resample(line, 61) - middle) / half
    down = away @ np.array([-across[1], across[0]])
    angle = np.arctan2(away @ across, np.maximum(down, 0))
    radius = np.hypot(away @ across, np.maximum(down, 0))
    order = np.argsort(angle, kind="stable")
    mirrored = np.interp(-angle, angle[order], radius[order])
    unlike = float(np.median(np.abs(radius - mirrored)))
    fit = _fitted_radius(angle, radius, odd=unlike > UNLIKE)
    place = np.linspace(-np.pi / 2, np.pi / 2, 41)
    reach = _terms(place, odd=len(fit) > TERMS) @ fit
    spread = np.stack([np.sin(place), np.cos(place)], axis=-1) * np.maximum(reach, 0.02)[:, None]
    points = middle + half * (spread @ np.stack([across, [-across[1], across[0]]]))
    points[[0, -1]] = ends
    return _without_dents(points.astype(np.float32))


def _without_dents(line: Floats) -> Floats:
    """The line, bridged where it turns back towards the neck."""
    kept = np.sort(cv2.convexHull(line, returnPoints=False)[:, 0])
    return curves.resample(line[kept], len(line))


TERMS = 5
UNLIKE = 0.12
"""Half widths of the neck by which the two sides of an opening may differ and still be alike."""


def _terms(angle: NDArray[np.float64], *, odd: bool) -> NDArray[np.float64]:
    """Even terms, the last one for the point of a V; then odd ones."""
    terms = [np.cos(2 * k * angle) for k in range(TERMS - 1)]
    terms.append(np.exp(-np.abs(angle) / 0.35))
    if odd:
        terms += [np.sin(2 * k * angle) for k in range(1, 4)]
    return np.stack(terms, axis=-1)


def _fitted_radius(
    angle: NDArray[np.float64], radius: NDArray[np.float64], *, odd: bool
) -> NDArray[np.float64]:
    """The coefficients: what lies inside of the line counts little, being a dent."""
    terms = _terms(np.concatenate([angle, [-np.pi / 2, np.pi / 2]]), odd=odd)
    wanted = np.concatenate([radius, [1.0, 1.0]])
    weights = np.ones(len(wanted))
    for _ in range(6):
        weights[-2:] = 30.0
        rows = np.sqrt(weights)[:, None]
        ridge = 0.15 * np.eye(terms.shape[1])
        ridge[0, 0] = 0
        ridge[TERMS - 1, TERMS - 1] = 0.02  # or the point of a V would be rounded off
        system = (terms * rows).T @ (terms * rows) + ridge
        found = np.linalg.solve(system, (terms * rows).T @ (wanted * rows[:, 0]))
        miss = wanted - terms @ found
        weights = 1 / (1 + (np.abs(miss) / np.where(miss < 0, 0.04, 0.12)) ** 2)
    return np.asarray(found, np.float64)
