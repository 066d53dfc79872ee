"""Colour patterns of cloth: jersey, denim, stripes, checks, dots. Colours are sRGB 0..255."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from training.figures.cloth import Colour, Field, Pattern, linear, noise


@lru_cache(maxsize=16)
def _grain(seed: int, x: float, y: float) -> Field:
    return noise(seed, x, y)


def turned(pattern: Pattern, degrees: float, x0: float = 0.0, y0: float = 0.0) -> Pattern:
    """The pattern turned about a point, as on a sleeve that hangs askew."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))

    def at(x: Field, y: Field) -> Field:
        return pattern(c * (x - x0) + s * (y - y0), -s * (x - x0) + c * (y - y0))

    return at


def jersey(colour: Colour, seed: int = 3, heather: float = 0.0) -> Pattern:
    """Fine knit; `heather` 0..1 mixes lighter and darker fibres in."""
    base = linear(colour)

    def at(x: Field, y: Field) -> Field:
        wales = 0.022 * np.sin(2 * np.pi * x / 1.9) * np.sin(2 * np.pi * y / 2.3)
        fibre = 0.030 * _grain(seed, 0.7, 1.6) + 0.014 * _grain(seed + 1, 8.0, 11.0)
        fleck = heather * 0.16 * _grain(seed + 2, 2.6, 0.9)
        return np.asarray(base * (1 + wales + fibre + fleck)[..., None], dtype=np.float32)

    return at


def woven(colour: Colour, seed: int = 5) -> Pattern:
    """Plain weave as in shirts and chinos."""
    base = linear(colour)

    def at(x: Field, y: Field) -> Field:
        threads = 0.022 * np.sin(2 * np.pi * x / 1.7) + 0.022 * np.sin(2 * np.pi * y / 1.7)
        slub = 0.022 * _grain(seed, 0.8, 9.0) + 0.022 * _grain(seed + 1, 9.0, 0.8)
        return np.asarray(base * (1 + threads + slub)[..., None], dtype=np.float32)

    return at


def denim(colour: Colour, seed: int = 11) -> Pattern:
    """Indigo twill with white weft showing; thighs and knees are worn paler."""
    dark, pale = linear(colour), linear((172, 188, 205))

    def at(x: Field, y: Field) -> Field:
        twill = np.sin(2 * np.pi * (x + 0.55 * y) / 2.1)
        weft = np.clip(0.10 + 0.06 * twill + 0.06 * _grain(seed, 0.6, 3.2), 0, 1)
        thigh = np.exp(-(((np.abs(x) - 95) / 48) ** 2) - ((y - 430) / 210) ** 2)
        worn = 0.30 * thigh * (1 + 0.25 * _grain(seed + 1, 5.0, 26.0))
        share = np.clip(weft + worn, 0, 0.8)[..., None]
        return np.asarray(dark * (1 - share) + pale * share, dtype=np.float32)

    return at


def _band(value: Field, period: float, width: float) -> Field:
    """1 inside a stripe of `width` every `period`, with a soft edge of half a unit."""
    away = np.abs((value / period) % 1 - 0.5) * period
    return np.asarray(np.clip((width / 2 - away) / 0.5 + 0.5, 0, 1), dtype=np.float32)


def stripes(ground: Colour, stripe: Colour, period: float, width: float) -> Pattern:
    """Horizontal stripes on jersey."""
    below, above = jersey(ground), jersey(stripe)

    def at(x: Field, y: Field) -> Field:
        share = _band(y, period, width)[..., None]
        return np.asarray(below(x, y) * (1 - share) + above(x, y) * share, dtype=np.float32)

    return at


def checks(ground: Colour, wide: Colour, narrow: Colour, period: float) -> Pattern:
    """A flannel check: wide bands that cross darker, a thin line between them."""
    base, colour, line = woven(ground), linear(wide), linear(narrow)

    def at(x: Field, y: Field) -> Field:
        across, down = _band(x, period, period * 0.46), _band(y, period, period * 0.46)
        share = (0.5 * across + 0.5 * down)[..., None]
        cloth = base(x, y)
        cloth = cloth * (1 - share) + cloth / linear(ground) * colour * share
        thin = np.maximum(_band(x + period / 2, period, 2.2), _band(y + period / 2, period, 2.2))
        thin = (0.75 * thin)[..., None]
        return np.asarray(cloth * (1 - thin) + line * thin, dtype=np.float32)

    return at


def blossoms(ground: Colour, petals: Colour, hearts: Colour, spacing: float, seed: int) -> Pattern:
    """Small five-petalled flowers scattered on a jittered hexagonal lattice."""
    base, petal, heart = woven(ground), linear(petals), linear(hearts)

    def at(x: Field, y: Field) -> Field:
        row = np.floor(y / spacing)
        shifted = x + spacing / 2 * (row % 2)
        column = np.floor(shifted / spacing)
        jitter_x = np.sin(column * 12.9 + row * 78.2 + seed) * spacing * 0.2
        jitter_y = np.sin(column * 39.4 + row * 11.1 + seed) * spacing * 0.2
        dx = shifted - (column + 0.5) * spacing - jitter_x
        dy = y - (row + 0.5) * spacing - jitter_y
        angle = np.arctan2(dy, dx) + (column * 2.3 + row * 1.7)
        away = np.hypot(dx, dy)
        size = spacing * 0.17 * (1 + 0.45 * np.abs(np.cos(2.5 * angle)))
        flower = np.clip((size - away) / 0.6 + 0.5, 0, 1)[..., None]
        middle = np.clip((spacing * 0.065 - away) / 0.6 + 0.5, 0, 1)[..., None]
        cloth = base(x, y)
        light = cloth / linear(ground)
        cloth = cloth * (1 - flower) + light * petal * flower
        return np.asarray(cloth * (1 - middle) + light * heart * middle, dtype=np.float32)

    return at
