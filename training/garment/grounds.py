"""Grounds to lay a cut-out garment on, and things that are no garment: all drawn by chance."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]


def colour(rng: np.random.Generator) -> Floats:
    """Mostly greyish, now and then strong; RGB 0..255."""
    bright = rng.uniform(20, 255) if rng.random() < 0.6 else rng.uniform(200, 255)
    strength = 8 if rng.random() < 0.5 else 45
    return np.asarray(np.clip(bright + rng.normal(0, strength, 3), 0, 255), np.float32)


def plain(rng: np.random.Generator, side: int) -> Floats:
    """One colour, lit from a side."""
    down, across = np.mgrid[-0.5 : 0.5 : side * 1j, -0.5 : 0.5 : side * 1j].astype(np.float32)
    slope = down * rng.normal(0, 0.15) + across * rng.normal(0, 0.15)
    return np.asarray(colour(rng) * (1 + slope[..., None]), np.float32)


def clouds(rng: np.random.Generator, side: int) -> Floats:
    """Rumpled sheets, fleece and carpets: noise of a few grain sizes."""
    total = np.zeros((side, side), np.float32)
    for _ in range(rng.integers(1, 4)):
        rows, columns = rng.integers(3, side // 2, 2)
        dots = rng.standard_normal((rows, columns)).astype(np.float32)
        total += cv2.resize(dots, (side, side), interpolation=cv2.INTER_CUBIC)
    return plain(rng, side) + total[..., None] * np.float32(rng.uniform(3, 22))


def stripes(rng: np.random.Generator, side: int) -> Floats:
    """Boards, tiles and patterned covers."""
    down, across = np.mgrid[0:side, 0:side].astype(np.float32)
    angle, width = rng.uniform(0, np.pi), rng.uniform(6, side / 3)
    lengthwise = down * np.float32(np.sin(angle)) + across * np.float32(np.cos(angle))
    crosswise = across * np.float32(np.sin(angle)) - down * np.float32(np.cos(angle))
    rows = np.floor(lengthwise / width).astype(int)
    columns = np.floor(crosswise / (width * rng.uniform(1, 6))).astype(int)
    tones = rng.normal(0, rng.uniform(2, 30), (97, 3)).astype(np.float32)
    ground = plain(rng, side) + tones[(rows * 13 + columns * int(rng.integers(0, 9))) % 97]
    joint = np.abs(lengthwise / width - rows - 0.5) > 0.5 - rng.uniform(0.0, 0.06)
    return np.asarray(np.where(joint[..., None], ground * rng.uniform(0.4, 1), ground), np.float32)


def drawn(rng: np.random.Generator, side: int) -> Floats:
    """One of the three."""
    make = (plain, clouds, stripes)[rng.integers(3)]
    return make(rng, side)


def drawn_thing(rng: np.random.Generator, side: int) -> Floats:
    """A blob, a bottle, a box or a face-like disc on a ground: something, but no garment."""
    ground = drawn(rng, side)
    mask = np.zeros((side, side), np.uint8)
    centre, size = rng.uniform(0.3, 0.7, 2) * side, rng.uniform(0.12, 0.38) * side
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    form = rng.integers(3)
    radius = size * (1 + (0.25 * np.sin(turn * rng.integers(2, 7)) if form == 0 else 0))
    ring = np.stack([np.cos(turn), np.sin(turn)], 1) * np.broadcast_to(radius, 40)[:, None]
    ring = ring * [1.0, rng.uniform(0.4, 2.2)]
    if form == 2:
        ring = np.clip(ring, -0.7 * size, 0.7 * size)
    cv2.fillPoly(mask, [(ring + centre).round().astype(np.int32)], 255)
    alpha = cv2.GaussianBlur(mask, (0, 0), 1.0)[..., None].astype(np.float32) / 255
    return np.asarray(ground + alpha * (drawn(rng, side) - ground), np.float32)
