"""Garments drawn as polygons, whose landmarks are known because they were put there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.types import Image, Mask, frozen

WIDTH, HEIGHT = 768, 1024
AXIS = WIDTH / 2

Point = tuple[float, float]


@dataclass(frozen=True)
class Drawn:
    """A garment, its exact mask, and where its landmarks are."""

    image: Image
    mask: Mask
    truth: dict[str, Point]
    kind: str
    sleeve: str = "none"

    @property
    def width(self) -> float:
        columns = np.flatnonzero((self.mask > 127).any(axis=0))
        return float(columns[-1] - columns[0])


def drawn(
    right_half: Sequence[Point],
    marks: Mapping[str, Point],
    kind: str,
    sleeve: str = "none",
    *,
    neck: Sequence[Point] | None = None,
    tilt: float = 0.0,
    colour: tuple[int, int, int] = (40, 70, 150),
    ground: tuple[int, int, int] = (238, 238, 236),
) -> Drawn:
    """Draws a garment from its half at the picture's right (x counts from the axis outwards), from
    the top of the axis round to its bottom. `neck` is the front edge of the opening; what lies
    above it shows the darker inside. `tilt` turns everything, in degrees."""
    turn = np.asarray(cv2.getRotationMatrix2D((AXIS, HEIGHT / 2), tilt, 1.0), np.float64)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    _fill(mask, _ring(right_half, turn), 255)
    image = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    image[:] = ground
    image[mask > 127] = colour
    if neck:
        inside = np.zeros_like(mask)
        _fill(inside, _ring([(0.0, 0.0), *[(x, 0.0) for x, _ in neck[:1]], *neck], turn), 255)
        image[(inside > 127) & (mask > 127)] = tuple(c // 2 for c in colour)
    return Drawn(frozen(_cloth(image)), frozen(mask), _placed(marks, turn), kind, sleeve)


def t_shirt(tilt: float = 0.0) -> Drawn:
    """A T-shirt with a round neck, its sleeves pointing down and out."""
    neck = _arc(90, 130, 75)
    outline = [(0, 122), (45, 124), (90, 130), (205, 180), (330, 330), (250, 395), (195, 330),
               (190, 500), (195, 850), (0, 855)]  # fmt: skip
    marks = {"neck": (90, 130), "armpit": (195, 330), "hem": (195, 850), "neck_front": (0, 205)}
    return drawn(outline, marks, "top", "short", neck=neck, tilt=tilt)


def boat_neck(depth: float = 70) -> Drawn:
    """A top whose back runs straight from shoulder to shoulder; the front's edge lies `depth` px
    lower, or is not seen."""
    outline = [(0, 124), (205, 124), (330, 300), (250, 365), (195, 330),
               (190, 500), (195, 850), (0, 855)]  # fmt: skip
    marks = {"neck": (90, 124), "armpit": (195, 330), "neck_front": (0, 124 + depth)}
    neck = _arc(90, 124, depth) if depth else None
    return drawn(outline, marks, "top", "short", neck=neck)


def on_a_hanger(half: int = 42, *, collar: bool = False) -> Drawn:
    """A red T-shirt out of whose neck the crown of a black hanger stands, twice `half` px wide,
    with the wall inside; or a `collar` of its own cloth."""
    outline = [(0, 60), (half, 60), (half + 8, 125), (90, 130), (205, 180), (330, 330), (250, 395),
               (195, 330), (190, 500), (195, 850), (0, 855)]  # fmt: skip
    marks = {"neck": (90, 130), "armpit": (195, 330), "neck_front": (0, 205)}
    garment = drawn(outline, marks, "top", "short", neck=_arc(90, 130, 75), colour=(180, 40, 50))
    image, middle = garment.image.copy(), round(AXIS)
    image[60:125, middle - half : middle + half] = (180, 40, 50) if collar else (25, 25, 25)
    if not collar:
        image[70:125, middle - half + 8 : middle + half - 8] = (236, 236, 234)
    image[150:168, middle - 22 : middle + 22] = 226  # a label
    return replace(garment, image=frozen(image))


def long_sleeve(tilt: float = 0.0) -> Drawn:
    """A long-sleeved top whose sleeves hang beside the body."""
    outline = [(0, 122), (80, 130), (195, 175), (250, 330), (330, 760), (258, 775), (195, 370),
               (190, 760), (0, 765)]  # fmt: skip
    marks = {"neck": (80, 130), "armpit": (195, 370), "hem": (190, 760), "neck_front": (0, 185)}
    return drawn(outline, marks, "top", "long", neck=_arc(80, 130, 55), tilt=tilt)


def spread_sleeves() -> Drawn:
    """A jumper laid out like a T."""
    outline = [(0, 242), (80, 250), (190, 270), (372, 300), (372, 370), (200, 400), (190, 770),
               (0, 772)]  # fmt: skip
    marks = {"neck": (80, 250), "armpit": (200, 400), "hem": (190, 770), "neck_front": (0, 310)}
    return drawn(outline, marks, "top", "short", neck=_arc(80, 250, 60))


def vest(tilt: float = 0.0) -> Drawn:
    """A sleeveless top with broad straps and a deep neck, through which the ground is seen."""
    outline = [*_arc(85, 140, 150)[::-1], (150, 155), (140, 260), (165, 345), (205, 400),
               (200, 560), (215, 860), (0, 866)]  # fmt: skip
    marks = {"neck": (85, 140), "shoulder": (150, 155), "armpit": (205, 400), "hem": (215, 860),
             "neck_front": (0, 290)}  # fmt: skip
    return drawn(outline, marks, "top", tilt=tilt)


def tank_top(label: int = 20, rim: int = 0) -> Drawn:
    """A dark vest cut deep in front; the inside of its back is seen, and its label, half of whose
    width is `label` px; and a paler rim of `rim` px along the back's edge."""
    outline = [*_arc(85, 140, 48)[::-1], (150, 140), (140, 260), (165, 345), (205, 400),
               (200, 560), (215, 860), (0, 866)]  # fmt: skip
    marks = {"neck": (85, 140), "armpit": (205, 400), "neck_front": (0, 380)}
    garment = drawn(outline, marks, "top", neck=_arc(85, 140, 240), colour=(74, 76, 72))
    image, back = garment.image.copy(), np.zeros_like(garment.mask)
    half = _arc(85, 140, 48)
    edge = [(AXIS + x, y) for x, y in half] + [(AXIS - x, y) for x, y in half[::-1]]
    if rim:
        line = np.round(np.array(edge)).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(back, [line], False, (255,), 2 * rim)
    image[(back > 0) & (garment.mask > 127)] = 150
    image[194:216, round(AXIS) - label : round(AXIS) + label] = 226
    return replace(garment, image=frozen(image))


def trousers(tilt: float = 0.0) -> Drawn:
    outline = [(0, 84), (120, 80), (160, 260), (215, 940), (120, 946), (0, 360)]
    marks = {"waist": (120, 80), "hem": (215, 940), "hem_inner": (120, 946), "crotch": (0, 360)}
    return drawn(outline, marks, "trousers", tilt=tilt)


def shorts() -> Drawn:
    outline = [(0, 304), (170, 300), (255, 700), (60, 730), (0, 560)]
    marks = {"waist": (170, 300), "hem": (255, 700), "hem_inner": (60, 730), "crotch": (0, 560)}
    return drawn(outline, marks, "shorts")


def skirt() -> Drawn:
    outline = [(0, 254), (130, 250), (190, 380), (265, 800), (0, 815)]
    marks = {"waist": (130, 250), "hem": (265, 800)}
    return drawn(outline, marks, "skirt")


def dress() -> Drawn:
    outline = [(0, 52), (62, 60), (125, 82), (190, 175), (150, 215), (118, 180), (95, 330),
               (235, 960), (0, 980)]  # fmt: skip
    marks = {"neck": (62, 60), "armpit": (118, 180), "hem": (235, 960), "neck_front": (0, 110)}
    return drawn(outline, marks, "dress", "short", neck=_arc(62, 60, 50))


def _arc(half_width: float, y: float, depth: float) -> list[Point]:
    """From the neck point down to the axis."""
    angle = np.linspace(0, np.pi / 2, 16)
    return [(half_width * float(np.cos(a)), y + depth * float(np.sin(a))) for a in angle]


def _ring(right_half: Sequence[Point], turn: NDArray[np.float64]) -> NDArray[np.float64]:
    half = np.array(right_half, np.float64)
    right, left = half * [1, 1] + [AXIS, 0], half[::-1] * [-1, 1] + [AXIS, 0]
    return np.vstack([right, left]) @ turn[:, :2].T + turn[:, 2]


def _fill(canvas: NDArray[np.uint8], ring: NDArray[np.float64], value: int) -> None:
    fixed = (ring * 16).round().astype(np.int32)
    cv2.fillPoly(canvas, [fixed], value, lineType=cv2.LINE_AA, shift=4)


def _placed(marks: Mapping[str, Point], turn: NDArray[np.float64]) -> dict[str, Point]:
    """Every mark on both sides, those on the axis once."""
    placed: dict[str, Point] = {}
    for name, (x, y) in marks.items():
        base, _, rest = name.partition("_inner")
        for side, sign in (("left", 1), ("right", -1)):
            full = name if x == 0 else f"{base}_{side}" + ("_inner" if "_inner" in name else rest)
            at = turn @ np.array([AXIS + sign * x, y, 1.0])
            placed[full] = (float(at[0]), float(at[1]))
    return placed


def _cloth(image: NDArray[np.uint8]) -> Image:
    """A little grain, as in a photo."""
    grain = np.random.default_rng(5).normal(0, 1.2, image.shape[:2])[..., None]
    return np.clip(image + grain, 0, 255).astype(np.uint8)
