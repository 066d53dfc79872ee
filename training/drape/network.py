"""The refiner's network: a small U-Net on half the picture's grid.

Ronneberger et al., U-Net (arXiv 1505.04597). Both answers are smooth by nature, so the input is
folded into half the size first (pixel unshuffle) and the answers are grown bilinearly at the end:
most of the work is done on few pixels.
"""

from __future__ import annotations

import itertools

import torch
from torch import nn
from torch.nn import functional

WIDTHS = (16, 40, 72, 112, 144)
LARGEST_LOG_GAIN = 0.6
LARGEST_RESIDUAL = 70.0
"""Of 255."""


class Unit(nn.Sequential):  # type: ignore[misc]
    """A 3×3 convolution, batch normalisation, leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.LeakyReLU(0.1, inplace=True),
        )


class Refiner(nn.Module):  # type: ignore[misc]
    """Planes in (float N×K×H×W, 0 to 255, H and W multiples of 32), corrections out.

    The answer is N×4×H×W: the logarithm of the garment's gain, and a colour difference (0 to 255)
    for painted skin.
    """

    def __init__(self, inputs: int = 10, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.enter = Unit(4 * inputs, widths[0])
        pairs = list(itertools.pairwise(widths))
        self.down = nn.ModuleList([nn.Sequential(Unit(a, b, 2), Unit(b, b)) for a, b in pairs])
        self.up = nn.ModuleList([Unit(a + b, a) for a, b in pairs])
        self.answer = nn.Conv2d(widths[0], 4, 3, padding=1)
        nn.init.zeros_(self.answer.weight)
        nn.init.zeros_(self.answer.bias)

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Begins as the identity: all corrections 0."""
        x = self.enter(functional.pixel_unshuffle(planes / 127.5 - 1.0, 2))
        kept = []
        for down in self.down:
            kept.append(x)
            x = down(x)
        for up, fine in zip(reversed(self.up), reversed(kept), strict=True):
            x = functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = up(torch.cat([x, fine], 1))
        x = functional.interpolate(
            self.answer(x), scale_factor=2.0, mode="bilinear", align_corners=False
        )
        gain = LARGEST_LOG_GAIN * torch.tanh(x[:, :1])
        return torch.cat([gain, LARGEST_RESIDUAL * torch.tanh(x[:, 1:])], 1)


def applied(planes: torch.Tensor, answer: torch.Tensor) -> torch.Tensor:
    """The picture (N×3×H×W, 0 to 255) after the corrections, as `refine.py` applies them."""
    cloth, skin = planes[:, 3:4] / 255, planes[:, 4:5] / 255
    lit = planes[:, :3] * torch.exp(answer[:, :1] * cloth)
    return (lit + answer[:, 1:] * skin).clamp(0, 255)


class Critic(nn.Sequential):  # type: ignore[misc]
    """Judges patches: does this look like a photo? Isola et al. (arXiv 1611.07004)."""

    def __init__(self, inputs: int = 5) -> None:
        layers: list[nn.Module] = []
        for outputs in (32, 64, 96):
            layers += [nn.utils.parametrizations.spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1))]
            layers += [nn.LeakyReLU(0.2, inplace=True)]
            inputs = outputs
        super().__init__(*layers, nn.Conv2d(inputs, 1, 1))
