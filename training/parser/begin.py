"""A checkpoint from a shipped parser, so that a run can go on from it.

    python -m training.parser.begin --shipped=weights/parser.onnx --out=RUN/begin.pt
    python -m training.parser.train --initial=RUN/begin.pt --frozen_norms=True ...

The file holds convolutions into which the normalisations were folded. They come back as
convolutions whose normalisation only adds the bias; its statistics are gone, so a run that goes on
must not gather new ones (`frozen_norms`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from training.parser.configuration import override
from training.parser.labels import CLASSES
from training.parser.network import Parser, Unit

shipped = "weights/parser.onnx"
out = "run/begin.pt"

Folded = list[tuple[torch.Tensor, torch.Tensor]]


def folded(path: Path) -> Folded:
    """Weight and bias of every convolution of an ONNX file, float32, in the order of the graph."""
    import onnx
    from onnx import numpy_helper

    graph: Any = onnx.load(str(path)).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:  # weights that export.py halved
        if node.op_type == "Cast" and node.input[0] in stored:
            stored[node.output[0]] = stored[node.input[0]]
    names = [node.input[1:3] for node in graph.node if node.op_type == "Conv"]
    return [(_tensor(stored[weight]), _tensor(stored[bias])) for weight, bias in names]


def _tensor(values: np.ndarray[Any, Any]) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32))


def convolutions(network: Parser) -> list[nn.Conv2d]:
    """The network's convolutions in the order in which they run."""
    order: list[nn.Conv2d] = []
    hooks = [
        module.register_forward_hook(lambda module, _inputs, _output: order.append(module))
        for module in network.modules()
        if isinstance(module, nn.Conv2d)
    ]
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, 64, 64))
    for hook in hooks:
        hook.remove()
    return order


def normalisations(network: Parser) -> dict[nn.Module, nn.BatchNorm2d]:
    """The normalisation behind each convolution that has one."""
    return {
        conv: norm
        for unit in network.modules()
        if isinstance(unit, Unit)
        for conv, norm in zip(unit, [*unit][1:], strict=False)
        if isinstance(norm, nn.BatchNorm2d)
    }


def unfolded(path: Path) -> Parser:
    """The parser of a file that export.py wrote. Raises ValueError where a shape differs."""
    network = Parser(len(CLASSES))
    behind = normalisations(network)
    for conv, (weight, bias) in zip(convolutions(network), folded(path), strict=True):
        if conv.weight.shape != weight.shape:
            raise ValueError(f"{path} is not the parser that network.py builds")
        conv.weight.data.copy_(weight)
        norm = behind.get(conv)
        if norm is not None:
            norm.running_var.fill_(1 - norm.eps)
        (conv if norm is None else norm).bias.data.copy_(bias)
    return network


def main() -> None:
    """Write the checkpoint; its running mean is what train.py and evaluate.py read."""
    target = Path(out)
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"mean": unfolded(Path(shipped)).state_dict()}, target)


if __name__ == "__main__":
    override(globals())
    main()
