"""Weights and pictures that every machine makes alike: waves, and no random numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import torch
from torch import nn

STEP, LENGTH = 0.7548776662, 65537


def wavy(make: Callable[[], Any]) -> Any:
    """The network that `make` builds, with a wave for each of its tensors, ready to answer."""
    quick = patch.multiple(nn.Conv2d, reset_parameters=lambda _: None)
    with quick, patch.object(nn.Linear, "reset_parameters", lambda _: None):
        network = make()
    for number, (name, tensor) in enumerate(network.state_dict().items()):
        if tensor.is_floating_point():
            wave = _wave(tensor.numel(), STEP, 101 * number)
            tensor.copy_(_values(name, wave.reshape(tensor.shape)))
    return network.eval().requires_grad_(False)


def _values(name: str, wave: Any) -> Any:
    if name.endswith("running_var"):
        return 1 + 0.5 * wave
    if wave.dim() > 1:
        strength = {"regression.conv.0.weight": 200.0, "regression.linear.weight": 3.0}
        return wave * (strength.get(name, 1.4) / wave[0].numel() ** 0.5)
    return 0.1 * wave + (1 if name.endswith("weight") else 0)


def waves(channels: int, step: float) -> Any:
    """1×channels×256×192."""
    return _wave(channels * 256 * 192, step, 0).reshape(1, channels, 256, 192)


def _wave(count: int, step: float, start: int) -> Any:
    """One wave of LENGTH values, again and again."""
    once = torch.sin(torch.arange(LENGTH, dtype=torch.float64) * step).float()
    times = -(-(count + start) // LENGTH)
    return once.repeat(times)[start : start + count]
