"""From a neck in the cache to one as users photograph it, in another cloth now and then.

Everything is drawn from the generator that is passed in, so a step of the training is repeatable.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from training.parser.augment import camera, light

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

OTHER_CLOTH, PALER, DYED, LABELLED, CLOSED = 0.35, 0.3, 0.3, 0.3, 0.2
"""How often cloth gets a pattern, loses contrast, is dyed, gets a label inside, and its mask has
the ground in an opening filled."""


@dataclass(frozen=True)
class Neck:
    picture: Pixels
    """S×S×4: RGB and the cloth's mask, 0 or 255."""
    opening: Pixels
    """S×S, 0 or 255: above the front's edge, between the neck points."""


def load_necks(path: str) -> list[Neck]:
    """The necks of a file that `prepare.py` wrote."""
    arrays = np.load(path)
    pairs = zip(arrays["pictures"], arrays["openings"], strict=True)
    return [Neck(picture, opening) for picture, opening in pairs]


def resized(neck: Neck, side: int) -> Neck:
    """The neck at another size, its opening at half of it."""
    half = (side // 2, side // 2)
    return Neck(
        np.asarray(cv2.resize(neck.picture, (side, side), interpolation=cv2.INTER_AREA), np.uint8),
        np.asarray(cv2.resize(neck.opening, half, interpolation=cv2.INTER_AREA), np.uint8),
    )


def sample(rng: np.random.Generator, neck: Neck, side: int) -> Neck:
    """One training example: the picture `side` px wide and high, the opening half of that."""
    matrix = moved(rng, neck.picture.shape[0], side)
    mirrored = cv2.BORDER_REPLICATE
    picture = cv2.warpAffine(
        neck.picture[..., :3], matrix, (side, side), borderMode=mirrored
    ).astype(np.float32)
    border = mirrored if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    mask = cv2.warpAffine(neck.picture[..., 3], matrix, (side, side), borderMode=border)
    opening = cv2.warpAffine(neck.opening, matrix, (side, side))
    picture = dressed_anew(rng, picture, np.asarray(mask, np.uint8), np.asarray(opening, np.uint8))
    if rng.random() < CLOSED:
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    pixels = camera(rng, light(rng, np.clip(picture, 0, 255)))
    return resized(Neck(np.dstack([pixels, mask]).astype(np.uint8), np.asarray(opening)), side)


def moved(rng: np.random.Generator, size: int, side: int) -> npt.NDArray[np.float64]:
    """2×3: turned, scaled, shifted a little, mirrored half of the time; about the neck."""
    scale = side / size * rng.uniform(0.8, 1.3)
    across = scale * rng.uniform(0.88, 1.12) * (1 if rng.random() < 0.5 else -1)
    angle = np.deg2rad(rng.normal(0, 5))
    cosine, sine = np.cos(angle), np.sin(angle)
    linear = np.array([[cosine * across, -sine * scale], [sine * across, cosine * scale]])
    centre = size * np.array([0.5, 0.43]) + rng.normal(0, 0.03 * size, 2)
    target = side * np.array([0.5, 0.43]) + rng.normal(0, 0.02 * side, 2)
    return np.column_stack([linear, target - linear @ centre])


def dressed_anew(
    rng: np.random.Generator, picture: Floats, mask: Pixels, opening: Pixels
) -> Floats:
    """The same neck in cloth of another pattern, contrast or colour, and with a label."""
    cloth = (mask[..., None] / 255).astype(np.float32)
    if rng.random() < OTHER_CLOTH:
        picture = picture + cloth * pattern(rng, len(picture)) * np.float32(rng.uniform(10, 60))
    if rng.random() < PALER and (mask > 127).any():
        lost = np.float32(1 - rng.uniform(0.25, 0.8))
        picture = picture + cloth * lost * (picture[mask > 127].mean(axis=0) - picture)
    if rng.random() < DYED:
        picture = picture + cloth * rng.normal(0, 35, 3).astype(np.float32)
    if rng.random() < LABELLED and (opening > 127).any():
        picture = labelled(rng, picture, opening)
    return np.asarray(picture, np.float32)


def labelled(rng: np.random.Generator, picture: Floats, opening: Pixels) -> Floats:
    """A label somewhere in the opening."""
    rows, columns = np.nonzero(opening > 127)
    at = int(rng.integers(len(rows)))
    tall, wide = int(rng.integers(3, 9)), int(rng.integers(3, 10))
    top, left = max(int(rows[at]) - tall, 0), max(int(columns[at]) - wide, 0)
    done = picture.copy()
    done[top : rows[at] + tall // 2, left : columns[at] + wide] = rng.uniform(0, 255, 3)
    return done


def pattern(rng: np.random.Generator, side: int) -> Floats:
    """Stripes, checks or blotches, S×S×3 about -1..1."""
    kind = rng.integers(3)
    one = blotches(rng, side) if kind == 2 else stripes(rng, side, checked=kind == 1)
    return np.asarray(one[..., None] * rng.uniform(-1, 1, 3), np.float32)


def blotches(rng: np.random.Generator, side: int) -> Floats:
    """Soft spots, S×S."""
    noise = rng.standard_normal((side, side), np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), rng.uniform(1.5, 8))
    return np.asarray(np.tanh(soft / soft.std() * 2), np.float32)


def stripes(rng: np.random.Generator, side: int, *, checked: bool) -> Floats:
    """Stripes one way, or both ways, S×S."""
    y, x = np.mgrid[:side, :side].astype(np.float32)
    angle = rng.choice([0.0, np.pi / 2, rng.uniform(0, np.pi)])
    turns = 2 * np.pi / rng.uniform(4, 30)
    along, across = np.cos(angle), np.sin(angle)
    wave = np.sin((x * along + y * across) * turns + rng.uniform(0, 6))
    bands = np.sign(wave + rng.uniform(-0.6, 0.6))
    if checked:
        bands = np.clip(bands + np.sign(np.sin((y * along - x * across) * turns)), -1, 1)
    return np.asarray(bands, np.float32)
