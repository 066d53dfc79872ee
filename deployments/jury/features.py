"""A perceptual distance of our own: what the parser's encoder sees in two pictures.

The recipe is that of LPIPS (Zhang et al. 2018) without learned weights: features of four levels,
each place normalised to unit length, squared differences. It is named after the parser wherever it
is reported, as its numbers cannot be compared with those of LPIPS.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from deployments.jury.evidence import Bools, Floats
from deployments.parsing import Parsing, Window
from deployments.runtime import session
from deployments.types import Image
from weights.store import Store

HEIGHT = 512
"""Px of the crop: features of other sizes have other distances."""

INNER = "lateral."
"""Part of the names of the convolutions that read the encoder's four levels."""


class ParserFeatures:
    """The encoder of the parser, whose weights come with the project."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self._parsing = Parsing(store, device)
        with encoder_graph(store.path("parser", "parser.onnx")) as path:
            self._session: Any = session(path, device)
        self._names = [output.name for output in self._session.get_outputs()]

    def crop(self, image: Image, window: Window) -> Image:
        """The part of the picture that the encoder sees, 512×384×3."""
        return self._parsing.preprocess(image, window, HEIGHT)

    def __call__(self, crop: Image) -> list[Floats]:
        """Features of four levels, each C×h×w, of unit length at each place."""
        pictures = np.ascontiguousarray(crop)[None]
        levels = self._session.run(self._names, {"picture": pictures})
        return [_unit(level[0]) for level in levels]


def distance(one: list[Floats], other: list[Floats], mask: Bools | None = None) -> float | None:
    """The mean over the levels of the squared difference of features; 0 for equal pictures, at
    most 4. `mask` has the crop's size; None where it is empty."""
    shares = []
    for a, b in zip(one, other, strict=True):
        apart = ((a - b) ** 2).sum(axis=0)
        weight = np.ones_like(apart) if mask is None else _shrunk(mask, apart.shape)
        if weight.sum() < 1e-3:
            return None
        shares.append(float((apart * weight).sum() / weight.sum()))
    return float(np.mean(shares))


def window_mask(mask: Bools, window: Window, like: Image) -> Bools:
    """A mask of the photo in the crop."""
    height, width = like.shape[:2]
    part = cv2.warpAffine(mask.astype(np.float32), window.matrix(height), (width, height))
    return np.asarray(part > 0.5)


def _shrunk(mask: Bools, shape: tuple[int, ...]) -> Floats:
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA))


def _unit(features: Floats) -> Floats:
    length = np.sqrt((features**2).sum(axis=0, keepdims=True))
    return np.asarray(features / np.maximum(length, 1e-6), np.float32)


@contextmanager
def encoder_graph(path: Path) -> Iterator[Path]:
    """A temporary model file: the parser's graph with the four levels of its encoder, the finest
    first, as its outputs. Raises ValueError for a graph without them."""
    import onnx  # heavy, and only this needs it

    model = onnx.load(str(path))
    graph = model.graph
    levels = {
        node.name: node.input[0]
        for node in graph.node
        if node.op_type == "Conv" and INNER in node.name
    }
    if len(levels) != 4:
        raise ValueError(f"{path.name} has {len(levels)} levels, not 4: it is no parser of ours")
    del graph.output[:]
    for _, tensor in sorted(levels.items()):
        info = onnx.helper.make_tensor_value_info(tensor, onnx.TensorProto.FLOAT, None)
        graph.output.append(info)
    with tempfile.TemporaryDirectory(prefix="fitting-room-") as folder:
        target = Path(folder) / "encoder.onnx"
        onnx.save(model, str(target))
        del model, graph
        yield target
