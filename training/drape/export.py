"""Write a checkpoint as ONNX with half-precision weights and full-precision arithmetic.

    python -m training.drape.export --checkpoint=RUN/last.pt --out=weights/refiner.onnx

Input `planes`: uint8 N×256×192×10, the order of `deployments/tryon/drape/refine.py`. Output
`corrections`: float32 N×256×192×4.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from training.drape.network import Refiner
from training.parser.configuration import override
from training.parser.export import halve

checkpoint = "run/last.pt"
out = "weights/refiner.onnx"
height, width = 256, 192  # pixels


class Shipped(nn.Module):  # type: ignore[misc]
    """The refiner with its input and output as pictures come."""

    def __init__(self, refiner: Refiner) -> None:
        super().__init__()
        self.refiner = refiner

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Uint8 N×H×W×10 in, float32 N×H×W×4 out."""
        answer: torch.Tensor = self.refiner(planes.permute(0, 3, 1, 2).float())
        return answer.permute(0, 2, 3, 1)


def load(path: str) -> Refiner:
    """The running mean of a checkpoint, ready to answer."""
    network = Refiner()
    state = torch.load(path, map_location="cpu", weights_only=True)["mean"]
    network.load_state_dict(state)
    network.eval()
    return network


def write(network: Refiner, path: Path) -> None:
    """Trace, fold the normalisations, halve, check, save."""
    import onnx

    planes = torch.randint(0, 256, (1, height, width, 10), dtype=torch.uint8)
    torch.onnx.export(
        Shipped(network).eval(),
        (planes,),
        str(path),
        input_names=["planes"],
        output_names=["corrections"],
        dynamic_axes={"planes": {0: "batch"}, "corrections": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(str(path))
    halve(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def largest_difference(network: Refiner, path: Path) -> float:
    """Largest difference of an answer between the file and the network on noise."""
    import onnxruntime

    planes = np.random.default_rng(0).integers(0, 256, (1, height, width, 10), dtype=np.uint8)
    runtime = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    answer = runtime.run(None, {"planes": planes})[0]
    with torch.no_grad():
        expected = Shipped(network)(torch.from_numpy(planes)).numpy()
    return float(np.abs(answer - expected).max())


def main() -> None:
    """Export and say what was written."""
    network, path = load(checkpoint), Path(out)
    write(network, path)
    data = path.read_bytes()
    print(f"size = {len(data)}")
    print(f'sha256 = "{hashlib.sha256(data).hexdigest()}"')
    print(f"largest difference of an answer: {largest_difference(network, path):.4f}")


if __name__ == "__main__":
    override(globals())
    main()
