"""Write a checkpoint as ONNX with half-precision weights and full-precision arithmetic.

    python -m training.garment.export --checkpoint=RUN/last.pt --out=weights/garment.onnx

Input `picture`: uint8 NxSxSx3, RGB, the photo in the middle of a square, 127 beyond its edge.
Outputs, float32: `mask` NxS/2xS/2 logits, and logits of each of `HEADS` (NxK).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from training.garment.labels import HEADS
from training.garment.network import GarmentNet, load
from training.parser.configuration import override
from training.parser.export import halve

checkpoint = "run/last.pt"
out = "weights/garment.onnx"
size = 256  # px of the square


class Shipped(nn.Module):  # type: ignore[misc]
    """The network with its input in the form in which pictures come."""

    def __init__(self, network: GarmentNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Uint8 NxSxSx3 in; mask, then the heads."""
        mask, told = self.network(picture.permute(0, 3, 1, 2).float())
        return mask, *told.values()


def write(network: GarmentNet, path: Path) -> None:
    """Trace, fold the normalisations, halve, check, save."""
    import onnx

    names = ["mask", *HEADS]
    torch.onnx.export(
        Shipped(network).eval(),
        (torch.randint(0, 256, (1, size, size, 3), dtype=torch.uint8),),
        str(path),
        input_names=["picture"],
        output_names=names,
        dynamic_axes={name: {0: "batch"} for name in ("picture", *names)},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(str(path))
    halve(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def largest_difference(network: GarmentNet, path: Path) -> float:
    """Largest difference of any logit between the file and the network on noise."""
    import onnxruntime

    picture = np.random.default_rng(0).integers(0, 256, (1, size, size, 3), dtype=np.uint8)
    runtime = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    answers = runtime.run(None, {"picture": picture})
    with torch.no_grad():
        expected = Shipped(network)(torch.from_numpy(picture))
    return max(float(np.abs(a - e.numpy()).max()) for a, e in zip(answers, expected, strict=True))


def main() -> None:
    """Export and say what was written."""
    network, path = load(Path(checkpoint)), Path(out)
    write(network, path)
    data = path.read_bytes()
    print(f"size = {len(data)}")
    print(f'sha256 = "{hashlib.sha256(data).hexdigest()}"')
    print(f"largest difference of a logit: {largest_difference(network, path):.4f}")


if __name__ == "__main__":
    override(globals())
    main()
