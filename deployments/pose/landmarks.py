"""The second half of BlazePose: 33 landmarks of the person in an upright square."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deployments.pose.detector import SCALE
from deployments.pose.region import Region
from deployments.runtime import interpreter
from deployments.types import Image, Points

SIZE = 256
LANDMARKS = 33
CENTRE, REACH = 33, 34
"""The two points after the landmarks: the middle of the hips, and one on the circle round the
body."""
WINDOW = 3
"""Cells to each side of a landmark's own that have a say in where its peak is."""


@dataclass(frozen=True)
class Landmarks:
    """One person. `points` 33×2 px of the picture; `visibility` (33, 0..1): not hidden by
    something; `presence` (33, 0..1): within the square that was looked at; `score` (0..1): it is a
    person."""

    points: Points
    visibility: NDArray[np.float32]
    presence: NDArray[np.float32]
    score: float
    region: Region
    """Where this person would be looked for next time."""


class LandmarkNetwork:
    """33 landmarks of the person in a square of a picture."""

    def __init__(self, path: Path) -> None:
        self._model = interpreter(path)
        self._input = self._model.get_input_details()[0]["index"]
        outputs = {
            tuple(detail["shape"]): detail["index"] for detail in self._model.get_output_details()
        }
        self._values, self._flag = outputs[(1, 195)], outputs[(1, 1)]
        self._heat = outputs[(1, 64, 64, 39)]

    def __call__(self, image: Image, region: Region) -> Landmarks:
        square = (region.cut(image, SIZE)[None] / 255).astype(np.float32)
        self._model.set_tensor(self._input, square)
        self._model.invoke()
        values = self._model.get_tensor(self._values)[0].reshape(39, 5)
        heat = self._model.get_tensor(self._heat)[0]
        points = region.to_picture(refine(values[:, :2], heat), SIZE)
        return Landmarks(
            points[:LANDMARKS],
            sigmoid(values[:LANDMARKS, 3]),
            sigmoid(values[:LANDMARKS, 4]),
            float(self._model.get_tensor(self._flag)[0, 0]),
            Region.around(points[CENTRE], points[REACH], SCALE),
        )


def refine(
    points: NDArray[np.float32], heat: NDArray[np.float32], least: float = 0.5
) -> NDArray[np.float32]:
    """Moves each landmark (N×2 px of the square) to the centre of mass of its heat map (rows ×
    columns × N logits) nearby, where that is certain enough."""
    rows, columns = heat.shape[:2]
    scale = np.array([columns / SIZE, rows / SIZE])
    refined = points.copy()
    for index, (column, row) in enumerate((points * scale).astype(int)):
        if not (0 <= column < columns and 0 <= row < rows):
            continue
        top, left = max(0, row - WINDOW), max(0, column - WINDOW)
        part = sigmoid(heat[top : row + WINDOW + 1, left : column + WINDOW + 1, index])
        if part.max() >= least:
            ys, xs = np.mgrid[: part.shape[0], : part.shape[1]]
            middle = np.array([(xs * part).sum(), (ys * part).sum()]) / part.sum()
            refined[index] = (middle + np.array([left, top])) / scale
    return refined


def sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -60, 60))), np.float32)
