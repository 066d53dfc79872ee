"""The picture of a confidence: how it is spread over kinds of pictures, and whether it is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import PIL.Image
from PIL import ImageDraw, ImageFont

WIDTH, ROW, MARGIN, LEFT = 900, 74, 24, 150
SIDE = 320
INK, GREY, BLUE, RED = "#222222", "#bbbbbb", "#3366aa", "#bb4433"
BARS = 40
THRESHOLD = 0.1


def draw(
    path: Path,
    kinds: Mapping[str, Sequence[float]],
    cells: Sequence[tuple[float, float, int]],
) -> None:
    """A histogram for each kind, the threshold as a line; below, said against true."""
    height = len(kinds) * ROW + SIDE + 5 * MARGIN
    canvas = PIL.Image.new("RGB", (WIDTH, height), "white")
    pen = ImageDraw.Draw(canvas)
    top = MARGIN
    for kind, values in kinds.items():
        _histogram(pen, top, f"{kind} ({len(values)})", values)
        top += ROW
    _axis(pen, LEFT, top, WIDTH - LEFT - MARGIN, "confidence")
    _reliability(pen, LEFT, top + 2 * MARGIN, cells)
    canvas.save(path, optimize=True)


def _histogram(pen: ImageDraw.ImageDraw, top: int, name: str, values: Sequence[float]) -> None:
    wide = WIDTH - LEFT - MARGIN
    counts, _ = np.histogram(values, BARS, (0, 1))
    tallest = max(int(counts.max()), 1)
    base = top + ROW - 14
    for place, count in enumerate(counts):
        if count:
            tall = max(1, round((ROW - 24) * count / tallest))
            left = LEFT + place * wide / BARS
            pen.rectangle((left, base - tall, left + wide / BARS - 2, base), fill=BLUE)
    pen.line((LEFT, base + 1, LEFT + wide, base + 1), fill=GREY)
    across = LEFT + THRESHOLD * wide
    pen.line((across, top, across, base), fill=RED)
    pen.text((MARGIN, base - 26), name, fill=INK, font=_font())


def _reliability(
    pen: ImageDraw.ImageDraw, left: int, top: int, cells: Sequence[tuple[float, float, int]]
) -> None:
    pen.rectangle((left, top, left + SIDE, top + SIDE), outline=GREY)
    pen.line((left, top + SIDE, left + SIDE, top), fill=GREY)
    for says, true, count in cells:
        x, y, radius = left + says * SIDE, top + (1 - true) * SIDE, 2 + count**0.5 / 2
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=BLUE)
    pen.text((left + SIDE + MARGIN, top), "of pictures with this confidence,", INK, _font())
    pen.text((left + SIDE + MARGIN, top + 18), "the share that can be dressed", INK, _font())
    _axis(pen, left, top + SIDE, SIDE, "confidence")


def _axis(pen: ImageDraw.ImageDraw, left: int, top: int, wide: int, name: str) -> None:
    for tenth in range(0, 11, 2):
        x = left + tenth * wide / 10
        pen.text((x - 8, top + 2), f"{tenth / 10:.1f}", fill=INK, font=_font(12))
    pen.text((left + wide / 2 - 30, top + 15), name, fill=INK, font=_font(12))


def _font(size: int = 14) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
