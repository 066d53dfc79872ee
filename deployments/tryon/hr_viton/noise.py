"""The generator's noise, drawn from each job's own seed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class SeededNoise:
    """Planes for a batch, each sample's drawn from a seed of its own (`generator.Noise`).

    Drawn on the CPU and as the published code draws them, so that a seed gives the same planes on
    every device, beside whatever other samples, and there as here.
    """

    def __init__(self, seeds: Sequence[int], device: torch.device, dtype: torch.dtype) -> None:
        self._sources = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._device = device
        self._dtype = dtype

    def __call__(self, height: int, width: int) -> Tensor:
        planes = [torch.randn(width, height, generator=one).T for one in self._sources]
        return torch.stack(planes)[:, None].to(self._device, self._dtype)
