"""Flattening a picture into areas of one colour with sharp borders between them.

L0 gradient minimisation (Xu, Lu, Xu, Jia: Image Smoothing via L0 Gradient Minimization, SIGGRAPH
Asia 2011), here with a strength for each pixel, solved at half size; the borders are then set
again at full size by `sharpen_borders`.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from deployments.anime.plane import Plane, blurred, grid, resized, sampled, slopes, smooth_step

_GROWTH = 3.2
_LAST_WEIGHT = 3e3


def flatten(lab: Plane, strength: Plane) -> Plane:
    """The Lab picture `lab` (H×W×3, L from 0 to 100) flattened, at its own size.

    `strength` (H×W) is the square of the smallest colour step, in units of 100 Lab steps, that
    stays a border: from 0.0005 (a portrait's finest shades stay) to 0.02 (a poster).
    """
    height, width = strength.shape
    half = (max(2, (height + 1) // 2), max(2, (width + 1) // 2))
    flat = minimise_gradients(resized(lab, *half), resized(strength, *half))
    return sharpen_borders(resized(flat, height, width), lab)


def minimise_gradients(lab: Plane, strength: Plane) -> Plane:
    """L0 gradient minimisation of `lab` (H×W×3), `strength` (H×W) as in `flatten`."""
    height, width = strength.shape
    padded, limit = _padded(lab / np.float32(100)), _padded(strength)
    channels = [np.ascontiguousarray(padded[..., index]) for index in range(3)]
    spectra = [_spectrum(channel) for channel in channels]
    laplacian = _laplacian_spectrum(*limit.shape)
    weight = 2 * float(limit.mean())
    while weight < _LAST_WEIGHT:
        kept = _kept_steps(channels, limit * np.float32(1 / weight))
        scale = np.float32(1) / (1 + np.float32(weight) * laplacian)
        channels = [
            _picture((spectrum + np.float32(weight) * _spectrum(steps)) * scale)
            for spectrum, steps in zip(spectra, kept, strict=True)
        ]
        weight *= _GROWTH
    flat: Plane = np.stack(channels, axis=2)[:height, :width] * np.float32(100)
    return flat


def _kept_steps(channels: list[Plane], limit: Plane) -> list[Plane]:
    """The divergence of the colour steps whose energy reaches `limit`, for each channel."""
    across = [_difference(channel, 1) for channel in channels]
    down = [_difference(channel, 0) for channel in channels]
    energy = np.zeros_like(limit)
    for step in across + down:
        energy += step * step
    kept = (energy >= limit).astype(np.float32)
    return [_divergence(dx * kept, dy * kept) for dx, dy in zip(across, down, strict=True)]


def _difference(channel: Plane, axis: int) -> Plane:
    """The step from each pixel to the next, round the picture's edge."""
    return np.roll(channel, -1, axis) - channel


def _divergence(across: Plane, down: Plane) -> Plane:
    return np.roll(across, 1, 1) - across + np.roll(down, 1, 0) - down


def _spectrum(channel: Plane) -> Plane:
    return np.asarray(cv2.dft(channel), np.float32)


def _picture(spectrum: Plane) -> Plane:
    return np.asarray(cv2.idft(spectrum, flags=cv2.DFT_SCALE), np.float32)


def _padded(plane: Plane) -> Plane:
    """Grown to an even size that the Fourier transform is quick at."""
    height, width = plane.shape[:2]
    bottom = 2 * cv2.getOptimalDFTSize((height + 1) // 2) - height
    right = 2 * cv2.getOptimalDFTSize((width + 1) // 2) - width
    grown = cv2.copyMakeBorder(plane, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    return np.asarray(grown, np.float32)


@lru_cache(maxsize=4)
def _laplacian_spectrum(height: int, width: int) -> Plane:
    """What the negative Laplacian does to each frequency, in OpenCV's packed order of a real
    transform: real and imaginary parts side by side, in the outer columns one below the other."""
    rows = np.repeat(np.arange(height)[:, None], width, axis=1)
    rows[:, [0, -1]] = ((np.arange(height) + 1) // 2)[:, None]
    columns = (np.arange(width) + 1) // 2
    spectrum = 4 - 2 * np.cos(2 * np.pi * columns / width) - 2 * np.cos(2 * np.pi * rows / height)
    return np.asarray(spectrum, np.float32)


def sharpen_borders(flat: Plane, guide: Plane, reach: float = 2.0) -> Plane:
    """`flat` (H×W×3) with its blurred borders set again where `guide` (H×W×3) has them.

    Each pixel near a border, `reach` px to both sides, is given the colour of the side that it
    resembles in `guide`, so borders are as sharp and as smooth in outline as the photo's own.
    """
    low, high = _sides(flat, reach)
    across = high - low
    contrast: Plane = np.maximum(_dot(across, across), np.float32(1e-4))
    share = smooth_step(_dot(guide - low, across) / contrast, 0.25, 0.75)
    near = smooth_step(np.sqrt(contrast), 3, 8)[..., None]
    sharp = low + across * share[..., None]
    result: Plane = flat + (sharp - flat) * near
    return result


def _sides(flat: Plane, reach: float) -> tuple[Plane, Plane]:
    """The colours `reach` px down and up the slope of every pixel."""
    tone = blurred(_dot(flat, np.array([1, 0.5, 0.5], np.float32)), 1.0)
    right, down = slopes(tone)
    scale = np.asarray(reach / np.maximum(np.hypot(right, down), 1e-4), np.float32)
    right, down = right * scale, down * scale
    columns, rows = grid(*tone.shape)
    return sampled(flat, columns - right, rows - down), sampled(flat, columns + right, rows + down)


def _dot(first: Plane, second: Plane) -> Plane:
    """The dot product of two colours at each pixel (H×W)."""
    return np.asarray(np.einsum("...c,...c->...", first, second), np.float32)
