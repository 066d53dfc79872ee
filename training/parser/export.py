"""Write a checkpoint as ONNX with half-precision weights and full-precision arithmetic.

    python -m training.parser.export --checkpoint=RUN/last.pt --out=weights/parser.onnx

Input `picture`: uint8 NxHxWx3, RGB. Output `logits`: float32 NxKxH/4xW/4. The batch is free, and so
are height and width, multiples of 32. Weights are stored as float16 and cast when the session is
built, so the file halves and the answers stay those of float32 (the largest difference is printed).
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from training import onnx_file
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


NAMES = ("picture", "logits")
AXES = {
    "picture": {0: "batch", 1: "height", 2: "width"},
    "logits": {0: "batch", 2: "rows", 3: "columns"},
}


def shape() -> tuple[int, ...]:
    """Of one input."""
    return (1, height, width, 3)


def write(shipped: Shipped, path: Path) -> None:
    """The file, for pictures of any batch and size."""
    onnx_file.write(shipped, shape(), NAMES, AXES, path)


def main() -> None:
    """Export and say what was written."""
    shipped, path = Shipped(averaged(checkpoint)), Path(out)
    write(shipped, path)
    onnx_file.report(path, onnx_file.largest_difference(shipped, shape(), path))


if __name__ == "__main__":
    override(globals())
    main()
