"""The neighbourhoods that occur in a label map: what depends on them alone is computed once.

The two convolutions that make a layer's scale and shift see 5×5 pixels of the label map, and inside
a sleeve or the background those are everywhere the same: a map of 1024×768 has some thousand
different neighbourhoods, not 786 432. They are four fifths of the generator's arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from deployments.tryon.hr_viton.generator import LABELS, Level, Levels

OUTSIDE = LABELS
"""What lies beyond the picture's edge; with the labels it fits into three bits."""
WORTH = 4
"""Neighbourhoods are looked up where there are this many times fewer of them than pixels."""
_MOST = 1 << 15
"""Four numbers below this fit into one of 64 bits."""


@dataclass(frozen=True)
class Patterns:
    """The different neighbourhoods of a map, and which one each pixel has."""

    patches: Tensor
    """K×5×5, int64: labels from 0 to 6, and 7 beyond the edge."""
    which: Tensor
    """N·H·W, int64: for each pixel, row by row, the number of its neighbourhood."""

    def one_hot(self, dtype: torch.dtype) -> Tensor:
        """K×7×5×5; beyond the edge there is no label at all."""
        planes = functional.one_hot(self.patches, LABELS + 1)[..., :LABELS]
        return planes.permute(0, 3, 1, 2).to(dtype)

    def inside(self, dtype: torch.dtype) -> Tensor:
        """K×1×3×3: 1 in the picture, 0 beyond its edge."""
        return (self.patches[:, None, 1:4, 1:4] != OUTSIDE).to(dtype)


def patterns_of(labels: Tensor) -> Patterns | None:
    """Of a label map N×H×W of whole numbers from 0 to 6; None where it has too many.

    Two rounds of telling apart, each exact: the 3×3 neighbourhoods first, then, since four of those
    at its corners cover it, the 5×5.
    """
    _, height, width = labels.shape
    framed = functional.pad(labels, (3, 3, 3, 3), value=OUTSIDE)
    code = torch.zeros_like(framed[:, 2:-2, 2:-2])
    for down in range(3):
        for right in range(3):
            code = (
                code * 8 + framed[:, 1 + down : -3 + down or None, 1 + right : -3 + right or None]
            )
    small, number = torch.unique(code, return_inverse=True)
    if len(small) > min(_MOST, labels.numel() // WORTH):
        return None
    corners = torch.zeros_like(labels)
    for down in (0, 2):
        for right in (0, 2):
            corners = corners * _MOST + number[:, down : down + height, right : right + width]
    found, which = torch.unique(corners, return_inverse=True)
    if len(found) > labels.numel() // WORTH:
        return None
    return Patterns(_patches(framed, which, len(found)), which.flatten())


def _patches(framed: Tensor, which: Tensor, count: int) -> Tensor:
    """The 5×5 labels of any one pixel of each kind."""
    _, height, width = which.shape
    flat = which.flatten()
    pixels = torch.arange(flat.numel(), device=flat.device)
    example = torch.empty(count, dtype=torch.int64, device=flat.device).scatter_(0, flat, pixels)
    sample, rest = example // (height * width), example % (height * width)
    row, column = rest // width, rest % width
    steps = torch.arange(5, device=flat.device)
    return framed[
        sample[:, None, None],
        row[:, None, None] + 1 + steps[None, :, None],
        column[:, None, None] + 1 + steps[None, None, :],
    ]


class PatternedLevel(Level):
    """A one-hot label map at the size of a layer, with its neighbourhoods."""

    def __init__(self, labels: Tensor) -> None:
        super().__init__(labels)
        self.patterns = patterns_of(labels.argmax(1))


class PatternedLevels(Levels):
    """One-hot label maps with their neighbourhoods."""

    def _make(self, labels: Tensor) -> Level:
        return PatternedLevel(labels)
