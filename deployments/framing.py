"""The part of a photo that an engine is to see: a 3:4 window round the person, and the way back.

The rule is that of github.com/GrayXu/Virtual-Try-On-Flask (MPL-2.0), whose networks were trained on
people from the head to the hips: from the top of the head down to hips and hands, a fifth more at
either end, and as broad as arms need. What had to be mended in it: key points move with the window,
labels are never mixed, and no window reaches beyond the photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.sight import Framing
from deployments.types import Image, Joint, ParseMap, Points, Pose, frozen

_Picture = TypeVar("_Picture", bound=NDArray[np.uint8])

ASPECT_HEIGHT, ASPECT_WIDTH = 4, 3
MARGIN = 0.2
"""Of the height from the head's top to hips and hands, added above and below."""
BESIDE = 0.1
"""Of the arms' breadth, added at either side."""
CROWN = 1.1
"""From the neck to the head's top, in lengths from the neck to the nose, beyond the nose."""
SMALL = 32
"""Px under which nobody is looked at more closely."""

HEAD = (
    Joint.NOSE,
    Joint.RIGHT_EYE,
    Joint.LEFT_EYE,
    Joint.RIGHT_EAR,
    Joint.LEFT_EAR,
)
ARMS = (
    Joint.RIGHT_SHOULDER,
    Joint.RIGHT_ELBOW,
    Joint.RIGHT_WRIST,
    Joint.LEFT_SHOULDER,
    Joint.LEFT_ELBOW,
    Joint.LEFT_WRIST,
)
LOWEST = (Joint.RIGHT_HIP, Joint.LEFT_HIP, Joint.RIGHT_WRIST, Joint.LEFT_WRIST)


@dataclass(frozen=True)
class Window:
    """A rectangle inside a photo, in whole px."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def whole(cls, shape: tuple[int, ...]) -> Window:
        """All of a picture of this shape (height, width, ...)."""
        return cls(0, 0, shape[1], shape[0])

    def cut(self, picture: _Picture) -> _Picture:
        """What the window shows of a photo, mask or map of labels, pixel by pixel."""
        shown: _Picture = frozen(  # type: ignore[assignment]
            picture[self.top : self.top + self.height, self.left : self.left + self.width]
        )
        return shown

    def pose(self, pose: Pose) -> Pose:
        """The key points in px of the window; those beyond it are 0, 0, 0: not seen."""
        moved = pose.copy()
        moved[:, :2] -= (self.left, self.top)
        inside = (moved[:, :2] >= 0).all(1) & (moved[:, :2] < (self.width, self.height)).all(1)
        moved[~inside | (pose[:, 2] <= 0)] = 0
        moved.setflags(write=False)
        return moved

    def put_back(self, photo: Image, shown: Image) -> Image:
        """The photo with `shown`, of the window's size, in the window's place."""
        whole = photo.copy()
        whole[self.top : self.top + self.height, self.left : self.left + self.width] = shown
        return frozen(whole)


def scaled(
    photo: Image, pose: Pose, parse: ParseMap, height: int, width: int
) -> tuple[Image, Pose, ParseMap]:
    """All three at another size: the photo by area or bilinearly, the labels by the nearest."""
    across, down = width / photo.shape[1], height / photo.shape[0]
    method = cv2.INTER_AREA if down < 1 else cv2.INTER_LINEAR
    picture = cv2.resize(photo, (width, height), interpolation=method)
    labels = cv2.resize(parse, (width, height), interpolation=cv2.INTER_NEAREST)
    moved = pose.copy()
    moved[:, :2] *= (across, down)
    moved.setflags(write=False)
    return frozen(picture.astype(np.uint8)), moved, frozen(labels.astype(np.uint8))


def window_for(framing: Framing, pose: Pose, parse: ParseMap) -> Window:
    """The window that an engine wants of a photo whose labels are `parse`."""
    return upper_window(pose, parse.shape) if framing == "upper" else figure_window(pose, parse)


def upper_window(pose: Pose, shape: tuple[int, ...]) -> Window:
    """The 3:4 window round head, arms and trunk, inside a picture of `shape` (height, width, ...).

    Where the picture has no 3:4 window that large, the largest one that it has, over the trunk. A
    picture of less than 4 rows or 3 columns has none at all: the window is the whole of it.
    """
    seen = _within(pose, shape)
    arms, lowest = _seen(seen, ARMS), _seen(seen, LOWEST)
    if not len(arms):
        return _fitted(shape[1] / 2, 0.0, float(shape[0]), shape)
    top = min(head_top(seen), float(arms[:, 1].min()))  # a hand may be raised above the head
    bottom = max(float(arms[:, 1].max()), float(lowest[:, 1].max()) if len(lowest) else shape[0])
    tall = max(bottom - top, float(SMALL))
    top, bottom = max(top - MARGIN * tall, 0.0), min(bottom + MARGIN * tall, float(shape[0]))
    left, right = float(arms[:, 0].min()), float(arms[:, 0].max())
    breadth = (right - left) * (1 + 2 * BESIDE)
    height = max(bottom - top, breadth * ASPECT_HEIGHT / ASPECT_WIDTH, float(SMALL))
    return _fitted((left + right) / 2, (top + bottom - height) / 2, height, shape)


def figure_window(pose: Pose, parse: ParseMap) -> Window:
    """The 3:4 window round the whole person, key points and labels, with room to spare; the whole
    picture where no such window lies within it."""
    shape = parse.shape
    seen = _within(pose, shape)
    points = seen[seen[:, 2] > 0, :2]
    rows, columns = (np.flatnonzero(parse.any(axis)) for axis in (1, 0))
    if not len(points) or not len(rows):
        return Window.whole(shape)
    left = min(float(points[:, 0].min()), float(columns[0]))
    right = max(float(points[:, 0].max()), float(columns[-1]))
    top, bottom = min(head_top(seen), float(rows[0])), max(points[:, 1].max(), float(rows[-1]))
    top, bottom = _grown(top, bottom, MARGIN, shape[0])
    left, right = _grown(left, right, MARGIN, shape[1])
    height = max(bottom - top, (right - left) * ASPECT_HEIGHT / ASPECT_WIDTH)
    if height > _tallest(shape):
        return Window.whole(shape)
    return _fitted((left + right) / 2, (top + bottom - height) / 2, height, shape)


def head_top(pose: Pose) -> float:
    """The row of the head's top, guessed from face and neck; at least 0."""
    face, arms = _seen(pose, HEAD), _seen(pose, ARMS)
    shoulders = _seen(pose, (Joint.RIGHT_SHOULDER, Joint.LEFT_SHOULDER, Joint.NECK))
    if not len(face):
        breadth = float(np.ptp(arms[:, 0])) if len(arms) else 0.0
        return max(float((shoulders if len(shoulders) else arms)[:, 1].min()) - breadth, 0.0)
    middle = float(face[:, 1].mean())
    if not len(shoulders):
        return max(middle - 2 * float(np.ptp(face[:, 0])), 0.0)
    return max(middle - CROWN * max(float(shoulders[:, 1].mean()) - middle, 0.0), 0.0)


def _within(pose: Pose, shape: tuple[int, ...]) -> Pose:
    """The pose with what lies outside of the picture moved to its edge."""
    moved = pose.copy()
    moved[:, :2] = np.clip(pose[:, :2], 0, (shape[1] - 1, shape[0] - 1))
    return moved


def _seen(pose: Pose, joints: tuple[Joint, ...]) -> Points:
    found = pose[list(joints)]
    return np.asarray(found[found[:, 2] > 0, :2], np.float32)


def _grown(begin: float, end: float, share: float, limit: int) -> tuple[float, float]:
    more = share * (end - begin)
    return max(begin - more, 0.0), min(end + more, float(limit))


def _tallest(shape: tuple[int, ...]) -> float:
    return min(float(shape[0]), shape[1] * ASPECT_HEIGHT / ASPECT_WIDTH)


def _fitted(middle: float, top: float, height: float, shape: tuple[int, ...]) -> Window:
    """The window of this height, or the tallest that there is, moved into the picture."""
    most = int(_tallest(shape)) // ASPECT_HEIGHT
    if not most:
        return Window.whole(shape)
    unit = min(int(np.ceil(height / ASPECT_HEIGHT)), most)
    wide, tall = ASPECT_WIDTH * unit, ASPECT_HEIGHT * unit
    left = round(middle - wide / 2)
    below = round(top + (height - tall) / 2)
    return Window(
        min(max(left, 0), shape[1] - wide), min(max(below, 0), shape[0] - tall), wide, tall
    )
