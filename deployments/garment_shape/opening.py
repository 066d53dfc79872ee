"""Our own network for the neck opening of a top: where the inside of its back is seen.

`training/neckline` made it; `weights/neckline.md` says from what, and how well it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.outline import Outline
from deployments.garment_shape.top import TopHalf
from deployments.pieces import Pieces
from deployments.runtime import session
from deployments.types import Image
from weights.store import Store

SIZE = 160
"""Px of the square that the network sees."""
WIDE, ABOVE = 1.8, 0.15
"""The square's side, and how far it reaches above the garment, in half widths at the armpits."""
OTHER_SIDE = 0.35
"""How much the other side of the neck has to say about each."""
MAYBE = 0.3
"""Chance from which a place may belong to the opening."""


@dataclass(frozen=True)
class View:
    """The neck of a garment in its upright frame, as the network sees it."""

    picture: Image
    """S×S×4: RGB and the cloth's mask, 0 or 255."""
    matrix: NDArray[np.float64]
    """2×3, from the upright frame to the view."""


@dataclass(frozen=True)
class Opening:
    """Where the inside of the back is seen, by the network."""

    chances: NDArray[np.float32]
    """S/2×S/2: of lying above the front's edge, between the neck points."""
    matrix: NDArray[np.float64]
    """2×3, from the upright frame to these chances."""

    def at(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """The chances at H×W×2 points of the upright frame."""
        where = (points @ self.matrix[:, :2].T + self.matrix[:, 2]).astype(np.float32)
        return np.asarray(cv2.remap(self.chances, where[..., 0], where[..., 1], cv2.INTER_LINEAR))

    @cached_property
    def half_width(self) -> float:
        """Half of its width in px of the upright frame; 0 where there is none."""
        columns = np.flatnonzero((self.chances > 0.5).any(axis=0))
        if not len(columns):
            return 0.0
        return float(columns[-1] - columns[0] + 1) / 2 / float(self.matrix[0, 0])


class OpeningNet:
    """A picture of a top and its outline in, its neck opening out."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self._session: Any = session(store.path("neckline", "neckline.onnx"), device)

    def __call__(self, image: Image, outline: Outline, left: TopHalf, right: TopHalf) -> Opening:
        """The opening of the garment in `image` (H×W×3); `left` and `right` are the wearer's."""
        view = neck_view(image, outline, left, right)
        logits = self._session.run(["opening"], {"picture": view.picture[None]})[0][0]
        cell = len(logits) / SIZE
        matrix = cell * view.matrix
        matrix[:, 2] += 0.5 * cell - 0.5
        chances = (1 / (1 + np.exp(-logits))).astype(np.float32)
        middle = float(matrix[0, 0] * outline.axis + matrix[0, 2])
        return Opening(_settled(_balanced(chances, middle)), matrix)


def _balanced(chances: NDArray[np.float32], middle: float) -> NDArray[np.float32]:
    """Each side helped by the other, since most necklines are symmetric about the x of `middle`."""
    mirror = np.array([[-1, 0, 2 * middle], [0, 1, 0]])
    other = cv2.warpAffine(chances, mirror, chances.shape[::-1])
    return np.asarray(chances + OTHER_SIDE * (other - chances), np.float32)


def _settled(chances: NDArray[np.float32]) -> NDArray[np.float32]:
    """The chances of one opening without holes: the largest piece that may be one."""
    opening = Pieces.of(chances > MAYBE).largest()
    contours, _ = cv2.findContours(opening.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = cv2.drawContours(np.zeros(chances.shape, np.uint8), contours, -1, (1,), cv2.FILLED)
    hole = (whole > 0) & ~opening
    return np.where(hole, 1.0, chances * opening).astype(np.float32)


def neck_view(
    image: Image, outline: Outline, left: TopHalf, right: TopHalf, size: int = SIZE
) -> View:
    """The square round a garment's neck, `size` px wide and high."""
    reach = max(float(left.point("armpit")[0] + right.point("armpit")[0]) / 2, 2.0)
    scale = size / (WIDE * reach)
    corner = np.array([outline.axis - WIDE / 2 * reach, outline.top - ABOVE * reach])
    matrix = np.column_stack([scale * np.eye(2), -scale * corner])
    whole = np.vstack([matrix, [0, 0, 1]]) @ np.vstack([outline.matrix, [0, 0, 1]])
    picture = _shrunk_to(image, whole[:2], size)
    cloth = cv2.warpAffine(255 * outline.mask, matrix, (size, size))
    return View(np.dstack([picture, cloth]).astype(np.uint8), matrix)


def _shrunk_to(image: Image, matrix: NDArray[np.float64], size: int) -> Image:
    """The picture in a view: made smaller by areas first, so that no stripe is lost or made up."""
    shrink = min(float(np.hypot(matrix[0, 0], matrix[1, 0])), 1.0)
    small = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    at_small = matrix.copy()
    at_small[:, :2] /= shrink
    border = cv2.BORDER_REPLICATE
    return cv2.warpAffine(small, at_small, (size, size), borderMode=border).astype(np.uint8)
