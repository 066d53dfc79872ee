"""The layout network: a small U-Net from what stays, the pose and a garment's measures to the
parse map after dressing.

Ronneberger et al., U-Net (arXiv 1505.04597); the measures move and scale the features of every
level (Perez et al., FiLM, arXiv 1709.07871).
"""

from __future__ import annotations

import itertools
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from training.layout.sample import ATTRIBUTES, CLASSES, HEIGHT, PLANES, WIDTH

WIDTHS = (16, 32, 48, 64, 80)
USUAL = (0.9, 0.14, 1.1, 0.55, 0.55, 0.62, 0.2, 0.25)
SPREAD = (0.6, 0.05, 0.3, 0.15, 0.12, 0.1, 0.15, 0.05)
"""Of `ATTRIBUTES`."""


class Unit(nn.Module):  # type: ignore[misc]
    """A 3×3 convolution, batch normalisation, the measures' say, ReLU."""

    def __init__(self, inputs: int, outputs: int, told: int, stride: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.say = nn.Linear(told, 2 * outputs)
        nn.init.zeros_(self.say.weight)
        nn.init.zeros_(self.say.bias)

    def forward(self, x: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        scale, shift = self.say(told)[..., None, None].chunk(2, 1)
        return functional.relu(self.norm(self.convolution(x)) * (1 + scale) + shift)


class LayoutNet(nn.Module):  # type: ignore[misc]
    """Planes (float N×K×128×96, 0 or 255) and measures (N×8) in; logits N×classes×128×96 out."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS, told: int = 32) -> None:
        super().__init__()
        self.register_buffer("usual", torch.tensor(USUAL))
        self.register_buffer("spread", torch.tensor(SPREAD))
        self.measures = nn.Sequential(
            nn.Linear(len(ATTRIBUTES), told), nn.ReLU(), nn.Linear(told, told), nn.ReLU()
        )
        down, across = torch.meshgrid(
            torch.linspace(-1, 1, HEIGHT), torch.linspace(-1, 1, WIDTH), indexing="ij"
        )
        self.register_buffer("places", torch.stack([down, across])[None])
        self.enter = Unit(len(PLANES) + 2, widths[0], told)
        pairs = list(itertools.pairwise(widths))
        self.down = nn.ModuleList([Unit(a, b, told, 2) for a, b in pairs])
        self.more = nn.ModuleList([Unit(b, b, told) for _, b in pairs])
        self.up = nn.ModuleList([Unit(a + b, a, told) for a, b in pairs])
        self.answer = nn.Conv2d(widths[0], len(CLASSES), 1)

    def forward(self, planes: torch.Tensor, attributes: torch.Tensor) -> torch.Tensor:
        told = self.measures((attributes - self.usual) / self.spread)
        places = self.places.expand(len(planes), -1, -1, -1)
        x = self.enter(torch.cat([planes / 127.5 - 1, places], 1), told)
        kept = []
        for down, more in zip(self.down, self.more, strict=True):
            kept.append(x)
            x = more(down(x, told), told)
        for up, fine in zip(reversed(self.up), reversed(kept), strict=True):
            x = functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = up(torch.cat([x, fine], 1), told)
        answer: torch.Tensor = self.answer(x)
        return answer


def load(path: Path) -> LayoutNet:
    """The running mean of a checkpoint, ready to answer."""
    network = LayoutNet()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["mean"])
    network.eval()
    return network
