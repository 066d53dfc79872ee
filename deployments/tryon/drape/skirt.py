"""Skirts, and the skirts of dresses: cloth that hangs from the waist and folds as it falls."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import SIDES, Body
from deployments.tryon.drape.box import bounds
from deployments.tryon.drape.fall import FallLine
from deployments.tryon.drape.laid import COLUMNS, HIPS_LAID, ROWS, WAIST_LAID, Laid
from deployments.tryon.drape.plan import WRAP
from deployments.tryon.drape.raster import draw_mesh, draw_outline, enlarged
from deployments.tryon.drape.scene import Scene
from deployments.tryon.drape.warp import Cloth, sample
from deployments.types import Image

RIBS, WORN_COLUMNS = 18, 15
STANDS_OFF = 0.5
"""How much of its width beyond the hips a flared skirt shows: the rest goes into its folds."""
STEEPEST = 0.3
"""How much a flared skirt's side moves outwards for each px that it falls."""
HEM_DIP = 0.05
"""How much lower the hem's middle looks than its sides, in hem widths: it is seen from above."""


@dataclass(frozen=True)
class Hanging:
    """A skirt as worn."""

    levels: Floats
    """RIBS levels of the fall line, from the waist to the hem."""
    halves: dict[int, Floats]
    """By side, how far the cloth hangs from the line (RIBS)."""
    fullness: Floats
    """How much wider the cloth is than it hangs (RIBS): what is beyond 1 makes the folds."""

    def points(self, line: FallLine, columns: Floats, stretch: float = 1.0) -> Floats:
        """RIBS×C×2: places across at -1 to 1, the hem dipping in the middle."""
        halves = np.where(columns[None] < 0, self.halves[-1][:, None], self.halves[1][:, None])
        share = np.linspace(0, 1, len(self.levels), dtype=np.float32)[:, None]
        width = self.halves[-1] + self.halves[1]
        dip = HEM_DIP * width[:, None] * share * np.clip(1 - columns[None] ** 2, -0.6, 1)
        level = self.levels[:, None] * stretch + dip
        return line.points((columns[None] * halves).astype(np.float32), level.astype(np.float32))


def hang(body: Body, line: FallLine, laid: Laid, waist: float) -> Hanging:
    """How a skirt hangs whose waistband lies at the level `waist`."""
    snug = _snug(line, np.array([waist], np.float32))
    across = float(snug[-1][0] + snug[1][0]) / float(laid.widths[0])
    length = laid.length * _length_scale(body, laid, waist)
    return hung(body, line, laid, hem_levels(body, line, waist, length), across)


def hem_levels(body: Body, line: FallLine, waist: float, length: float) -> Floats:
    """The levels of the ribs; the hem is never above the thighs nor below the ankles."""
    lowest = max(0.985 * line.length, waist + 1)
    hem = float(np.clip(waist + length, min(body.frame.hips + 0.3 * body.unit, lowest), lowest))
    return np.linspace(waist, hem, RIBS, dtype=np.float32)


def _length_scale(body: Body, laid: Laid, waist: float) -> float:
    """Px of the reduced grid for one of the picture's along the cloth: a gathered waist is too
    narrow for the waist alone to tell, and a flared skirt too wide for the hips alone."""
    by_waist = WAIST_LAID * body.unit / float(laid.widths[0])
    drop = max(body.frame.hips - waist, 0.1 * body.unit)
    share = np.array([min(1.0, drop / (by_waist * laid.length))], np.float32)
    by_hips = HIPS_LAID * body.unit / float(laid.width_at(share)[0])
    return float(np.sqrt(by_waist * np.clip(by_hips, 0.65 * by_waist, 1.1 * by_waist)))


def hung(
    body: Body,
    line: FallLine,
    laid: Laid,
    levels: Floats,
    across: float,
    start: dict[int, float] | None = None,
) -> Hanging:
    """The same between given levels; `across` is the scale of the cloth's looked width, `start` how
    far it hangs from the line at the first level."""
    share = np.linspace(0, 1, len(levels), dtype=np.float32)
    cloth = 0.5 * across * laid.width_at(share)
    snug = _snug(line, levels)
    hips = _snug(line, np.array([body.frame.hips], np.float32))
    below = np.clip((levels - body.frame.hips) / (0.5 * body.unit), 0, 1)
    halves = {}
    for side in SIDES:
        base = np.where(levels > body.frame.hips, hips[side][0], snug[side])
        flared = base + STANDS_OFF * np.maximum(cloth - base, 0)
        first = base[0] if start is None else max(start[side], base[0])
        steepest = first + STEEPEST * (levels - levels[0]) + np.maximum(base - base[0], 0)
        wide = np.where(cloth > base, np.minimum(flared, steepest), np.maximum(cloth, 0.8 * base))
        least = snug[side] * (1.0 + 0.02 * below)
        half = np.maximum(wide, least).astype(np.float32)
        half[0] = first
        halves[side] = _falling(half, levels, body)
    fullness = 2 * cloth / np.maximum(halves[-1] + halves[1], 1e-3)
    return Hanging(levels, halves, np.maximum(fullness, 1.0).astype(np.float32))


def _snug(line: FallLine, level: Floats) -> dict[int, Floats]:
    return {side: 1.02 * line.half_width(side, level) for side in SIDES}


def _falling(halves: Floats, levels: Floats, body: Body) -> Floats:
    """Cloth does not cling under the hips nor between the knees: no quick turn inwards."""
    step = float(levels[1] - levels[0])
    steady = halves.copy()
    for index in range(1, len(halves)):
        if levels[index] > body.frame.hips:
            steady[index] = max(steady[index], steady[index - 1] - 0.12 * step)
    return curves.blurred(steady, 1.2)


def skirt_cloth(
    scene: Scene, line: FallLine, hanging: Hanging, laid: Laid, colours: Image
) -> tuple[Cloth, Floats]:
    """The skirt sampled on the body, its folds shaded, and h×w×2 places across and along it."""
    places = _places(scene, line, hanging)
    across, along = places[..., 0], places[..., 1]
    folds = Folds.of(hanging)
    hem = folds.hem(across)
    share = np.clip(along / hem, 0, 1).astype(np.float32)
    laid_across, light = folds(across, share)
    flow = _looked_up(laid.points, laid_across, share)
    cover = _cover(scene, line, hanging, folds)
    cloth = sample(scene, flow, colours, None, cover)
    return _lit(scene, cloth, light), places


def _places(scene: Scene, line: FallLine, hanging: Hanging) -> Floats:
    """h×w×2: the place across the hanging cloth and along it, a little beyond its edges."""
    columns = np.linspace(-1.15, 1.15, WORN_COLUMNS, dtype=np.float32)
    worn = hanging.points(line, columns)
    before, after = 2 * worn[:1] - worn[1:2], 2 * worn[-1:] - worn[-2:-1]
    step = 1 / (RIBS - 1)
    along = np.linspace(-step, 1 + step, RIBS + 2, dtype=np.float32)
    values = np.stack(np.meshgrid(columns, along), axis=-1).astype(np.float32)
    return draw_mesh(np.concatenate([before, worn, after]), values, *scene.size)[0]


@dataclass(frozen=True)
class Folds:
    """Soft folds that grow from the hips to the hem: a warp of the places across, in which every
    thread keeps its order."""

    depth: Floats
    """By rib, from 0 to 1."""
    count: float
    """Folds across the front."""

    @classmethod
    def of(cls, hanging: Hanging) -> Folds:
        share = np.linspace(0, 1, len(hanging.fullness))
        grown = np.clip((share - 0.12) / 0.5, 0, 1) ** 1.2
        depth = np.clip(1.5 * (hanging.fullness - 1), 0, 0.85) * grown
        return cls(depth.astype(np.float32), float(np.clip(2.2 + 2 * hanging.fullness[-1], 3, 6)))

    def _waves(self, across: Floats) -> tuple[Floats, Floats]:
        """A wave of uneven folds over the places across and its slope, both from -1 to 1."""
        turn = 2 * np.pi * self.count / 2
        slow, fast = turn * across + 0.9, 1.73 * turn * across + 2.1
        wave = 0.68 * np.sin(slow) + 0.32 * np.sin(fast) / 1.73
        slope = 0.68 * np.cos(slow) + 0.32 * np.cos(fast)
        return np.asarray(wave / turn, np.float32), np.asarray(slope, np.float32)

    def __call__(self, across: Floats, share: Floats) -> tuple[Floats, Floats]:
        """Where the cloth seen at a place lies across the flat cloth (-1 to 1), and its light."""
        held = np.clip(across, -1, 1)
        turned = np.arcsin(WRAP * held) / np.arcsin(WRAP)
        depth = np.interp(share, np.linspace(0, 1, len(self.depth)), self.depth)
        wave, slope = self._waves(turned)
        fade = np.clip((1 - np.abs(held)) / 0.15, 0, 1)
        laid = turned + depth * fade * wave * 0.9
        light = 1 - depth * (0.17 * slope + 0.1 * wave * np.pi * self.count)
        return np.asarray(np.clip(laid, -1, 1), np.float32), np.asarray(light, np.float32)

    def hem(self, across: Floats) -> Floats:
        """Where along the cloth the hem is: folds that stand out hang a little lower."""
        _, slope = self._waves(np.clip(across, -1, 1))
        return np.asarray(1 - 0.03 * self.depth[-1] * (0.5 + 0.5 * slope), np.float32)


def _looked_up(table: Floats, across: Floats, along: Floats) -> Floats:
    """Values of a ROWS×COLUMNS table at places across (-1 to 1) and along (0 to 1)."""
    x = np.asarray((across + 1) / 2 * (COLUMNS - 1), np.float32)
    y = np.asarray(along * (ROWS - 1), np.float32)
    found = cv2.remap(table, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def _cover(scene: Scene, line: FallLine, hanging: Hanging, folds: Folds) -> Floats:
    """The outline of the hanging cloth, filled, at the photo's full size."""
    columns = np.linspace(-1, 1, 81, dtype=np.float32)
    worn = hanging.points(line, columns)
    share = folds.hem(columns)[:, None]
    hem = worn[-1] + (1 - share) * (worn[0] - worn[-1])
    left, right = (worn[:, k] for k in (0, -1))
    outline = np.concatenate([worn[0], right[1:-1], hem[::-1], left[1:-1][::-1]])
    return draw_outline(scene.to_photo(outline.astype(np.float32)), *scene.full_size)


def _lit(scene: Scene, cloth: Cloth, light: Floats) -> Cloth:
    """The cloth times factors of the reduced grid."""
    window = bounds(cloth.alpha)
    if window is None:
        return cloth
    lit = cloth.colour[window] * enlarged(light, scene.full_size, window)[..., None]
    colour = np.zeros_like(cloth.colour)
    colour[window] = np.minimum(lit, 255)
    return Cloth(colour, cloth.alpha, cloth.flow)
