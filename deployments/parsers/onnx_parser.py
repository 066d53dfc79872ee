"""A human parser that somebody exported as ONNX: one entry of a manifest says how it is used.

PGN, SCHP, SegFormer, JPP-Net and their like differ in size, normalisation and labels alone.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.labels import SETS, from_set
from deployments.parsers.crop import labels_over, laid_over, shown
from deployments.runtime import session
from deployments.types import Image, ParseMap, Pose
from weights.errors import WeightsCorrupt
from weights.manifest import ParserSpec
from weights.store import Store


class OnnxParser:
    """The parser of a manifest's entry that has a table `parser`."""

    def __init__(self, store: Store, device: str, model: str, spec: ParserSpec) -> None:
        self._name, self._spec = model, spec
        path = store.path(model, store.spec(model).files[0].name)
        self._table = SETS[spec.labels] if isinstance(spec.labels, str) else spec.labels
        try:
            self._session: Any = session(path, device)
        except Exception as error:  # onnxruntime's own errors have no common class
            raise WeightsCorrupt(
                f"{path} is no ONNX model that runs here: {error}".splitlines()[0],
                f"export it again, or correct the entry {model} of the manifest",
            ) from error
        self._output = spec.output or self._session.get_outputs()[0].name
        self._check_output(model)

    def __call__(self, image: Image, pose: Pose) -> ParseMap:
        """Labels of the photo, uint8 H×W. Raises PersonNotFound, and WeightsCorrupt where the
        answer is not what the entry says."""
        crop, window = shown(image, pose, self._spec.size)
        answer = self.infer(self.preprocess(crop))
        if answer.ndim == 3:
            if len(answer) > len(self._table):
                raise self._misfit(f"{len(answer)} classes and a table of {len(self._table)}")
            return from_set(laid_over(answer, window, image.shape), self._table)
        labels = answer.astype(np.uint8)
        try:
            return from_set(labels_over(labels, window, image.shape), self._table)
        except ValueError as error:
            raise self._misfit(str(error)) from error

    def preprocess(self, crop: Image) -> NDArray[np.float32]:
        """The crop as the network takes it, 1×3×H×W or 1×H×W×3."""
        spec = self._spec
        ordered = crop if spec.order == "rgb" else cv2.cvtColor(crop, cv2.COLOR_RGB2BGR)
        scaled = ordered.astype(np.float32) * np.float32(spec.range / 255)
        normal = (scaled - np.array(spec.mean, np.float32)) / np.array(spec.std, np.float32)
        values = normal if spec.layout == "nhwc" else normal.transpose(2, 0, 1)
        return np.ascontiguousarray(values[None], np.float32)

    def infer(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores C×h×w, or the numbers of classes h×w."""
        try:
            name = self._session.get_inputs()[0].name
            answer = np.asarray(self._session.run([self._output], {name: values})[0])
        except Exception as error:
            raise self._misfit(str(error).splitlines()[0]) from error
        if answer.ndim not in (3, 4) or answer.shape[0] != 1:
            raise self._misfit(f"its answer has the shape {answer.shape}")
        answer = answer[0]
        if answer.ndim == 3 and self._spec.layout == "nhwc":
            answer = answer.transpose(2, 0, 1)
        if answer.ndim == 3 and len(answer) == 1:
            answer = answer[0]
        return np.ascontiguousarray(answer, np.float32)

    def _check_output(self, model: str) -> None:
        names = [one.name for one in self._session.get_outputs()]
        if self._output not in names:
            raise self._misfit(f"{model} has no output {self._output!r}; it has {names}")

    def _misfit(self, what: str) -> WeightsCorrupt:
        return WeightsCorrupt(
            f"The parser {self._name} does not fit its entry in the manifest: {what}",
            "correct size, layout, labels or output of its table [model.parser]",
        )
