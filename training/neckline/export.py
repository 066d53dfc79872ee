"""Write a checkpoint as ONNX with half-precision weights and full-precision arithmetic.

    python -m training.neckline.export --checkpoint=RUN/last.pt --out=weights/neckline.onnx

Input `picture`: uint8 NxSxSx4, RGB and the cloth's mask, as `deployments/garment_shape/opening.py`
cuts it. Output `opening`: float32 NxS/2xS/2 logits.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from deployments.garment_shape.opening import SIZE
from training import onnx_file
from training.neckline.network import NeckNet, load
from training.parser.configuration import override

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


NAMES = ("picture", "opening")
AXES = {name: {0: "batch"} for name in NAMES}


def shape() -> tuple[int, ...]:
    """Of one input."""
    return (1, SIZE, SIZE, 4)


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
