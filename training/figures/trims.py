"""What a tailor adds: seams, stitches, ribs, buttons, labels, printed pictures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.figures.cloth import (
    HEIGHT,
    SCALE,
    WIDTH,
    Colour,
    Field,
    Sheet,
    blurred,
    distance_to,
    linear,
    to_pixels,
)
from training.figures.outlines import Line, beside, resampled


def seam(sheet: Sheet, line: Line, depth: float = 1.1, width: float = 1.6) -> None:
    """A sewn join: a groove with the cloth swelling on both sides and tiny puckers along it."""
    away = distance_to(line)
    groove = np.exp(-((away / width) ** 2)) - 0.45 * np.exp(
        -(((away - 2.6 * width) / (2 * width)) ** 2)
    )
    sheet.height = sheet.height - depth * groove * sheet.cover
    sheet.tint(np.exp(-((away / (0.7 * width)) ** 2)).astype(np.float32) * sheet.cover, 0.80)
    pucker(sheet, line, 0.35, 7.0)


def pucker(sheet: Sheet, line: Line, height: float, reach: float) -> None:
    """Little gathers beside a seam or hem: short ridges across it, irregular in strength."""
    points, ahead = resampled(line, 0.5)
    random = np.random.default_rng(sheet.seed + len(points))
    knots = np.arange(0, len(points) + 9, 9)
    strength = np.interp(np.arange(len(points)), knots, random.normal(0, 1, len(knots)))
    canvas = np.zeros_like(sheet.height)
    across = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    for offset in np.arange(-reach, reach, 0.5):
        place = np.round(to_pixels(points + offset * across)).astype(int)
        ok = _within(place)
        fade = 1 - abs(offset) / reach
        canvas[place[ok, 1], place[ok, 0]] = strength[ok] * fade
    sheet.height = sheet.height + height * blurred(canvas, 1.1) * 2 * sheet.cover


def _within(place: NDArray[np.int_]) -> NDArray[np.bool_]:
    inside = (place >= 0) & (place < np.array([WIDTH * SCALE, HEIGHT * SCALE]))
    return np.asarray(inside.all(axis=1))


def stitches(
    sheet: Sheet,
    line: Line,
    colour: Colour,
    *,
    length: float = 3.6,
    gap: float = 1.7,
    width: float = 1.1,
) -> None:
    """A row of stitches: raised thread in `colour`, sunk ends."""
    points, ahead = resampled(line, length + gap)
    thread = np.zeros_like(sheet.height, dtype=np.uint8)
    for point, way in zip(points, ahead, strict=True):
        ends = to_pixels(np.stack([point, point + way * length]))
        first, last = (tuple(int(v) for v in np.round(end * 16)) for end in ends)
        cv2.line(thread, first, last, 255, max(1, round(width * SCALE)), cv2.LINE_AA, shift=4)
    share: Field = np.asarray(thread / 255 * np.clip(sheet.cover, 0, 1), dtype=np.float32)
    shade = linear(colour)
    groove = np.exp(-((distance_to(line) / 1.6) ** 2)) * sheet.cover
    sheet.height = sheet.height - 0.35 * groove + 0.55 * share
    sheet.colour = sheet.colour * (1 - 0.85 * share[..., None]) + shade * (0.85 * share[..., None])


def ribs(sheet: Sheet, line: Line, width: float, spacing: float = 3.0, depth: float = 0.55) -> None:
    """Knitted ribs across a band that runs along `line` and is `width` wide (to its right)."""
    points, ahead = resampled(line, spacing)
    across = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    canvas = np.zeros_like(sheet.height, dtype=np.uint8)
    for point, way in zip(points, across, strict=True):
        ends = to_pixels(np.stack([point, point + way * width]))
        first, last = (tuple(int(v) for v in np.round(end * 16)) for end in ends)
        cv2.line(canvas, first, last, 255, max(1, round(spacing * 0.36 * SCALE)), cv2.LINE_AA, 4)
    groove = blurred(np.asarray(canvas / 255, dtype=np.float32), 0.35)
    sheet.height = sheet.height - depth * groove
    sheet.tint(groove, 0.80)


def hem(sheet: Sheet, line: Line, thread: Colour, inset: float = 15.0, rows: int = 2) -> None:
    """A folded hem: `line` is the border walked so that the cloth lies to its right."""
    for row in range(rows):
        stitches(sheet, beside(line, inset - 4.5 * row), thread)
    away = distance_to(beside(line, inset + 2.0))
    sheet.height = sheet.height - 0.7 * np.exp(-((away / 2.2) ** 2)) * sheet.cover
    pucker(sheet, beside(line, inset * 0.6), 0.55, inset * 0.8)


def button(sheet: Sheet, x: float, y: float, colour: Colour, radius: float = 6.0) -> None:
    """A four-hole button with a rim, and its shadow."""
    away = np.hypot(sheet.x - x, sheet.y - y)
    shadow = np.exp(-((np.hypot(sheet.x - x - 1.2, sheet.y - y - 1.6) / (radius * 1.05)) ** 4))
    sheet.tint(shadow.astype(np.float32), 0.62)
    disc = np.clip((radius - away) * SCALE + 0.5, 0, 1).astype(np.float32)
    sheet.colour = sheet.colour * (1 - disc[..., None]) + linear(colour) * disc[..., None]
    dome = disc * (1.2 + 0.8 * np.exp(-(((away - radius * 0.78) / (radius * 0.16)) ** 2)))
    sheet.height = sheet.height * (1 - disc) + (blurred(sheet.height, 3) + dome) * disc
    for hole_x in (-1, 1):
        for hole_y in (-1, 1):
            centre = np.hypot(
                sheet.x - x - hole_x * radius * 0.24, sheet.y - y - hole_y * radius * 0.24
            )
            sheet.tint(
                np.clip((radius * 0.13 - centre) * SCALE + 0.5, 0, 1).astype(np.float32), 0.25
            )


def cord(sheet: Sheet, line: Line, colour: Colour, width: float = 5.0) -> None:
    """A round twisted cord with its shadow."""
    away = distance_to(line)
    shadow = np.exp(-((_shifted(away, 2.0) / (width * 0.75)) ** 2)) * sheet.cover
    sheet.tint(shadow.astype(np.float32), 0.62)
    share = np.clip((width / 2 - away) * SCALE + 0.5, 0, 1).astype(np.float32)
    twist = 1 + 0.12 * np.sin((sheet.x + sheet.y * 1.4) * 1.9)
    sheet.colour = (
        sheet.colour * (1 - share[..., None]) + linear(colour) * (share * twist)[..., None]
    )
    round_top = np.sqrt(np.clip(1 - (2 * away / width) ** 2, 0, 1)) * width * 0.45
    sheet.height = sheet.height + share * round_top
    sheet.cover = np.maximum(sheet.cover, share)


def _shifted(field: Field, by: float) -> Field:
    step = np.array([[1, 0, by * SCALE], [0, 1, by * 1.3 * SCALE]], dtype=np.float64)
    moved = cv2.warpAffine(field, step, field.shape[::-1], borderValue=255.0)
    return np.asarray(moved, dtype=np.float32)


def print_mask(sheet: Sheet, mask: NDArray[np.uint8], colour: Colour, weight: float = 0.94) -> None:
    """Screen print: covers the weave almost, keeps the folds (`mask` at fine size, 0..255)."""
    share: Field = np.asarray(mask / 255 * weight * sheet.cover, dtype=np.float32)[..., None]
    sheet.colour = sheet.colour * (1 - share) + linear(colour) * share
