"""A network as an ONNX file: half-precision weights, full-precision arithmetic."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

Axes = Mapping[str, Mapping[int, str]]
"""By input or output, the axes that are free."""


def write(
    shipped: nn.Module, shape: Sequence[int], names: Sequence[str], axes: Axes, path: Path
) -> None:
    """Trace, fold the normalisations, halve, check, save. `shape`: of the input, uint8; `names`:
    its own, then those of the outputs."""
    import onnx

    torch.onnx.export(
        shipped.eval(),
        (torch.randint(0, 256, tuple(shape), dtype=torch.uint8),),
        str(path),
        input_names=list(names[:1]),
        output_names=list(names[1:]),
        dynamic_axes={name: dict(free) for name, free in axes.items()},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(str(path))
    halve(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def halve(model: Any) -> None:
    """Store every large float32 weight as float16 behind a Cast node. Changes `model`."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < 256:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
        casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def largest_difference(shipped: nn.Module, shape: Sequence[int], path: Path) -> float:
    """Largest difference of any answer between the file and the network, on noise (uint8)."""
    import onnxruntime

    noise = np.random.default_rng(0).integers(0, 256, tuple(shape), dtype=np.uint8)
    runtime = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    answers = runtime.run(None, {runtime.get_inputs()[0].name: noise})
    with torch.no_grad():
        expected = shipped.eval()(torch.from_numpy(noise))
    wanted = expected if isinstance(expected, tuple) else (expected,)
    return max(float(np.abs(a - e.numpy()).max()) for a, e in zip(answers, wanted, strict=True))


def report(path: Path, difference: float) -> None:
    """Print what `weights/manifest.toml` wants to know."""
    data = path.read_bytes()
    print(f"size = {len(data)}")
    print(f'sha256 = "{hashlib.sha256(data).hexdigest()}"')
    print(f"largest difference of an answer: {difference:.4f}")
