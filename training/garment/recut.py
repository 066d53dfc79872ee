"""Sleeveless tops cut from photos of other garments.

In the Clothing dataset seven of two hundred t-shirts have no sleeves, and of the dresses every
third: a network that sees only these takes every tank top for a dress. So tops lose their sleeves
here and dresses everything below the hips, and they are laid on another ground.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import numpy.typing as npt

from deployments.pieces import Pieces
from training.garment.augment import (
    Floats,
    Photo,
    Pixels,
    laid,
    letterbox,
    other_ground,
    warped,
)
from training.garment.labels import CATEGORIES, SLEEVES, UNKNOWN

Marks = Mapping[str, tuple[float, float]]
TSHIRT, LONGSLEEVE, DRESS = (CATEGORIES.index(name) for name in ("t-shirt", "longsleeve", "dress"))
RECUT = (TSHIRT, LONGSLEEVE, DRESS)
"""What can become a sleeveless or a short top."""
BARE = SLEEVES.index("none")
FAR = 10.0
"""Widths of a garment: outside of any picture."""


class Cloth:
    """The places on a garment that seams are drawn between, counted in its width at the armpits."""

    def __init__(self, marks: Marks) -> None:
        """`marks` are the landmarks of a top or a dress, px of its picture."""
        self.marks = {name: np.array(point, np.float64) for name, point in marks.items()}
        down = self.middle("hem") - self.middle("neck")
        self.down = down / max(float(np.linalg.norm(down)), 1e-6)
        across = np.array([self.down[1], -self.down[0]])
        span = self.marks["armpit_left"] - self.marks["armpit_right"]
        self.across = across if float(across @ span) > 0 else -across
        self.width = max(float(np.abs(span @ self.across)), 1.0)

    def middle(self, name: str) -> npt.NDArray[np.float64]:
        return np.asarray((self.marks[f"{name}_left"] + self.marks[f"{name}_right"]) / 2)

    def moved(
        self, point: npt.NDArray[np.float64], across: float, down: float
    ) -> npt.NDArray[np.float64]:
        return np.asarray(point + self.width * (across * self.across + down * self.down))


def erased(pixels: Pixels, ring: npt.NDArray[np.float64]) -> Pixels:
    """RGBA without what lies within a ring of points."""
    alpha = np.ascontiguousarray(pixels[..., 3])
    sixteenths = np.round(np.clip(ring, -1e4, 1e4) * 16).astype(np.int32)
    cv2.fillPoly(alpha, [sixteenths], (0,), cv2.LINE_AA, 4)
    return np.dstack([pixels[..., :3], alpha])


def largest_part(pixels: Pixels) -> Pixels:
    """RGBA without all that hangs together with the largest part no more."""
    solid = np.asarray(pixels[..., 3] > 127, np.uint8)
    pieces = Pieces.of(solid, connectivity=4)
    if len(pieces) < 2:
        return pixels
    near = cv2.dilate(pieces.largest().astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.dstack([pixels[..., :3], pixels[..., 3] * near])


def without_sleeves(rng: np.random.Generator, pixels: Pixels, marks: Marks) -> Pixels:
    """RGBA of a top with armholes where its sleeves were, half of them with straps."""
    cloth = Cloth(marks)
    seam = float(rng.uniform(0.25, 0.95))
    hollow = float(rng.uniform(0.02, 0.09))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        pixels = erased(pixels, _armhole(cloth, side, sign, seam, hollow))
    if rng.random() < 0.5:
        strap = float(rng.uniform(0.05, 0.14))
        pixels = erased(pixels, _deep_neck(cloth, seam, strap, float(rng.uniform(0.1, 0.4))))
    return largest_part(pixels)


def _armhole(
    cloth: Cloth, side: str, sign: float, seam: float, hollow: float
) -> npt.NDArray[np.float64]:
    """All that lies outside of a curve from the shoulder seam to the armpit and on to the hem."""
    names = ("neck", "shoulder", "armpit", "hem")
    neck, tip, armpit, hem = (cloth.marks[f"{name}_{side}"] for name in names)
    start = neck + seam * (tip - neck)
    bend = cloth.moved((start + 2 * armpit) / 3, -sign * hollow * 2, 0.0)
    share = np.linspace(0, 1, 16)[:, None]
    curve = (1 - share) ** 2 * start + 2 * share * (1 - share) * bend + share**2 * armpit
    corners = [
        cloth.moved(armpit, 0.03 * sign, 0.06),
        cloth.moved(hem, 0.05 * sign, 0.0),
        cloth.moved(hem, 0.05 * sign, FAR),
        cloth.moved(hem, FAR * sign, FAR),
        cloth.moved(start, FAR * sign, -FAR),
        cloth.moved(start, 0.0, -FAR),
    ]
    return np.concatenate([curve, np.array(corners)])


def _deep_neck(cloth: Cloth, seam: float, strap: float, depth: float) -> npt.NDArray[np.float64]:
    """All between two straps, down to a round neckline."""
    middle = cloth.middle("neck")
    reach = float((cloth.marks["shoulder_left"] - middle) @ cloth.across) / cloth.width
    inner = float((cloth.marks["neck_left"] - middle) @ cloth.across) / cloth.width
    half = max(inner + seam * (reach - inner) - strap, 0.08)
    front = float((cloth.marks["neck_front"] - middle) @ cloth.down) / cloth.width
    places = np.linspace(-1, 1, 24)
    dips = (max(front, 0.0) + depth) * np.sqrt(1 - places**2)
    line = [cloth.moved(middle, half * x, y) for x, y in zip(places, dips, strict=True)]
    above = [cloth.moved(middle, half, -FAR), cloth.moved(middle, -half, -FAR)]
    return np.array(line + above)


def shortened(rng: np.random.Generator, pixels: Pixels, marks: Marks) -> Pixels:
    """RGBA of a dress that ends at the hips."""
    cloth = Cloth(marks)
    length, bow = float(rng.uniform(1.1, 1.6)), float(rng.uniform(-0.03, 0.06))
    middle = cloth.middle("neck")
    places = np.linspace(-1.5, 1.5, 21)
    line = [cloth.moved(middle, x, length + bow * (1 - x**2)) for x in places]
    below = [cloth.moved(middle, FAR, length + FAR), cloth.moved(middle, -FAR, length + FAR)]
    sides = [cloth.moved(middle, FAR, length), cloth.moved(middle, -FAR, length)]
    return largest_part(erased(pixels, np.array([*line, sides[0], *below, sides[1]])))


def recut(
    rng: np.random.Generator, photo: Photo, marks: Marks, photos: list[Photo], side: int
) -> Photo | None:
    """A top made of a t-shirt, a longsleeve or a dress, on another ground; None of other garments,
    and where the cut left next to nothing."""
    category, sleeve, neckline = photo.labels[:3]
    if not photo.masked or category not in RECUT:
        return None
    if category == DRESS:
        cut = shortened(rng, photo.pixels, marks)
        known = LONGSLEEVE if sleeve == SLEEVES.index("long") else TSHIRT
        labels = (known, sleeve, neckline, UNKNOWN)
    else:
        cut = without_sleeves(rng, photo.pixels, marks)
        labels = (TSHIRT, BARE, UNKNOWN, UNKNOWN)
    left = float((cut[..., 3] > 127).sum()) / max(float((photo.pixels[..., 3] > 127).sum()), 1.0)
    return Photo(_on_ground(rng, cut, photos, side), labels, True) if left > 0.25 else None


def _on_ground(rng: np.random.Generator, cut: Pixels, photos: list[Photo], side: int) -> Pixels:
    """The cut-out as large as usual in a square, on another ground."""
    solid = cut[..., 3] > 127
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    room = int(rng.uniform(0.04, 0.2) * max(len(rows), len(columns)))
    padded = np.pad(cut, ((room, room), (room, room), (0, 0)))
    piece = padded[rows[0] : rows[-1] + 2 * room + 1, columns[0] : columns[-1] + 2 * room + 1]
    matrix = letterbox(piece.shape[0], piece.shape[1], side)
    square: Floats = warped(piece, matrix, side, spread=False)
    picture = laid(rng, square, other_ground(rng, photos, side))
    both = np.dstack([picture, square[..., 3]])
    return np.asarray(np.clip(both + 0.5, 0, 255), np.uint8)
