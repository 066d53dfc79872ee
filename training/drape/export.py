"""Write a checkpoint as ONNX with half-precision weights and full-precision arithmetic.

    python -m training.drape.export --checkpoint=RUN/last.pt --out=weights/refiner.onnx

Input `planes`: uint8 N×256×192×10, the order of `deployments/tryon/drape/refine.py`. Output
`corrections`: float32 N×256×192×4.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from training import onnx_file
from training.drape.network import Refiner
from training.parser.configuration import override

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


NAMES = ("planes", "corrections")
AXES = {name: {0: "batch"} for name in NAMES}


def shape() -> tuple[int, ...]:
    """Of one input."""
    return (1, height, width, 10)


def write(shipped: Shipped, path: Path) -> None:
    """The file, for pictures of any batch."""
    onnx_file.write(shipped, shape(), NAMES, AXES, path)


def main() -> None:
    """Export and say what was written."""
    shipped, path = Shipped(load(checkpoint)), Path(out)
    write(shipped, path)
    onnx_file.report(path, onnx_file.largest_difference(shipped, shape(), path))


if __name__ == "__main__":
    override(globals())
    main()
