"""The logo on the T-shirt, drawn here: a clothes hanger in a sunlit ring, and a word under it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.figures.cloth import HEIGHT, SCALE, WIDTH, to_pixels
from training.figures.outlines import Line, joined

Mask = NDArray[np.uint8]


def _blank() -> Mask:
    return np.zeros((HEIGHT * SCALE, WIDTH * SCALE), np.uint8)


def _stroke(mask: Mask, line: Line, width: float, value: int = 255) -> None:
    points = np.round(to_pixels(line) * 16).astype(np.int32)[:, None]
    cv2.polylines(mask, [points], False, value, round(width * SCALE), cv2.LINE_AA, 4)


def _circle(x: float, y: float, radius: float, start: float = 0, end: float = 360) -> Line:
    angle = np.radians(np.linspace(start, end, 120))
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def hanger_ring(x: float, y: float, radius: float) -> Mask:
    """A ring of sun rays around a hanger, centred at (x, y), garment units."""
    mask = _blank()
    _stroke(mask, _circle(x, y, radius), radius * 0.075)
    for angle in np.arange(0, 360, 15):
        way = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        start, end = np.array([x, y]) + 1.13 * radius * way, np.array([x, y]) + 1.30 * radius * way
        _stroke(mask, np.stack([start, end]), radius * 0.065)
    shoulder = y + 0.02 * radius
    hook = joined(
        [
            (x - 0.15 * radius, y - 0.36 * radius),
            (x - 0.02 * radius, y - 0.53 * radius),
            (x + 0.14 * radius, y - 0.38 * radius),
            (x + 0.02 * radius, y - 0.22 * radius),
            (x, shoulder - 0.02 * radius),
        ]
    )
    _stroke(mask, hook, radius * 0.085)
    foot = y + 0.36 * radius
    frame = np.array(
        [
            [x, shoulder],
            [x + 0.66 * radius, foot],
            [x - 0.66 * radius, foot],
            [x, shoulder],
        ]
    )
    _stroke(mask, frame, radius * 0.085)
    return mask


def word(text: str, x: float, y: float, size: float, spacing: float) -> Mask:
    """Spaced capitals centred at x with their middle at y, in Pillow's own typeface."""
    picture = Image.new("L", (WIDTH * SCALE, HEIGHT * SCALE))
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size * SCALE)
    widths = [pen.textlength(letter, font=font) for letter in text]
    total = sum(widths) + spacing * SCALE * (len(text) - 1)
    at = (x + WIDTH / 2) * SCALE - total / 2
    for letter, width in zip(text, widths, strict=True):
        pen.text(
            (at, y * SCALE), letter, fill=255, font=font, anchor="lm", stroke_width=round(size / 18)
        )
        at += width + spacing * SCALE
    return np.asarray(picture)
