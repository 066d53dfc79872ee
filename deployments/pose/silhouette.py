"""Where somebody stands, coarsely: what BlazePose's landmark network answers besides landmarks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.pose.landmarks import SIZE
from deployments.pose.region import Region
from deployments.runtime import interpreter
from deployments.types import Image
from weights.store import Store

MODEL, FILE = "blazepose", "pose_landmark_full.tflite"
CERTAIN = 6.0
"""Log-odds beyond which the network is not believed: its edges are soft, its errors sure."""


class Silhouette:
    """The person's log-odds at each place of a crop. Not safe to share between threads.

    A network that learned of people in other photos than the parser did, for other ends, so what it
    mistakes the parser seldom does.
    """

    def __init__(self, store: Store) -> None:
        self._model = interpreter(store.path(MODEL, FILE))
        self._input = self._model.get_input_details()[0]["index"]
        outputs = {
            tuple(detail["shape"]): detail["index"] for detail in self._model.get_output_details()
        }
        self._mask = outputs[(1, SIZE, SIZE, 1)]

    def __call__(self, crop: Image, size: tuple[int, int]) -> NDArray[np.float32]:
        """Log-odds, float32 of `size` (height, width), from a crop H×W×3 no wider than high that
        has the person in its middle."""
        height, width = crop.shape[:2]
        square = Region(width / 2, height / 2, height).cut(crop, SIZE)
        self._model.set_tensor(self._input, (square[None] / 255).astype(np.float32))
        self._model.invoke()
        odds = np.clip(self._model.get_tensor(self._mask)[0, :, :, 0], -CERTAIN, CERTAIN)
        beside = round(SIZE * (1 - width / height) / 2)
        return np.asarray(cv2.resize(odds[:, beside : SIZE - beside], size[::-1]), np.float32)
