"""A face taken out of a photo upright, to be drawn alone, and put back where it was."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.anime.plane import Plane, grid, smooth_step
from deployments.types import Image, Joint, ModelError, Pose, frozen

SMALLEST_SIDE, LARGEST_SIDE = 256, 1024
"""Px along the square that is drawn: less is too coarse for any style, more tells nothing new."""
_EYES_TO_SIDE = 5.2
_EARS_TO_SIDE = 2.6
"""A head with its hair is about so many distances between the eyes, or the ears, high. From the
side the one distance shrinks and the other grows, so the larger answer counts."""
_BELOW_EYES = 0.06
"""How far the square's middle lies below the eyes, as a share of its side."""
_FEATHER = (0.80, 0.98)
"""Radii, as shares of half the side, between which the drawing fades into the photo."""


class FaceNotFound(ModelError):
    """No eyes are seen, so there is no face to take out."""


@dataclass(frozen=True)
class Frame:
    """Where a face is: `to_square` (2×3) leads from the photo's px to those of an upright square
    of `side` px."""

    to_square: NDArray[np.float64]
    side: int


def face_frame(pose: Pose, size: tuple[int, ...]) -> Frame:
    """The square round the head of `pose` (25×3, px), eyes level, in a photo of `size` (height,
    width). Raises FaceNotFound."""
    right, left = pose[Joint.RIGHT_EYE], pose[Joint.LEFT_EYE]
    if not (_is_seen(right, size) and _is_seen(left, size)):
        raise FaceNotFound(
            "no face was found in the picture", "turn it to the camera, or draw the whole picture"
        )
    level = np.asarray(left[:2] - right[:2], np.float64)
    extent = max(_EYES_TO_SIDE * float(np.hypot(*level)), _EARS_TO_SIDE * _ear_distance(pose))
    side = int(np.clip(round(extent), SMALLEST_SIDE, LARGEST_SIDE))
    turn = np.arctan2(level[1], level[0])
    down = np.array([-np.sin(turn), np.cos(turn)])
    middle = (right[:2] + left[:2]) / 2 + _BELOW_EYES * extent * down
    return Frame(_turned(middle, float(turn), side / max(extent, 1.0), side), side)


def take_out(image: Image, frame: Frame) -> Image:
    """The square of `frame` (side×side×3); what lies beyond the photo repeats its edge."""
    size = (frame.side, frame.side)
    cut = cv2.warpAffine(
        image, frame.to_square, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    return frozen(np.asarray(cut, np.uint8))


def put_back(image: Image, face: Image, frame: Frame) -> Image:
    """`image` with `face` (as from `take_out`) in its place; pixels outside the round stay."""
    height, width = image.shape[:2]
    size, back = (width, height), cv2.WARP_INVERSE_MAP | cv2.INTER_CUBIC
    drawn = cv2.warpAffine(
        face, frame.to_square, size, flags=back, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    share = cv2.warpAffine(_round(frame.side), frame.to_square, size, flags=flags)
    mixed = image + (drawn - image) * np.asarray(share, np.float32)[..., None]
    return frozen(np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8))


def mixed(photo: Image, drawn: Image, strength: float) -> Image:
    """Between `photo` (strength 0) and `drawn` (1), of the same size."""
    if strength >= 1:
        return drawn
    if strength <= 0:
        return photo
    return frozen(np.asarray(cv2.addWeighted(drawn, strength, photo, 1 - strength, 0), np.uint8))


def _is_seen(joint: NDArray[np.float32], size: tuple[int, ...]) -> bool:
    """A joint just outside of the photo is known as well, by where it must be."""
    x, y, score = joint
    return bool(score > 0 and 0 <= x < size[1] and 0 <= y < size[0])


def _ear_distance(pose: Pose) -> float:
    ears = pose[[Joint.RIGHT_EAR, Joint.LEFT_EAR]]
    return float(np.hypot(*(ears[0, :2] - ears[1, :2]))) if ears[:, 2].all() else 0.0


def _turned(
    middle: NDArray[np.float64], turn: float, scale: float, side: int
) -> NDArray[np.float64]:
    """`middle` goes to the square's middle, the line of the eyes becomes level."""
    cosine, sine = scale * np.cos(turn), scale * np.sin(turn)
    rotation = np.array([[cosine, sine], [-sine, cosine]])
    shift = side / 2 - rotation @ middle
    return np.column_stack([rotation, shift])


def _round(side: int) -> Plane:
    x, y = grid(side, side)
    away = np.hypot(x - side / 2, y - side / 2) * np.float32(2 / side)
    return 1 - smooth_step(np.asarray(away, np.float32), *_FEATHER)
