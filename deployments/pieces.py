"""A mask's connected pieces: their sizes and places, and a mask of those that are chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Pieces:
    """All arrays but `numbers` have a row for each piece, in the order of the numbers."""

    numbers: NDArray[np.int32]
    """H×W: 0 outside of the mask, 1 in the first piece, 2 in the second."""
    boxes: NDArray[np.int32]
    """N×4: left, top, width and height in px."""
    areas: NDArray[np.int32]
    """In px."""
    middles: NDArray[np.float64]
    """N×2: x and y in px of the centres of mass."""

    @classmethod
    def of(
        cls, mask: NDArray[np.bool_] | NDArray[np.uint8], *, connectivity: Literal[4, 8] = 8
    ) -> Pieces:
        """Those of a mask (H×W) that is true or above 0 in them. By way of corners, too, where
        `connectivity` is 8."""
        solid = np.asarray(mask, np.uint8)
        _, numbers, stats, middles = cv2.connectedComponentsWithStats(
            solid, connectivity=connectivity
        )
        found = np.asarray(stats[1:], np.int32)
        boxes, areas = found[:, : cv2.CC_STAT_AREA], found[:, cv2.CC_STAT_AREA]
        return cls(np.asarray(numbers, np.int32), boxes, areas, np.asarray(middles[1:]))

    def __len__(self) -> int:
        return len(self.areas)

    def __iter__(self) -> Iterator[NDArray[np.bool_]]:
        """The mask (H×W) of each."""
        for number in range(1, len(self) + 1):
            yield self.numbers == number

    def counted(self, where: NDArray[np.bool_]) -> NDArray[np.int64]:
        """N: how many px of each lie in `where` (H×W)."""
        return np.bincount(self.numbers[where], minlength=len(self) + 1)[1:]

    def chosen(self, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The mask (H×W) of the pieces at which `which` (N) is true."""
        return np.asarray(np.concatenate([[False], which])[self.numbers], np.bool_)

    def largest(self) -> NDArray[np.bool_]:
        """The mask (H×W) of the largest, empty where there is none."""
        return self.numbers == 1 + int(self.areas.argmax()) if len(self) else self.numbers > 0
