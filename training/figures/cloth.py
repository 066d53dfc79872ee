"""A sheet of cloth as colour and height on a pixel grid, and the light that falls on it.

Everything is computed at `SCALE` times the picture's size in linear light and averaged down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.figures.outlines import Line

Field = NDArray[np.float32]  # rows x columns
Colour = tuple[float, float, float]  # sRGB 0..255
# x, y (garment units) → linear colour (rows x columns x 3)
Pattern = Callable[[Field, Field], Field]

WIDTH, HEIGHT, SCALE = 768, 1024, 2
GROUND: Colour = (238, 237, 234)


def linear(colour: Colour) -> Field:
    """sRGB 0..255 → linear light 0..1 (gamma 2.2)."""
    return np.asarray((np.array(colour, np.float32) / 255) ** 2.2, dtype=np.float32)


def noise(seed: int, grain_x: float, grain_y: float | None = None) -> Field:
    """Smooth noise of unit deviation; grains are feature sizes in garment units."""
    random = np.random.default_rng(seed)
    grain_y = grain_x if grain_y is None else grain_y
    rows, columns = HEIGHT * SCALE, WIDTH * SCALE
    small = (
        max(4, int(rows / (grain_y * SCALE) * 2.5)),
        max(4, int(columns / (grain_x * SCALE) * 2.5)),
    )
    if small[0] >= rows or small[1] >= columns:
        small = rows, columns
    dots = random.standard_normal(small).astype(np.float32)
    coarse = cv2.GaussianBlur(dots, (0, 0), 1.0)
    grown = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)
    return np.asarray((grown - grown.mean()) / grown.std(), dtype=np.float32)


def grid() -> tuple[Field, Field]:
    """x and y of every fine pixel in garment units (x = 0 is the middle line)."""
    y, x = np.mgrid[0 : HEIGHT * SCALE, 0 : WIDTH * SCALE].astype(np.float32)
    return (x + 0.5) / SCALE - WIDTH / 2, (y + 0.5) / SCALE


def to_pixels(line: Line) -> Line:
    """Garment units → fine pixels."""
    return np.asarray((line + np.array([WIDTH / 2, 0])) * SCALE)


def filled(outline: Line) -> Field:
    """Coverage 0..1 of a closed outline, with smooth edges."""
    mask = np.zeros((HEIGHT * SCALE, WIDTH * SCALE), np.uint8)
    points = np.round(to_pixels(outline) * 16).astype(np.int32)
    cv2.fillPoly(mask, [points[:, None]], 255, cv2.LINE_AA, shift=4)
    return np.asarray(mask.astype(np.float32) / 255)


def blurred(field: Field, radius: float) -> Field:
    """Gaussian blur, radius (deviation) in garment units."""
    return np.asarray(cv2.GaussianBlur(field, (0, 0), radius * SCALE), dtype=np.float32)


def distance_inside(mask: Field) -> Field:
    """Distance to the edge, garment units."""
    inside = (mask > 0.5).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 5) / SCALE, dtype=np.float32)


def distance_to(line: Line) -> Field:
    """Distance of every fine pixel to an open line, garment units."""
    canvas = np.full((HEIGHT * SCALE, WIDTH * SCALE), 255, np.uint8)
    cv2.polylines(canvas, [np.round(to_pixels(line)).astype(np.int32)[:, None]], False, 0, 1)
    return np.asarray(cv2.distanceTransform(canvas, cv2.DIST_L2, 5) / SCALE, dtype=np.float32)


@dataclass(frozen=True)
class Fold:
    """A soft crease: middle (x, y), direction in degrees (0 = to the right, 90 = down),
    length and width in garment units, height in the same units (negative: a valley)."""

    x: float
    y: float
    angle: float
    length: float
    width: float
    height: float
    bend: float = 0.0


class Sheet:
    """The picture while it grows: layers are laid one over the other, then lit once."""

    def __init__(self, seed: int) -> None:
        shape = HEIGHT * SCALE, WIDTH * SCALE
        self.seed = seed
        self.x, self.y = grid()
        self.colour: Field = np.ones((*shape, 3), np.float32) * linear(GROUND)
        self.height: Field = np.zeros(shape, np.float32)
        self.cover: Field = np.zeros(shape, np.float32)

    def lay(self, outline: Line, pattern: Pattern, *, lift: float = 2.0, rim: float = 4.0) -> Field:
        """Lays a panel on top; it throws a soft contact shadow on what lies below.

        `lift` is its thickness, `rim` how far from the edge it reaches it. Returns its mask.
        """
        mask = filled(outline)
        shade = blurred(mask, 2.0 + lift) * np.clip(self.cover, 0, 1) * 0.055 * lift
        self.colour *= (1 - np.clip(shade, 0, 0.6) * (1 - mask))[..., None]
        colour = pattern(self.x, self.y)
        self.colour = self.colour * (1 - mask[..., None]) + colour * mask[..., None]
        rise = lift * (1 - np.exp(-distance_inside(mask) / rim))
        self.height = self.height + mask * rise
        self.cover = np.maximum(self.cover, mask)
        return mask

    def tint(self, mask: Field, factor: float | Field) -> None:
        """Multiplies the colour under a mask."""
        self.colour *= (1 + mask * (np.asarray(factor, np.float32) - 1))[..., None]

    def press(self, mask: Field, height: float | Field) -> None:
        """Adds height under a mask (garment units)."""
        self.height = self.height + mask * height

    def fold(self, folds: list[Fold], within: Field | None = None) -> None:
        """Adds creases, wobbled by noise so that none is straight."""
        wobble = noise(self.seed + 71, 46), noise(self.seed + 72, 46)
        total = np.zeros_like(self.height)
        for crease in folds:
            total += _crease(crease, self.x + 5 * wobble[0], self.y + 5 * wobble[1])
        self.height = self.height + total * (self.cover if within is None else within)

    def crumple(self, within: Field, amount: float, grain: float, angle: float = 90.0) -> None:
        """Irregular soft folds that run along `angle`, a little everywhere, stronger in patches."""
        slant = np.radians(angle)
        along = self.x * np.cos(slant) + self.y * np.sin(slant)
        across = -self.x * np.sin(slant) + self.y * np.cos(slant)
        soft = noise(self.seed + 5, 80), noise(self.seed + 6, 70)
        wave = _lookup(
            noise(self.seed + 7, grain), across + 10 * soft[0], along * 0.28 + 7 * soft[1]
        )
        ridge = np.exp(-3.0 * wave**2)
        patches = np.clip(0.5 + 0.5 * noise(self.seed + 8, 130), 0, 1.4)
        self.height = self.height + within * amount * (ridge * patches + 0.35 * wave).astype(
            np.float32
        )

    def billow(self, within: Field, amount: float, grain: float = 120.0) -> None:
        """Broad ups and downs of cloth that does not lie quite flat."""
        self.height = self.height + within * amount * noise(self.seed + 9, grain)

    def slide(self, down: int) -> None:
        """Moves all that lies there `down` units, to the middle of the table."""
        rows = down * SCALE
        self.colour = np.roll(self.colour, rows, axis=0)
        self.height = np.roll(self.height, rows, axis=0)
        self.cover = np.roll(self.cover, rows, axis=0)

    def picture(self) -> NDArray[np.uint8]:
        """Lights the sheet: 1024x768x3 sRGB."""
        lit = self.colour * _light(self.height, self.cover)[..., None]
        ground = linear(GROUND) * _ground_light(self.cover, self.seed)[..., None]
        lit = lit * self.cover[..., None] + ground * (1 - self.cover[..., None])
        small = cv2.resize(_unevenly(lit, self.seed), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        return np.asarray(np.round(np.clip(small, 0, 1) ** (1 / 2.2) * 255), dtype=np.uint8)

    def mask(self) -> NDArray[np.uint8]:
        """Where the picture shows cloth: 1024x768, 0..255."""
        cover = _unevenly(self.cover, self.seed)
        small = cv2.resize(cover, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        return np.asarray(np.round(np.clip(small, 0, 1) * 255), dtype=np.uint8)

    def shown(self, line: Line) -> Line:
        """Where a line (garment units) lies in the picture, px."""
        right, down = _unevenness(self.seed)
        place = line
        for _ in range(3):
            at = np.round(to_pixels(place)).astype(int)
            at = np.clip(at, 0, [WIDTH * SCALE - 1, HEIGHT * SCALE - 1])
            place = line - np.stack([right[at[:, 1], at[:, 0]], down[at[:, 1], at[:, 0]]], axis=1)
        return np.asarray(place + np.array([WIDTH / 2, 0]))


def _lookup(field: Field, x: Field, y: Field) -> Field:
    columns = ((x + WIDTH / 2) * SCALE).astype(np.float32)
    rows = (y * SCALE).astype(np.float32)
    found = cv2.remap(field, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(found, dtype=np.float32)


def _crease(crease: Fold, x: Field, y: Field) -> Field:
    slant = np.radians(crease.angle)
    dx, dy = x - crease.x, y - crease.y
    along = (dx * np.cos(slant) + dy * np.sin(slant)) / (crease.length / 2)
    across = (-dx * np.sin(slant) + dy * np.cos(slant) + crease.bend * along**2) / crease.width
    ends = np.clip(1 - along**2, 0, None) ** 2
    width = 0.6 + 0.4 * ends
    profile = np.exp(-((across / width) ** 2)) - 0.55 * np.exp(-(((across - 1.5) / 1.3) ** 2))
    return np.asarray(crease.height * ends * profile, dtype=np.float32)


def _light(height: Field, cover: Field) -> Field:
    """Lambert light from the upper left, sky light, and darkness in the hollows; flat = 1."""
    height = _carried_on(height, cover)
    relief = cv2.GaussianBlur(height, (0, 0), 0.8) * SCALE
    slope_x = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3) / 8
    slope_y = cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3) / 8
    steep = np.sqrt(1 + slope_x**2 + slope_y**2)
    key = np.array([-0.46, -0.58, 0.67])
    facing = (-slope_x * key[0] - slope_y * key[1] + key[2]) / steep / key[2]
    sky = 0.5 + 0.5 / steep
    hollow = np.zeros_like(height)
    for radius in (3.0, 9.0, 24.0):
        hollow += np.clip(blurred(height, radius) - height, 0, None) / radius
    shade = 0.60 * np.clip(facing, 0, 1.45) + 0.40 * sky - 0.55 * np.clip(hollow, 0, 0.6)
    return np.asarray(np.clip(shade, 0.12, 1.4) * 0.97, dtype=np.float32)


def _carried_on(height: Field, cover: Field) -> Field:
    """The heights beside the border repeated outwards, so that the border itself casts no line."""
    weight = np.clip(cover, 0, 1) ** 4 + 1e-5
    near = blurred(height * weight, 1.5) / blurred(weight, 1.5)
    return np.asarray(height * cover + near * (1 - cover), dtype=np.float32)


def _moved(field: Field, right: float, down: float) -> Field:
    step = np.array([[1, 0, right * SCALE], [0, 1, down * SCALE]], dtype=np.float64)
    return np.asarray(cv2.warpAffine(field, step, field.shape[::-1]), dtype=np.float32)


def _ground_light(cover: Field, seed: int) -> Field:
    """The table's brightness: contact shadow and a wider, softer one to the lower right."""
    near = blurred(_moved(cover, 1.5, 2.0), 2.6)
    wide = blurred(_moved(cover, 7, 10), 13)
    x, y = grid()
    fall = 1.03 - 0.10 * ((x / WIDTH + 0.25) ** 2 + (y / HEIGHT - 0.35) ** 2)
    grain = 1 + 0.006 * noise(seed + 31, 1.2) + 0.006 * noise(seed + 32, 60)
    return np.asarray((1 - 0.34 * near) * (1 - 0.26 * wide) * fall * grain, dtype=np.float32)


def _unevenness(seed: int) -> tuple[Field, Field]:
    """How far to the right and down of a place its picture is taken from, garment units."""
    return 3.2 * noise(seed + 41, 170), 3.2 * noise(seed + 42, 170)


def _unevenly(picture: Field, seed: int) -> Field:
    """Nobody lays a garment out symmetrically: moves everything by a few soft pixels."""
    shift = _unevenness(seed)
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    moved = cv2.remap(
        picture,
        columns + shift[0] * SCALE,
        rows + shift[1] * SCALE,
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(moved, dtype=np.float32)
