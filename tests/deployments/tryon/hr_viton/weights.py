"""Weights that are the same on every machine, drawn from no generator of random numbers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from deployments.tryon.hr_viton.condition import ConditionGenerator
from deployments.tryon.hr_viton.engine import CONDITION_FILE, GENERATOR_FILE, NAME
from deployments.tryon.hr_viton.generator import SpadeGenerator
from weights.store import Store


def filled(network: Any) -> Any:
    """The network with every weight set by a formula, ready to answer, and nothing left at the
    value that it begins with: normalisation, noise and spectral norm all have something to do."""
    with torch.no_grad():
        for number, (name, tensor) in enumerate(network.state_dict().items()):
            if tensor.is_floating_point():
                tensor.copy_(_value(name, tensor, number))
    return network.eval()


def _value(name: str, tensor: Tensor, number: int) -> Tensor:
    steps = torch.arange(tensor.numel(), dtype=torch.float64).reshape(tensor.shape)
    wave = torch.sin(steps * 0.7 + number).to(tensor.dtype)
    if name.endswith("running_var"):
        return wave.abs() + 0.5
    if name.endswith(("weight_u", "weight_v")):
        return nn.functional.normalize(wave, dim=0)
    fan = tensor[0].numel() if tensor.ndim > 1 else 4
    gain = {"flow_conv": 0.1, "conv_img": 0.3}.get(name.split(".", maxsplit=1)[0], 1.5)
    return wave * gain / math.sqrt(fan)


def pictures(planes: int, height: int, width: int, count: int = 1) -> Tensor:
    """Smooth, different planes from -1 to 1: N×C×H×W."""
    rows = torch.linspace(0, 3, height)[:, None]
    columns = torch.linspace(0, 2, width)
    steps = torch.arange(count * planes, dtype=torch.float32).view(count, planes, 1, 1)
    return torch.sin(rows * (1 + steps % 5) + columns * (1 + steps % 3) + steps)


def label_map(height: int, width: int, count: int = 1) -> Tensor:
    """Seven labels in large shapes: N×H×W, int64."""
    smooth = pictures(7, height, width, count)
    return smooth.argmax(1)


def place_random(root: Path, store: Store) -> None:
    """In the folder `root`: the weights of `store`, and random ones for both networks at their
    published width."""
    for folder in store.root.iterdir():
        if folder.is_dir() and folder.name != NAME:
            (root / folder.name).symlink_to(folder)
    torch.manual_seed(0)
    (root / NAME).mkdir()
    torch.save(ConditionGenerator().state_dict(), root / NAME / CONDITION_FILE)
    torch.save(SpadeGenerator().state_dict(), root / NAME / GENERATOR_FILE)
