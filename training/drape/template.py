"""Plain garments drawn flat for one body: outline, landmarks and sleeves, without any colour.

What somebody wears is unwarped onto such a garment, so its length, its sleeves and its neckline
are read off the parse map, and its widths off the body.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import ARMPIT_DROP, SIDES, Body
from deployments.tryon.drape.flat import NAMES
from deployments.tryon.drape.hem import find_old_hem
from deployments.tryon.drape.legs import measure_legs
from deployments.tryon.drape.limb import Limb
from deployments.tryon.drape.lower import CROTCH_DROP
from deployments.tryon.drape.scene import BOTTOMS, HEAD, TOPS, Scene
from deployments.types import Category, GarmentKind, GarmentShape, Label, Mask, Sleeve, Tube

BORDER = 0.25
"""Empty ground round the garment, in units."""
RIBS = 12


@dataclass(frozen=True)
class Template:
    """A garment laid flat: what the engine is told of it, and its mask (H×W, 0 or 255)."""

    shape: GarmentShape
    mask: Mask
    zoom: float
    """Px of its picture for one of the photo."""


@dataclass(frozen=True)
class Paper:
    """What a garment is drawn on."""

    magnification: float
    """Px of the photo for one of the reduced grid."""
    unit: float
    """The body's unit on the reduced grid."""
    side: int
    """Px of the longer side at least."""


@dataclass(frozen=True)
class Sheet:
    """Outlines in px of the reduced grid with the origin between the shoulders, and the size of the
    picture that they are drawn in."""

    marks: dict[str, tuple[float, float]]
    outlines: list[Floats]
    tubes: dict[int, Tube | None]
    neckline: Floats | None = None


def worn_labels(category: Category) -> tuple[Label, ...]:
    """What of the parse map belongs to a garment of this category."""
    if category == "lower":
        return BOTTOMS
    return (
        (Label.UPPER_CLOTHES, Label.COAT, Label.DRESS)
        if category == "upper"
        else (
            *TOPS,
            *BOTTOMS,
        )
    )


def draw_upper(scene: Scene, body: Body, category: Category, side: int = 0) -> Template:
    """A top or a dress like the one that is worn, its picture's longer side at least `side` px."""
    unit, worn = body.unit, scene.marked(*worn_labels(category))
    chest = _chest(body)
    sleeve = _sleeve_share(scene, body)
    drop = 0.10 * unit
    armpit = drop + 0.43 * unit
    length = _length(scene, body, worn, category)
    apart = float(np.linalg.norm(body.shoulders[1] - body.shoulders[-1])) / 2
    tip = 1.1 * max(apart, 0.42 * unit) if sleeve > 0 else 0.86 * max(apart, 0.42 * unit)
    neck = min(0.25 * unit, 0.75 * tip)
    below = ARMPIT_DROP * unit
    marks = _mirrored(
        {
            "neck": (neck, 0.0),
            "shoulder": (tip, drop),
            "armpit": (1.116 * chest, armpit),
            "waist": (_width(body, worn, below + 0.5 * length, chest), armpit + 0.5 * length),
            "hem": (_width(body, worn, below + 0.97 * length, chest), armpit + length),
        }
    )
    depth = _neck_depth(scene, body, worn)
    marks["neck_front"] = (0.0, depth)
    across = np.linspace(-1, 1, 25, dtype=np.float32)
    neckline = np.stack([neck * across, depth * (1 - np.abs(across) ** 1.8)], axis=-1)
    tubes: dict[int, Tube | None] = {
        side: _sleeve(body, side, sleeve, marks) if sleeve > 0 else None for side in SIDES
    }
    outlines = [_torso_outline(marks, neckline)]
    outlines += [_tube_outline(tube) for tube in tubes.values() if tube is not None]
    kind: GarmentKind = "dress" if category == "dress" else "top"
    reach: Sleeve = "none" if sleeve == 0 else "long" if sleeve > 0.88 else "short"
    sheet = Sheet(marks, outlines, tubes, neckline.astype(np.float32))
    return _drawn(sheet, category, kind, reach, Paper(scene.magnification, unit, side))


def draw_lower(scene: Scene, body: Body, side: int = 0) -> Template:
    """Trousers, shorts or a skirt like those that are worn, drawn as `draw_upper` does."""
    hips = body.frame.hips
    half = float(np.mean([body.half_width(s, np.array([hips]))[0] for s in SIDES]))
    marks = _mirrored({"waist": (0.94 * half, 0.72 * hips), "hip": (1.04 * half, hips)})
    if scene.marked(Label.SKIRT).sum() > scene.marked(Label.PANTS).sum():
        kind: GarmentKind = "skirt"
        sheet = _skirt(scene, body, marks, half)
    else:
        sheet, kind = _legs(scene, body, marks, 1.04 * half)
    return _drawn(sheet, "lower", kind, "none", Paper(scene.magnification, body.unit, side))


def _mirrored(points: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    return {
        f"{name}_{NAMES[side]}": (side * x, y) for name, (x, y) in points.items() for side in SIDES
    }


def _skirt(scene: Scene, body: Body, marks: dict[str, tuple[float, float]], half: float) -> Sheet:
    worn = scene.marked(*BOTTOMS)
    low = _lowest(body, worn, 2.9 * body.frame.hips)
    marks |= _mirrored({"hem": (_width(body, worn, low - 0.06 * body.unit, half), low)})
    order = ("waist_right", "waist_left", "hip_left", "hem_left", "hem_right", "hip_right")
    return Sheet(
        marks, [np.array([marks[name] for name in order], np.float32)], {-1: None, 1: None}
    )


def _legs(
    scene: Scene, body: Body, marks: dict[str, tuple[float, float]], hip: float
) -> tuple[Sheet, GarmentKind]:
    legs = measure_legs(scene, body)
    share = float(np.mean([_covered_share(scene, legs[s], BOTTOMS) for s in SIDES]))
    kind: GarmentKind = "trousers" if share > 0.66 else "shorts"
    crotch = body.frame.hips + CROTCH_DROP * body.unit
    low = body.frame.hips + max(share, 0.3) * legs[1].length
    marks |= {"crotch": (0.0, crotch)}
    seat = ("waist_right", "waist_left", "hip_left")
    corners = [marks[name] for name in seat]
    corners += [(hip, crotch), (0.0, crotch + 1), (-hip, crotch), marks["hip_right"]]
    outlines, tubes = [np.array(corners, np.float32)], {}
    for side in SIDES:
        tube = _leg_tube(side, hip, crotch, low, kind)
        (x, y), width = tube.centre[-1], float(tube.half_width[-1])
        marks[f"hem_{NAMES[side]}"] = (float(x) + side * width, float(y))
        marks[f"hem_{NAMES[side]}_inner"] = (float(x) - side * width, float(y))
        tubes[side] = tube
        outlines.append(_tube_outline(tube))
    return Sheet(marks, outlines, dict(tubes)), kind


def _chest(body: Body) -> float:
    below = np.array([ARMPIT_DROP * body.unit], np.float32)
    return float(np.mean([body.half_width(side, below)[0] for side in SIDES]))


def _length(scene: Scene, body: Body, worn: Bools, category: Category) -> float:
    """From the armpits to the hem."""
    old = find_old_hem(scene, body) if category == "upper" else None
    if old is not None:
        return max(1.02 * (old.below - ARMPIT_DROP * body.unit), 0.4 * body.unit)
    return max(_lowest(body, worn, 3.0 * body.frame.hips) - ARMPIT_DROP * body.unit, body.unit)


def _lowest(body: Body, worn: Bools, reach: float) -> float:
    """How far below the shoulders a garment is seen, near the spine."""
    below = np.arange(0.4 * body.unit, reach, 1.0, dtype=np.float32)
    lateral = np.linspace(-0.4, 0.4, 17, dtype=np.float32) * body.unit
    seen = _look(
        worn, body.frame.points(lateral[:, None] + 0 * below, below + 0 * lateral[:, None])
    )
    rows = np.flatnonzero(seen.mean(axis=0) > 0.3)
    return float(below[rows[-1]]) if len(rows) else 1.6 * body.frame.hips


def _width(body: Body, worn: Bools, below: float, chest: float) -> float:
    """Half of the garment's width at a level, laid flat."""
    lateral = np.arange(0, 2.0 * body.unit, 1.0, dtype=np.float32)
    halves = []
    for side in SIDES:
        row = body.frame.points(side * lateral, np.full_like(lateral, below))
        seen = _look(worn, row)
        halves.append(float(np.argmin(seen)) if seen[:3].any() and not seen.all() else chest)
    return float(np.clip(np.mean(halves) / 0.93, 0.8 * chest, 2.4 * chest))


def _look(mask: Bools, points: Floats) -> Bools:
    height, width = mask.shape
    x, y = np.round(points[..., 0]).astype(int), np.round(points[..., 1]).astype(int)
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    return np.asarray(mask[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)] & inside)


def _covered_share(scene: Scene, limb: Limb, labels: tuple[Label, ...]) -> float:
    """How far down a limb the garment reaches, as a share of its length."""
    seen = _look(scene.marked(*labels), limb.path).astype(np.float32)
    so_far = np.cumsum(seen) / np.arange(1, len(seen) + 1)
    reached = np.flatnonzero((so_far > 0.7) & (seen > 0))
    return float(reached[-1] + 1) / len(seen) if len(reached) else 0.0


def _sleeve_share(scene: Scene, body: Body) -> float:
    """The same for the sleeves; 0 without any."""
    share = float(np.mean([_covered_share(scene, body.arms[side], TOPS) for side in SIDES]))
    return share if share > 0.12 else 0.0


def _neck_depth(scene: Scene, body: Body, worn: Bools) -> float:
    """How far the front neckline lies below the collar's corners."""
    below = np.arange(-0.35 * body.unit, 0.7 * body.unit, 1.0, dtype=np.float32)
    points = body.frame.points(np.zeros_like(below), below)
    first = np.flatnonzero(_look(worn, points))
    if not len(first) or _look(scene.marked(*HEAD), points[first[0] - 2 : first[0] - 1]).any():
        return 0.16 * body.unit
    return float(np.clip(below[first[0]] + 0.22 * body.unit, 0.04 * body.unit, 0.75 * body.unit))


def _sleeve(body: Body, side: int, share: float, marks: dict[str, tuple[float, float]]) -> Tube:
    """A sleeve as long as what covers `share` of the arm."""
    tip, armpit = (np.array(marks[f"{name}_{NAMES[side]}"]) for name in ("shoulder", "armpit"))
    along = curves.lengths(body.edges[side])
    start = float(np.interp(0.02 * body.unit, body.stations[side], along))
    end = float(np.interp(share * body.arms[side].length, body.stations[side], along))
    length = max(end - start, 0.15 * body.unit)
    away = np.array([side * np.sin(0.72), np.cos(0.72)])
    first = (tip + armpit) / 2
    centre = first + np.linspace(0, 1, RIBS)[:, None] * away * length
    cuff = 0.13 if share > 0.6 else 0.165
    half = np.interp(np.linspace(0, 1, RIBS), [0, 0.25, 1], [0.215, 0.19, cuff]) * body.unit
    return Tube(centre.astype(np.float32), half.astype(np.float32))


def _leg_tube(side: int, hip: float, crotch: float, low: float, kind: str) -> Tube:
    cuff = 0.62 * hip * 0.55 if kind == "trousers" else 0.48 * hip
    half = np.linspace(0.49 * hip, cuff, RIBS, dtype=np.float32)
    x = np.linspace(0.51 * hip, 0.6 * hip, RIBS)
    centre = np.stack([side * x, np.linspace(crotch, low, RIBS)], axis=-1)
    return Tube(centre.astype(np.float32), half)


def _tube_outline(tube: Tube) -> Floats:
    along = curves.tangents(tube.centre)
    normal = np.stack([along[:, 1], -along[:, 0]], axis=-1) * tube.half_width[:, None]
    return np.concatenate([tube.centre + normal, (tube.centre - normal)[::-1]]).astype(np.float32)


def _torso_outline(marks: dict[str, tuple[float, float]], neckline: Floats) -> Floats:
    left = [marks[f"{name}_left"] for name in ("shoulder", "armpit", "waist", "hem")]
    right = [marks[f"{name}_right"] for name in ("hem", "waist", "armpit", "shoulder")]
    return np.array([*map(tuple, neckline), *left, *right], np.float32)


def _drawn(
    sheet: Sheet, category: Category, kind: GarmentKind, sleeve: Sleeve, paper: Paper
) -> Template:
    """The outlines on a picture of their own."""
    points = np.concatenate(sheet.outlines)
    low = points.min(axis=0) - BORDER * paper.unit
    extent = points.max(axis=0) + BORDER * paper.unit - low
    zoom = max(paper.magnification, paper.side / float(extent.max()))
    size = np.ceil(extent * zoom).astype(int)
    mask = np.zeros((int(size[1]), int(size[0])), np.uint8)
    for outline in sheet.outlines:
        cv2.fillPoly(mask, [np.round((outline - low) * zoom).astype(np.int32)], (255,))

    def moved(points: Floats) -> Floats:
        return np.asarray((points - low) * zoom, np.float32)

    tubes = {
        side: None if tube is None else Tube(moved(tube.centre), tube.half_width * np.float32(zoom))
        for side, tube in sheet.tubes.items()
    }
    marks = {}
    for name, point in sheet.marks.items():
        x, y = moved(np.array(point, np.float32))
        marks[name] = (float(x), float(y))
    neckline = None if sheet.neckline is None else moved(sheet.neckline)
    shape = GarmentShape(
        category, kind, sleeve, marks, tubes[1], tubes[-1], neckline, is_open=False, confidence=1.0
    )
    return Template(shape, mask, zoom / paper.magnification)
