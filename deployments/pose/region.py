"""Upright squares that are cut out of a picture at any angle, and the way back from them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.types import Image, Points

SHRINK_ABOVE = 2.0
"""A picture that a cut makes more than this times smaller is averaged down first, against
aliasing."""


@dataclass(frozen=True)
class Region:
    """A square in a picture, in px. `angle` is how far the person in it leans clockwise, in
    radians; cut out, the person stands upright."""

    x: float
    y: float
    side: float
    angle: float = 0.0

    @classmethod
    def around(
        cls, centre: NDArray[np.float32], reach: NDArray[np.float32], scale: float
    ) -> Region:
        """The square round `centre` whose half side is the distance to `reach` times `scale`;
        `reach` lies above the centre of an upright person."""
        across, up = float(reach[0] - centre[0]), float(centre[1] - reach[1])
        side = 2 * scale * math.hypot(across, up)
        return cls(float(centre[0]), float(centre[1]), side, math.atan2(across, up))

    def cut(self, image: Image, size: int) -> NDArray[np.uint8]:
        """size×size×3: the square, scaled and turned upright, black outside of the picture."""
        factor = max(1, int(self.side / size / SHRINK_ABOVE))
        if factor > 1:
            height, width = image.shape[:2]
            shrunk = (max(1, width // factor), max(1, height // factor))
            resized = cv2.resize(image, shrunk, interpolation=cv2.INTER_AREA)
            image = np.asarray(resized, np.uint8)
            scale = np.diag([shrunk[0] / width, shrunk[1] / height, 1.0])
        else:
            scale = np.eye(3)
        to_picture = scale @ np.vstack([self._to_picture(size), [0, 0, 1]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        square = cv2.warpAffine(image, to_picture[:2], (size, size), flags=flags)
        return np.asarray(square, np.uint8)

    def to_picture(self, points: Points, size: int) -> Points:
        """Points in the square as `cut` makes it, in px of the picture."""
        matrix = self._to_picture(size)
        return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float32)

    def _to_picture(self, size: int) -> NDArray[np.float64]:
        """2×3, from px of the cut square to px of the picture."""
        cosine = math.cos(self.angle) * self.side / size
        sine = math.sin(self.angle) * self.side / size
        turn = np.array([[cosine, -sine], [sine, cosine]])
        shift = np.array([self.x, self.y]) - turn @ np.array([size / 2, size / 2])
        return np.hstack([turn, shift[:, None]])

    def differs(self, other: Region) -> bool:
        """Whether the other square shows a person noticeably otherwise."""
        apart = math.hypot(self.x - other.x, self.y - other.y) / self.side
        turned = abs(math.remainder(self.angle - other.angle, math.tau))
        return apart > 0.06 or abs(math.log(other.side / self.side)) > 0.12 or turned > 0.12
