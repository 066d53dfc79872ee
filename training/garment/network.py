"""The garment network: mask, category, sleeves, neckline and length in one pass.

Encoder: EfficientNet-Lite0 (Tan and Le, arXiv 1905.11946) without its last block. A feature
pyramid (Lin et al., arXiv 1612.03144) leads to the mask at half the picture's size. What is told of
the garment comes from features averaged over the mask and over the whole picture.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from training.garment.labels import HEADS
from training.parser.network import Encoder, Refine, Unit, published_encoder

TAPS = {0: 16, 2: 24, 4: 40, 10: 112, 14: 192}  # block -> channels, at strides 2, 4, 8, 16, 32


class GarmentNet(nn.Module):  # type: ignore[misc]
    """Float Nx3xHxW RGB 0..255 -> mask logits NxH/2xW/2, and logits of each head.

    H and W are multiples of 32.
    """

    def __init__(self, width: int = 96, fine: int = 24) -> None:
        super().__init__()
        self.encoder = Encoder()
        del self.encoder.blocks[15]
        coarse = list(TAPS.values())[1:]
        self.lateral = nn.ModuleList([Unit(c, width, active=False) for c in coarse])
        self.refine = nn.ModuleList([Refine(width) for _ in coarse])
        self.narrow = Unit(width, fine, active=False)
        self.detail = Unit(TAPS[0], fine, active=False)
        self.outline = Unit(fine, fine, 3)
        self.mask = nn.Conv2d(fine, 1, 1)
        self.gate = nn.Sequential(nn.Conv2d(TAPS[14], width, 1), nn.Hardsigmoid())
        told = TAPS[10] + 3 * TAPS[14]
        self.drop = nn.Dropout(0.3)
        self.heads = nn.Linear(told, sum(len(names) for names in HEADS.values()))

    def features(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Feature maps at strides 2, 4, 8, 16, 32."""
        x = self.encoder.stem(x)
        taps = []
        for number, block in enumerate(self.encoder.blocks):
            x = block(x)
            if number in TAPS:
                taps.append(x)
        return taps

    def forward(self, picture: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Mask logits and a dictionary of NxK logits."""
        taps = self.features((picture - 127.0) / 128.0)
        mask = self._mask(taps)
        told = self.heads(self.drop(self._summary(taps, mask)))
        parts = told.split([len(names) for names in HEADS.values()], 1)
        return mask, dict(zip(HEADS, parts, strict=True))

    def _mask(self, taps: list[torch.Tensor]) -> torch.Tensor:
        whole = taps[4].mean((2, 3), keepdim=True)
        x = self.refine[3](self.lateral[3](taps[4]) * self.gate(whole))
        for level in (2, 1, 0):
            x = _doubled(x)
            x = self.refine[level](x + self.lateral[level](taps[level + 1]))
        x = self.outline(_doubled(self.narrow(x)) + self.detail(taps[0]))
        logits: torch.Tensor = self.mask(x)
        return logits[:, 0]

    def _summary(self, taps: list[torch.Tensor], mask: torch.Tensor) -> torch.Tensor:
        """Features over the garment and over everything; the heads do not move the mask."""
        inside = mask.detach().sigmoid()[:, None]
        parts = [taps[4].mean((2, 3)), taps[4].amax((2, 3))]
        for tap, size in ((taps[3], 8), (taps[4], 16)):
            share = functional.avg_pool2d(inside, size)
            parts.append((tap * share).sum((2, 3)) / (share.sum((2, 3)) + 1.0))
        return torch.cat(parts, 1)


def _doubled(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def start(network: GarmentNet) -> None:
    """Give the encoder what ImageNet taught it."""
    whole = Encoder()
    whole.load_published(published_encoder())
    network.encoder.load_state_dict(
        {name: value for name, value in whole.state_dict().items() if "blocks.15." not in name}
    )


def load(path: Path) -> GarmentNet:
    """The network of a checkpoint's running mean, ready to answer."""
    network = GarmentNet()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["mean"])
    network.eval().to(memory_format=torch.channels_last)
    return network
