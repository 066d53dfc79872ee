"""A network in training, and the critic that it may have to please."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training import checkpoint
from training.drape.network import Critic


class Contest:
    """The network, its running mean, the critic, their optimizers, how far they are.

    Goes on from `folder`/last.pt where there is one.
    """

    def __init__(
        self, folder: Path, network: nn.Module, device: str, rate: float, decay: float
    ) -> None:
        self.file = folder / "last.pt"
        self.network = network.to(device)
        self.mean = copy.deepcopy(network).eval()
        self.critic = Critic().to(device)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=decay
        )
        self.critic_optimizer = torch.optim.Adam(
            self.critic.parameters(), lr=4e-4, betas=(0.5, 0.99)
        )
        self.step, self.done = 0, 0.0
        if self.file.exists():
            state = checkpoint.read(self.file, self._parts(), device)
            self.step, self.done = state["step"], state["progress"]

    def _parts(self) -> dict[str, Any]:
        names = ("network", "mean", "critic", "optimizer", "critic_optimizer")
        return {name: getattr(self, name) for name in names}

    def write(self, **more: object) -> checkpoint.State:
        """Write the checkpoint, with whatever more is to be known. Answers what was written."""
        return checkpoint.write(
            self.file, self._parts(), step=self.step, progress=self.done, **more
        )

    def follow(self, decay: float) -> None:
        """Pull the running mean towards the weights."""
        checkpoint.follow(self.mean, self.network, self.step, decay)
