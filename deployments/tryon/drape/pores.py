"""The fine mottling of skin, which painted skin would lack."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.box import Box

TILE, TILE_UNIT = 512, 190.0
"""Px of the tile that is repeated, and the unit of the body in px at which it is drawn 1:1: that of
an upper body in a picture 1024 px high."""
SLOPE, WIDEST = 1.4, 40.0
"""How fast its amplitudes fall with the frequency, and the longest wave in px. On bare arms of
catalogues the standard deviation of an octave grows from each octave to the wider one."""
STRENGTH = 0.012
"""Its standard deviation as a share of the skin's own light."""
TINTS = np.array([0.7, 1.1, 1.2], np.float32)
"""Of red, green and blue: skin is mottled in redness as well as in light."""


def pores(shape: tuple[int, int], unit: float, box: Box) -> Floats:
    """H×W×3 factors about 1 for the part `box` of a picture of this shape. `unit` is that of the
    body, in the picture's px."""
    scale = unit / TILE_UNIT
    # what is finer than a pixel averages out, as it does in a camera
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    tile = cv2.resize(_tile(), None, fx=scale, fy=scale, interpolation=how)
    rows, columns = (
        np.arange(*part.indices(whole)) % side
        for part, whole, side in zip(box, shape, tile.shape, strict=True)
    )
    return np.asarray(1 + tile[np.ix_(rows, columns)][..., None] * TINTS, np.float32)


@lru_cache(maxsize=1)
def _tile() -> Floats:
    """TILE×TILE noise that goes on over its edges, of the standard deviation STRENGTH."""
    white = np.random.default_rng(7).standard_normal((TILE, TILE)).astype(np.float32)
    across = np.fft.rfftfreq(TILE)[None]
    down = np.fft.fftfreq(TILE)[:, None]
    frequency = np.hypot(across, down)
    fall = np.where(frequency > 1 / WIDEST, np.maximum(frequency, 1 / TILE) ** -SLOPE, 0.0)
    noise = np.fft.irfft2(np.fft.rfft2(white) * fall, s=white.shape)
    tile = np.asarray(noise * (STRENGTH / noise.std()), np.float32)
    tile.setflags(write=False)
    return tile
