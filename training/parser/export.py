"""Write a checkpoint as ONNX with half-precision weights and full-precision arithmetic.

    python -m training.parser.export --checkpoint=RUN/last.pt --out=weights/parser.onnx

Input `picture`: uint8 NxHxWx3, RGB. Output `logits`: float32 NxKxH/4xW/4. The batch is free, and so
are height and width, multiples of 32. Weights are stored as float16 and cast when the session is
built, so the file halves and the answers stay those of float32 (the largest difference is printed).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from training.parser.configuration import override
from training.parser.network import Parser, averaged

checkpoint = "run/last.pt"  # several, separated by commas, are averaged
out = "weights/parser.onnx"
height, width = 512, 384  # pixels


class Shipped(nn.Module):  # type: ignore[misc]
    """The parser with its input in the form in which pictures come."""

    def __init__(self, parser: Parser) -> None:
        super().__init__()
        self.parser = parser

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Uint8 NxHxWx3 in, float32 logits out."""
        logits: torch.Tensor = self.parser(picture.permute(0, 3, 1, 2).float())
        return logits


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


def write(network: Parser, path: Path) -> None:
    """Trace, fold the normalisations, halve, check, save."""
    import onnx

    picture = torch.randint(0, 256, (1, height, width, 3), dtype=torch.uint8)
    torch.onnx.export(
        Shipped(network).eval(),
        (picture,),
        str(path),
        input_names=["picture"],
        output_names=["logits"],
        dynamic_axes={
            "picture": {0: "batch", 1: "height", 2: "width"},
            "logits": {0: "batch", 2: "rows", 3: "columns"},
        },
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(str(path))
    halve(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def largest_difference(network: Parser, path: Path) -> float:
    """Largest difference of the logits between the file and the network on noise."""
    import onnxruntime

    picture = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), dtype=np.uint8)
    runtime = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    answer = runtime.run(None, {"picture": picture})[0]
    with torch.no_grad():
        expected = Shipped(network)(torch.from_numpy(picture)).numpy()
    return float(np.abs(answer - expected).max())


def main() -> None:
    """Export and say what was written."""
    network = averaged(checkpoint)
    path = Path(out)
    write(network, path)
    data = path.read_bytes()
    print(f"size = {len(data)}")
    print(f'sha256 = "{hashlib.sha256(data).hexdigest()}"')
    print(f"largest difference of a logit: {largest_difference(network, path):.4f}")


if __name__ == "__main__":
    override(globals())
    main()
