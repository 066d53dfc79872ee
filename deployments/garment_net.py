"""Our own network for pictures of garments: mask, category, sleeves, neckline, length.

`training/garment` made it; `weights/garment.md` says from what, and how well it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.pieces import Pieces
from deployments.runtime import session
from deployments.types import Image
from weights.store import Store

HEADS: dict[str, tuple[str, ...]] = {
    "category": (
        "t-shirt",
        "longsleeve",
        "shirt",
        "outwear",
        "dress",
        "pants",
        "shorts",
        "skirt",
        "nothing",
    ),
    "sleeve": ("none", "short", "half", "long"),
    "neckline": ("round", "V", "collar", "high", "wide"),
    "length": ("short", "knee", "long"),
}
SIZE = 256
"""Px of the square that the network sees."""
PADDING = 127
"""What it sees beyond the picture: its zero."""
SEEN = 0.5
"""Chance from which a pixel counts as cloth when the garment's box is looked for."""
MARGIN = 0.1
"""Room around that box in the second look, as a share of its longer side."""
NARROW = 0.8
"""The second look is taken where its box has at most this share of the picture's longer side."""
NO_CLOTH = -8.0
"""The mask's logit where the second look did not reach."""

Chances = Mapping[str, float]


@dataclass(frozen=True)
class GarmentReading:
    """What the network says of a picture."""

    cloth: NDArray[np.float32]
    """H×W: logits of being the garment, smooth; the outline is at 0."""
    category: Chances
    """Of the folders of the Clothing dataset, and of "nothing"."""
    sleeve: Chances
    neckline: Chances
    length: Chances
    """Of dresses and skirts alone."""


@dataclass(frozen=True)
class _Window:
    """A part of a picture, in whole px."""

    left: int
    top: int
    width: int
    height: int

    @property
    def scale(self) -> float:
        return SIZE / max(self.width, self.height)


class GarmentNet:
    """A picture of a garment in, a reading out."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self._session: Any = session(store.path("garment", "garment.onnx"), device)

    def __call__(self, image: Image) -> GarmentReading:
        """Reads `image` (H×W×3). A small garment is looked at again from nearer."""
        whole = _Window(0, 0, image.shape[1], image.shape[0])
        logits, told = self.infer(self.preprocess(image, whole))
        cloth = _spread(logits, whole, image.shape)
        near = _nearer(cloth, image.shape)
        if near is not None:
            logits, closer = self.infer(self.preprocess(image, near))
            cloth = _spread(logits, near, image.shape)
            told = {name: np.float32(0.5) * (told[name] + closer[name]) for name in HEADS}
        return self.postprocess(cloth, told)

    def preprocess(self, image: Image, window: _Window) -> Image:
        """The window in the middle of a square, S×S×3."""
        part = image[window.top : window.top + window.height][
            :, window.left : window.left + window.width
        ]
        wide = max(round(window.width * window.scale), 1)
        tall = max(round(window.height * window.scale), 1)
        square = np.full((SIZE, SIZE, 3), PADDING, np.uint8)
        top, left = (SIZE - tall) // 2, (SIZE - wide) // 2
        square[top : top + tall, left : left + wide] = cv2.resize(
            part, (wide, tall), interpolation=cv2.INTER_AREA
        )
        return square

    def infer(self, square: Image) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
        """Mask logits (S/2×S/2) and the logits of each head."""
        found = self._session.run(["mask", *HEADS], {"picture": square[None]})
        return found[0][0], {name: found[i + 1][0] for i, name in enumerate(HEADS)}

    def postprocess(
        self, cloth: NDArray[np.float32], told: Mapping[str, NDArray[np.float32]]
    ) -> GarmentReading:
        """Names and chances for the logits."""
        chances = {name: _chances(HEADS[name], told[name]) for name in HEADS}
        return GarmentReading(cloth, **chances)


def _spread(
    logits: NDArray[np.float32], window: _Window, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """The mask's logits at the picture's size."""
    cell = window.scale * len(logits) / SIZE
    middle_x, middle_y = window.left + window.width / 2, window.top + window.height / 2
    half = len(logits) / 2
    matrix = np.array(
        [
            [cell, 0, half - cell * middle_x + 0.5 * cell - 0.5],
            [0, cell, half - cell * middle_y + 0.5 * cell - 0.5],
        ]
    )
    spread = cv2.warpAffine(
        logits,
        matrix,
        (shape[1], shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    outside = np.ones(shape[:2], bool)
    outside[window.top : window.top + window.height][
        :, window.left : window.left + window.width
    ] = False
    return np.where(outside, np.float32(NO_CLOTH), spread).astype(np.float32)


def _nearer(cloth: NDArray[np.float32], shape: tuple[int, ...]) -> _Window | None:
    """The garment's box with some room, where it is worth a second look."""
    solid = np.asarray(cloth > np.log(SEEN / (1 - SEEN)), np.uint8)
    pieces = Pieces.of(solid)
    if not len(pieces):
        return None
    boxes = pieces.boxes[pieces.areas >= 0.1 * pieces.areas.max()]
    left, top = int(boxes[:, 0].min()), int(boxes[:, 1].min())
    right, bottom = int((boxes[:, 0] + boxes[:, 2]).max()), int((boxes[:, 1] + boxes[:, 3]).max())
    room = int(MARGIN * max(right - left, bottom - top)) + 2
    left, top = max(left - room, 0), max(top - room, 0)
    right, bottom = min(right + room, shape[1]), min(bottom + room, shape[0])
    if max(right - left, bottom - top) > NARROW * max(shape[:2]):
        return None
    return _Window(left, top, right - left, bottom - top)


def _chances(names: tuple[str, ...], logits: NDArray[np.float32]) -> dict[str, float]:
    share = np.exp(logits - logits.max())
    return {name: float(p) for name, p in zip(names, share / share.sum(), strict=True)}
