"""A training run on disk, and the running mean of its weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

State = dict[str, Any]


def write(file: Path, parts: Mapping[str, Any], **more: object) -> State:
    """Write the states of networks and optimizers by name, and whatever more is to be known; a
    half-written file never takes its place. Answers what was written."""
    state: State = {name: part.state_dict() for name, part in parts.items()} | more
    spare = file.with_suffix(".tmp")
    torch.save(state, spare)
    spare.replace(file)
    return state


def read(file: Path, parts: Mapping[str, Any], device: str = "cpu") -> State:
    """Put the states of a file into networks and optimizers. Answers all that it held."""
    state: State = torch.load(file, map_location=device, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return state


def follow(mean: nn.Module, network: nn.Module, step: int, decay: float) -> None:
    """Pull a running mean towards the weights, by 1 - `decay`; faster in the first steps."""
    share = 1 - min(decay, (1 + step) / (20 + step))
    ours = network.state_dict()
    with torch.no_grad():
        for name, value in mean.state_dict().items():
            if value.is_floating_point():
                value.lerp_(ours[name], share)
