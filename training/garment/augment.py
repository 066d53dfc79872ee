"""From a photo of a garment to one as users take them: turned, lit, on another ground, or none.

Everything is drawn from the generator that is passed in, so a step of the training is repeatable.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from training.garment import grounds
from training.garment.labels import HEADS, NOTHING, UNKNOWN
from training.parser.augment import camera, light

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
PADDING = 127
MASK_STRIDE = 2
IGNORED = 255
FLAT = 0.5
"""Share of pasted garments that become a mere outline filled by chance: form tells kinds apart."""


@dataclass(frozen=True)
class Photo:
    """RGBA pixels (alpha is the mask), what is known, and whether the mask is."""

    pixels: Pixels
    labels: tuple[int, ...]
    """One index for each of `HEADS`, or `UNKNOWN`."""
    masked: bool


@dataclass(frozen=True)
class Example:
    picture: Pixels
    """S×S×3."""
    mask: Pixels
    """S/2×S/2, 0..254 for coverage, 255 for unknown."""
    labels: tuple[int, ...]


def load_photos(path: str) -> list[Photo]:
    """The photos of a file that `prepare.py` wrote."""
    arrays = np.load(path)
    pixels, start, found = arrays["pixels"], 0, []
    for (height, width), known in zip(arrays["sizes"], arrays["known"], strict=True):
        count = int(height) * int(width) * 4
        piece = pixels[start : start + count].reshape(height, width, 4)
        found.append(Photo(piece, tuple(int(v) for v in known[:4]), bool(known[4])))
        start += count
    return found


def letterbox(height: int, width: int, side: int) -> npt.NDArray[np.float64]:
    """2×3 matrix from a photo's pixels into the middle of a square."""
    scale = side / max(height, width)
    shift = (side - scale * np.array([width, height])) / 2 + 0.5 * scale - 0.5
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])


def moved(
    rng: np.random.Generator, height: int, width: int, side: int, turn: float
) -> npt.NDArray[np.float64]:
    """The letterbox, turned by up to `turn` degrees, scaled, shifted, mirrored half of the time."""
    angle, scale = rng.uniform(-turn, turn), rng.uniform(0.72, 1.2)
    around = np.vstack([cv2.getRotationMatrix2D((side / 2, side / 2), angle, scale), [0, 0, 1]])
    around[:2, 2] += rng.normal(0, 0.04 * side, 2)
    around[1, :2] *= rng.uniform(0.92, 1.08)
    if rng.random() < 0.5:
        around = np.array([[-1, 0, side - 1], [0, 1, 0], [0, 0, 1]]) @ around
    return np.asarray((around @ np.vstack([letterbox(height, width, side), [0, 0, 1]]))[:2])


def warped(pixels: Pixels, matrix: npt.NDArray[np.float64], side: int, spread: bool) -> Floats:
    """`spread` continues the photo's border outwards; otherwise there is padding."""
    border = cv2.BORDER_REPLICATE if spread else cv2.BORDER_CONSTANT
    fill = (PADDING, PADDING, PADDING, 0)
    smooth = pixels
    shrink = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if shrink < 0.7:  # against aliasing
        smooth = cv2.GaussianBlur(pixels, (0, 0), 0.45 / shrink).astype(np.uint8)
    return cv2.warpAffine(
        smooth, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=border, borderValue=fill
    ).astype(np.float32)


def ground_piece(rng: np.random.Generator, photo: Photo, side: int) -> Floats | None:
    """The widest strip beside a garment, mirrored until it fills the square."""
    solid = photo.pixels[..., 3] > 20
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if not photo.masked or not len(rows):
        return None
    height, width = solid.shape
    margins = (rows[0], height - 1 - rows[-1], columns[0], width - 1 - columns[-1])
    widest = int(np.argmax(margins))
    wide = int(margins[widest]) - 3
    if wide < 24:
        return None
    strip = np.rot90(photo.pixels[..., :3], {0: 0, 1: 2, 2: 3, 3: 1}[widest])[:wide]
    grown = cv2.resize(strip, None, fx=side / strip.shape[1], fy=side / strip.shape[1])
    lacking = max(side - grown.shape[0], 0)
    full = cv2.copyMakeBorder(grown, 0, lacking, 0, 0, cv2.BORDER_REFLECT)[:side, :side]
    return np.rot90(full, int(rng.integers(4))).astype(np.float32)


def other_ground(rng: np.random.Generator, photos: list[Photo], side: int) -> Floats:
    """From another photo, or drawn."""
    if rng.random() < 0.6:
        found = ground_piece(rng, photos[rng.integers(len(photos))], side)
        if found is not None:
            return found
    return grounds.drawn(rng, side)


def laid(rng: np.random.Generator, cut: Floats, ground: Floats) -> Floats:
    """A cut-out on a ground, with its soft shadow."""
    alpha = cut[..., 3:] / 255
    shift = np.array([[1, 0, rng.normal(0, 4)], [0, 1, rng.uniform(-2, 6)]])
    shadow = cv2.warpAffine(alpha, shift, alpha.shape[1::-1])
    shadow = cv2.GaussianBlur(shadow, (0, 0), rng.uniform(2, 9))[..., None]
    behind = ground * (1 - np.float32(rng.uniform(0, 0.45)) * shadow)
    return np.asarray(behind + alpha * (cut[..., :3] - behind), np.float32)


def halved(mask: Floats) -> Pixels:
    """Coverage at half the size, 0..254."""
    size = mask.shape[0] // MASK_STRIDE
    small = cv2.resize(mask, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(small, 0, 254), np.uint8)


def garment(rng: np.random.Generator, photo: Photo, photos: list[Photo], side: int) -> Example:
    """One of a photo of a garment."""
    height, width = photo.pixels.shape[:2]
    turn = 20 if rng.random() < 0.5 else 6
    matrix = moved(rng, height, width, side, turn)
    pasted = photo.masked and rng.random() < 0.4
    found = warped(photo.pixels, matrix, side, not pasted and rng.random() < 0.5)
    labels = photo.labels
    if pasted and rng.random() < FLAT:
        found[..., :3] = grounds.drawn(rng, side)
        labels = (*labels[:2], UNKNOWN, *labels[3:])
    picture = laid(rng, found, other_ground(rng, photos, side)) if pasted else found[..., :3]
    mask = halved(found[..., 3]) if photo.masked else None
    unknown = np.full((side // MASK_STRIDE,) * 2, IGNORED, np.uint8)
    return Example(camera(rng, light(rng, picture)), unknown if mask is None else mask, labels)


def nothing(
    rng: np.random.Generator, pieces: list[Pixels], photos: list[Photo], side: int
) -> Example:
    """One without a garment: a bare ground, a drawn thing, a piece of a street photo."""
    choice = rng.random()
    if choice < 0.55 and pieces:
        piece = pieces[rng.integers(len(pieces))]
        opaque = np.dstack([piece, np.zeros(piece.shape[:2], np.uint8)])
        matrix = moved(rng, piece.shape[0], piece.shape[1], side, 20)
        picture = warped(opaque, matrix, side, bool(rng.random() < 0.5))[..., :3]
    elif choice < 0.7:
        picture = other_ground(rng, photos, side)
    else:
        picture = grounds.drawn_thing(rng, side)
    labels = (NOTHING,) + (UNKNOWN,) * (len(HEADS) - 1)
    empty = np.zeros((side // MASK_STRIDE,) * 2, np.uint8)
    return Example(camera(rng, light(rng, picture)), empty, labels)
