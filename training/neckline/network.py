"""The neck opening's network: where the inside of the back is seen in a picture of a top.

Encoder: EfficientNet-Lite0 (Tan and Le, arXiv 1905.11946) down to a sixteenth of the picture, which
sees the cloth's mask as a fourth plane. A feature pyramid (Lin et al., arXiv 1612.03144) leads up
to half the picture's size.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from training.parser.network import Encoder, Refine, Unit, published_encoder

TAPS = {0: 16, 2: 24, 4: 40, 10: 112}  # block -> channels, at strides 2, 4, 8, 16
LAST = max(TAPS)


class NeckNet(nn.Module):  # type: ignore[misc]
    """Float Nx4xHxW, RGB and cloth, 0..255 -> logits NxH/2xW/2. H and W are multiples of 16."""

    def __init__(self, width: int = 64, fine: int = 24) -> None:
        super().__init__()
        self.encoder = Encoder()
        del self.encoder.blocks[LAST + 1 :]
        self.cloth = nn.Conv2d(1, 32, 3, 2, 1, bias=False)
        nn.init.zeros_(self.cloth.weight)
        coarse = list(TAPS.values())[1:]
        self.lateral = nn.ModuleList([Unit(c, width, active=False) for c in coarse])
        self.refine = nn.ModuleList([Refine(width) for _ in coarse])
        self.wide = Refine(width)
        self.narrow = Unit(width, fine, active=False)
        self.detail = Unit(TAPS[0], fine, active=False)
        self.outline = Unit(fine, fine, 3)
        self.opening = nn.Conv2d(fine, 1, 1)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Logits of lying above the front's edge, between the neck points."""
        taps = self._features((picture - 127.0) / 128.0)
        x = self.wide(self.refine[2](self.lateral[2](taps[3])))
        for level in (1, 0):
            x = self.refine[level](_doubled(x) + self.lateral[level](taps[level + 1]))
        x = self.outline(_doubled(self.narrow(x)) + self.detail(taps[0]))
        logits: torch.Tensor = self.opening(x)
        return logits[:, 0]

    def _features(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Feature maps at strides 2, 4, 8, 16."""
        x = self.encoder.stem(x[:, :3]) + self.cloth(x[:, 3:])
        taps = []
        for number, block in enumerate(self.encoder.blocks):
            x = block(x)
            if number in TAPS:
                taps.append(x)
        return taps


def _doubled(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def start(network: NeckNet) -> None:
    """Give the encoder what ImageNet taught it."""
    whole = Encoder()
    whole.load_published(published_encoder())
    kept = set(network.encoder.state_dict())
    network.encoder.load_state_dict(
        {name: value for name, value in whole.state_dict().items() if name in kept}
    )


def load(path: Path) -> NeckNet:
    """The network of a checkpoint's running mean, ready to answer."""
    network = NeckNet()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["mean"])
    network.eval().to(memory_format=torch.channels_last)
    return network
