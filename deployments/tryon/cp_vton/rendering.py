"""The try-on network of CP-VTON: a U-Net that draws the person and says where the warped garment is
to be seen. The modules' names are those of the published weights.
"""

from __future__ import annotations

import torch
from torch import nn

from deployments.tryon.cp_vton.variant import Variant

OUTER, INNER = 64, 512


class Rendering(nn.Module):  # type: ignore[misc]
    """From all that is known to a drawn person and a mask of the garment.

    State dicts of `UnetGenerator` (6 levels) in cp-vton, cp-vton-plus and Virtual-Try-On-Flask fit
    strictly.
    """

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        level = Level(INNER, INNER, None)
        level = Level(INNER, INNER, level)
        for outer in (256, 128, OUTER):
            level = Level(outer, 2 * outer, level)
        self.model = Frame(variant.try_on_channels, level)

    def forward(self, seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """N×C×256×192 → the drawn person, N×3×256×192 in [-1, 1], and the garment's share of the
        picture, N×1×256×192 in 0…1."""
        drawn = self.model(seen)
        return torch.tanh(drawn[:, :3]), torch.sigmoid(drawn[:, 3:])


class Frame(nn.Module):  # type: ignore[misc]
    """The outermost level: no skip leads round it. The four channels that leave are normalised."""

    def __init__(self, channels: int, within: Level) -> None:
        super().__init__()
        into = nn.Conv2d(channels, OUTER, 4, 2, 1)
        self.model = nn.Sequential(into, within, *_rise(2 * OUTER, 4))

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return self.model(picture)


class Level(nn.Module):  # type: ignore[misc]
    """Down by half, through what is `within`, up again; what came in goes along beside it.

    What goes along is what the leaky rectifier has made of it: the published code rectified in
    place, and the weights were trained so.
    """

    def __init__(self, outer: int, inner: int, within: Level | None) -> None:
        super().__init__()
        down: list[nn.Module] = [nn.LeakyReLU(0.2), nn.Conv2d(outer, inner, 4, 2, 1)]
        if within is None:
            self.model = nn.Sequential(*down, *_rise(inner, outer))
        else:
            down += [nn.InstanceNorm2d(inner), within]
            self.model = nn.Sequential(*down, *_rise(2 * inner, outer))

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """N×outer×H×W → N×(2 outer)×H×W."""
        rectified, *layers = self.model
        beside = picture = rectified(picture)
        for layer in layers:
            picture = layer(picture)
        return torch.cat([beside, picture], 1)


def _rise(inputs: int, outputs: int) -> list[nn.Module]:
    """Up to twice the size. Corners are not aligned here, unlike in the warp."""
    return [
        nn.ReLU(),
        nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
        nn.Conv2d(inputs, outputs, 3, 1, 1),
        nn.InstanceNorm2d(outputs),
    ]
