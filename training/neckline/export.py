"""Write a checkpoint as ONNX with half-precision weights and full-precision arithmetic.

    python -m training.neckline.export --checkpoint=RUN/last.pt --out=weights/neckline.onnx

Input `picture`: uint8 NxSxSx4, RGB and the cloth's mask, as `deployments/garment_shape/opening.py`
cuts it. Output `opening`: float32 NxS/2xS/2 logits.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from deployments.garment_shape.opening import SIZE
from training.neckline.network import NeckNet, load
from training.parser.configuration import override
from training.parser.export import halve

checkpoint = "run/last.pt"
out = "weights/neckline.onnx"


class Shipped(nn.Module):  # type: ignore[misc]
    """The network with its input in the form in which pictures come."""

    def __init__(self, network: NeckNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Uint8 NxSxSx4 in, logits out."""
        logits: torch.Tensor = self.network(picture.permute(0, 3, 1, 2).float())
        return logits


def write(network: NeckNet, path: Path) -> None:
    """Trace, fold the normalisations, halve, check, save."""
    import onnx

    torch.onnx.export(
        Shipped(network).eval(),
        (torch.randint(0, 256, (1, SIZE, SIZE, 4), dtype=torch.uint8),),
        str(path),
        input_names=["picture"],
        output_names=["opening"],
        dynamic_axes={name: {0: "batch"} for name in ("picture", "opening")},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(str(path))
    halve(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def largest_difference(network: NeckNet, path: Path) -> float:
    """Largest difference of any logit between the file and the network on noise."""
    import onnxruntime

    picture = np.random.default_rng(0).integers(0, 256, (1, SIZE, SIZE, 4), dtype=np.uint8)
    runtime = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = Shipped(network)(torch.from_numpy(picture)).numpy()
    return float(np.abs(runtime.run(None, {"picture": picture})[0] - expected).max())


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
