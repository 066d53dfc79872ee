"""An ONNX graph that was exported for one size of picture, made over for another."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


@contextmanager
def resized_graph(path: Path, exported: int, size: int) -> Iterator[Path]:
    """A temporary model file: the one at `path`, whose square input had `exported` px, for squares
    of `size` px, with the first of its outputs alone.

    Exporters write the sizes of the up-samplings into the graph as pairs of whole numbers; these
    are scaled along. What was noted about shapes is dropped, so that the runtime finds them anew.
    `size` must be a multiple of 64, or the smallest maps would not fit together (ValueError).
    """
    import onnx  # heavy, and only this needs it

    if size % 64:
        raise ValueError(f"{size} px is not a multiple of 64")
    model = onnx.load(str(path))
    graph = model.graph
    _set_size(graph.input[0], size)
    _set_size(graph.output[0], size)
    del graph.output[1:]
    del graph.value_info[:]
    for node in graph.node:
        if node.op_type == "Constant":
            _scale(node.attribute[0].t, exported, size)
    with tempfile.TemporaryDirectory(prefix="fitting-room-") as folder:
        resized = Path(folder) / path.name
        onnx.save(model, str(resized))
        del model, graph
        yield resized


def _set_size(entry: Any, size: int) -> None:
    for dimension in entry.type.tensor_type.shape.dim[2:]:
        dimension.dim_value = size


def _scale(tensor: Any, exported: int, size: int) -> None:
    """Scales a constant if it is a height and a width."""
    from onnx import numpy_helper

    values = numpy_helper.to_array(tensor)
    if values.dtype == np.int64 and values.shape == (2,) and values.min() > 1:
        tensor.CopyFrom(numpy_helper.from_array(values * size // exported))
