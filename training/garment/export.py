"""Write a checkpoint as ONNX with half-precision weights and full-precision arithmetic.

    python -m training.garment.export --checkpoint=RUN/last.pt --out=weights/garment.onnx

Input `picture`: uint8 NxSxSx3, RGB, the photo in the middle of a square, 127 beyond its edge.
Outputs, float32: `mask` NxS/2xS/2 logits, and logits of each of `HEADS` (NxK).
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from training import onnx_file
from training.garment.labels import HEADS
from training.garment.network import GarmentNet, load
from training.parser.configuration import override

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


NAMES = ("picture", "mask", *HEADS)
AXES = {name: {0: "batch"} for name in NAMES}


def shape() -> tuple[int, ...]:
    """Of one input."""
    return (1, size, size, 3)


def write(shipped: Shipped, path: Path) -> None:
    """The file, for pictures of any batch."""
    onnx_file.write(shipped, shape(), NAMES, AXES, path)


def main() -> None:
    """Export and say what was written."""
    shipped, path = Shipped(load(Path(checkpoint))), Path(out)
    write(shipped, path)
    onnx_file.report(path, onnx_file.largest_difference(shipped, shape(), path))


if __name__ == "__main__":
    override(globals())
    main()
