"""AnimeGANv3: photos drawn by a network, in the styles its author has trained.

TachibanaYoshino, AnimeGANv3 (double-tail generator). The weights are for non-commercial use. The
network takes RGB from -1 to 1, N×H×W×3, and answers in the same form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from deployments import runtime
from deployments.anime.plane import resized_image
from deployments.types import Image, frozen

Batch: TypeAlias = NDArray[np.float32]

_SMALLEST_SIDE = 256


def network_size(height: int, width: int, multiple: int, max_side: int) -> tuple[int, int]:
    """Height and width that a photo is brought to: no side longer than `max_side` or shorter than
    256 px, both rounded down to `multiple`."""
    scale = min(1.0, max_side / max(height, width))
    sides = (int(side * scale) // multiple * multiple for side in (height, width))
    new_height, new_width = (max(_SMALLEST_SIDE, side) for side in sides)
    return new_height, new_width


class AnimeGan:
    """One style in the ONNX form, for every size of picture whose sides divide by `multiple`."""

    def __init__(self, path: Path, device: str = "cpu", *, multiple: int, max_side: int) -> None:
        self._session = runtime.session(path, device)
        self._input = self._session.get_inputs()[0].name
        self._multiple = multiple
        self._max_side = max_side

    def __call__(self, image: Image) -> Image:
        """`image` (H×W×3) drawn in the style, at the same size."""
        return self.postprocess(self.infer(self.preprocess(image)), image)

    def preprocess(self, image: Image) -> Batch:
        height, width = image.shape[:2]
        return _batch(image, *network_size(height, width, self._multiple, self._max_side))

    def infer(self, batch: Batch) -> Batch:
        answer: Batch = self._session.run(None, {self._input: batch})[0]
        return answer

    def postprocess(self, answer: Batch, image: Image) -> Image:
        return frozen(resized_image(_picture(answer), *image.shape[:2]))


class SquareAnimeGan:
    """One style in the LiteRT form, fixed at a square: the photo is fitted into it whole, its
    edges continued to fill the rest, and the answer enlarged again."""

    def __init__(self, path: Path) -> None:
        self._interpreter: Any = runtime.interpreter(path)
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        self.side = int(self._input["shape"][1])

    def __call__(self, image: Image) -> Image:
        """`image` (H×W×3) drawn in the style, at the same size; no finer than the square."""
        return self.postprocess(self.infer(self.preprocess(image)), image)

    def preprocess(self, image: Image) -> Batch:
        height, width = self._fitted(image)
        batch = _batch(image, height, width)
        spare = ((0, 0), (0, self.side - height), (0, self.side - width), (0, 0))
        return np.pad(batch, spare, mode="symmetric" if min(height, width) > 1 else "edge")

    def infer(self, batch: Batch) -> Batch:
        self._interpreter.set_tensor(self._input["index"], batch)
        self._interpreter.invoke()
        answer: Batch = self._interpreter.get_tensor(self._output["index"])
        return answer

    def postprocess(self, answer: Batch, image: Image) -> Image:
        height, width = self._fitted(image)
        return frozen(resized_image(_picture(answer[:, :height, :width]), *image.shape[:2]))

    def _fitted(self, image: Image) -> tuple[int, int]:
        height, width = image.shape[:2]
        scale = self.side / max(height, width)
        return max(1, round(height * scale)), max(1, round(width * scale))


def _batch(image: Image, height: int, width: int) -> Batch:
    scaled = resized_image(image, height, width).astype(np.float32)
    return (scaled * np.float32(1 / 127.5) - 1)[None]


def _picture(answer: Batch) -> Image:
    levels = (answer[0] + 1) * np.float32(127.5) + np.float32(0.5)
    return np.asarray(np.clip(levels, 0, 255), np.uint8)
