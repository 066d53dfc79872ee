"""The first half of BlazePose: where in a picture there are people.

Network and method: MediaPipe's pose detection (Bazarevsky et al., "BlazePose: On-device Real-time
Body Pose tracking", 2020), a single-shot detector with 2254 anchors at 224×224.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deployments.pose.region import Region
from deployments.runtime import interpreter
from deployments.types import Image

SIZE = 224
STRIDES = (8, 16, 32, 32, 32)
ANCHORS_PER_CELL = 2
OVERLAP = 0.3
"""Boxes that overlap more than this (intersection over union) are of one person."""
SCALE = 1.25
"""The landmark network wants this much more than the circle round the body."""


@dataclass(frozen=True)
class Detection:
    """One person. `box` is left, top, right, bottom of the head and shoulders in px; `points` (4×2
    px) are the middle of the hips, a point on the circle round the whole body, the middle of the
    shoulders, a point on the circle round the upper body."""

    score: float
    box: NDArray[np.float32]
    points: NDArray[np.float32]

    @property
    def region(self) -> Region:
        return Region.around(self.points[0], self.points[1], SCALE)


class Detector:
    """People in a picture, the most certain first."""

    def __init__(self, path: Path, minimum_score: float) -> None:
        self._model = interpreter(path)
        self._input = self._model.get_input_details()[0]["index"]
        outputs = {
            detail["shape"][-1]: detail["index"] for detail in self._model.get_output_details()
        }
        self._values, self._scores = outputs[12], outputs[1]
        self._anchors = anchors()
        self._minimum = minimum_score

    def __call__(self, image: Image) -> list[Detection]:
        square = whole(image)
        self._model.set_tensor(self._input, self._preprocess(square, image))
        self._model.invoke()
        values = self._model.get_tensor(self._values)[0]
        scores = self._model.get_tensor(self._scores)[0, :, 0]
        return merge(decode(values, scores, self._anchors, self._minimum), square)

    def _preprocess(self, square: Region, image: Image) -> NDArray[np.float32]:
        return (square.cut(image, SIZE)[None] / 127.5 - 1).astype(np.float32)


def whole(image: Image) -> Region:
    """The square round the whole picture."""
    height, width = image.shape[:2]
    return Region(width / 2, height / 2, max(height, width))


def anchors() -> NDArray[np.float32]:
    """2254×2: the centres of the anchors, from 0 to 1. Layers of the same stride share their
    cells."""
    layers = []
    for stride in sorted(set(STRIDES)):
        cells = SIZE // stride
        grid = np.stack(np.meshgrid(np.arange(cells), np.arange(cells)), -1).reshape(-1, 2)
        times = ANCHORS_PER_CELL * STRIDES.count(stride)
        layers.append(np.repeat((grid + 0.5) / cells, times, axis=0))
    return np.concatenate(layers).astype(np.float32)


def decode(
    values: NDArray[np.float32],
    scores: NDArray[np.float32],
    centres: NDArray[np.float32],
    minimum_score: float,
) -> list[Detection]:
    """What the network says of each anchor, in px of its input, kept where it is certain enough.

    `values` N×12: box centre and size, then four points, relative to the anchor; `scores` N logits.
    """
    certainty = 1 / (1 + np.exp(-np.clip(scores, -60, 60)))
    found = []
    for index in np.flatnonzero(certainty >= minimum_score):
        pairs = values[index].reshape(6, 2)
        centre = pairs[0] + centres[index] * SIZE
        box = np.concatenate([centre - pairs[1] / 2, centre + pairs[1] / 2])
        points = pairs[2:] + centres[index] * SIZE
        found.append(Detection(float(certainty[index]), box, points))
    return found


def merge(found: list[Detection], square: Region) -> list[Detection]:
    """One detection a person, in px of the picture: overlapping ones are averaged by their
    scores."""
    left = sorted(found, key=lambda detection: -detection.score)
    people = []
    while left:
        same = [one for one in left if overlap(left[0].box, one.box) > OVERLAP] or left[:1]
        left = [one for one in left if all(one is not other for other in same)]
        people.append(_average(same, square))
    return people


def _average(same: list[Detection], square: Region) -> Detection:
    weights = np.array([one.score for one in same], np.float32)
    box = np.average([one.box for one in same], axis=0, weights=weights)
    points = np.average([one.points for one in same], axis=0, weights=weights)
    corners = square.to_picture(np.asarray(box.reshape(2, 2), np.float32), SIZE)
    placed = square.to_picture(np.asarray(points, np.float32), SIZE)
    return Detection(same[0].score, corners.reshape(4), placed)


def overlap(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Intersection over union of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    areas = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return float(both / (areas - both))
