"""A training run of a network: its weights, their running mean, the optimizer, how far it is."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training import checkpoint

LONGEST = 5.0
"""The length to which a gradient is cut."""


class Run:
    """What a checkpoint holds. An existing one in the folder is continued."""

    def __init__(
        self, folder: Path, network: nn.Module, optimizer: torch.optim.Optimizer, mean_decay: float
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "last.pt"
        self.network, self.optimizer, self.mean_decay = network, optimizer, mean_decay
        self.mean = copy.deepcopy(network).eval()
        self.step, self.done = 0, 0.0
        if self.file.exists():
            state = checkpoint.read(self.file, self._parts())
            self.step, self.done = state["step"], state["progress"]

    def _parts(self) -> dict[str, Any]:
        return {"network": self.network, "mean": self.mean, "optimizer": self.optimizer}

    def save(self) -> None:
        """Write the checkpoint."""
        checkpoint.write(self.file, self._parts(), step=self.step, progress=self.done)

    def descend(self, loss: torch.Tensor) -> float:
        """One step down; returns the loss."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), LONGEST)
        self.optimizer.step()
        checkpoint.follow(self.mean, self.network, self.step, self.mean_decay)
        self.step += 1
        return float(loss.detach())


def freeze(encoder: Any, blocks: int) -> None:
    """The stem and the first blocks of an encoder keep their statistics and get no gradient."""
    for module in (encoder.stem, *encoder.blocks[:blocks]):
        module.eval()
        for parameter in module.parameters():
            parameter.requires_grad = False


def two_rates(
    network: Any, rate_encoder: float, rate_decoder: float, decay: float
) -> torch.optim.AdamW:
    """An optimizer with another rate for the encoder, which was taught before."""
    published = {id(p) for p in network.encoder.parameters()}
    groups = []
    for rate, inside in ((rate_encoder, True), (rate_decoder, False)):
        chosen = [p for p in network.parameters() if (id(p) in published) == inside]
        groups.append({"params": [p for p in chosen if p.requires_grad], "peak": rate})
    return torch.optim.AdamW(groups, lr=rate_decoder, weight_decay=decay)
