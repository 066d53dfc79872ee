"""The image generator: the person in the garment, painted from coarse to fine.

Lee et al. (arXiv 2206.14180), section 3.2, after SPADE (Park et al., arXiv 1903.07291) and ALIAS
(Choi et al., arXiv 2103.16874): at eight sizes the pictures come in again, and in every layer the
segmentation scales and shifts what was normalised. Names are those of the published checkpoints.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import spectral_norm

PICTURE_PLANES = 9
"""The agnostic photo, the DensePose picture and the warped garment, -1 to 1."""
LABELS = 7
DOUBLINGS = 7
"""Heights and widths are multiples of 2 to this power."""
SLOPE = 0.2
HIDDEN = 128


class Noise(Protocol):
    """The random plane of one layer."""

    def __call__(self, height: int, width: int) -> Tensor:
        """N×1×H×W, normal. Asked in the order of the layers."""


class Level:
    """The label map at the size of a layer: N×7×H×W, one-hot or soft."""

    def __init__(self, labels: Tensor) -> None:
        self.labels = labels


class Levels:
    """A label map at the sizes of all layers, each made once."""

    def __init__(self, labels: Tensor) -> None:
        self._labels = labels
        self._known: dict[tuple[int, int], Level] = {}

    def __call__(self, x: Tensor) -> Level:
        """The level of a layer N×C×H×W."""
        size = (x.shape[2], x.shape[3])
        if size not in self._known:
            self._known[size] = self._make(functional.interpolate(self._labels, size=size))
        return self._known[size]

    def _make(self, labels: Tensor) -> Level:
        return Level(labels)


class SpadeNorm(nn.Module):  # type: ignore[misc]
    """Instance normalisation of a noisy layer, scaled and shifted by the labels."""

    def __init__(self, planes: int) -> None:
        super().__init__()
        self.noise_scale = nn.Parameter(torch.zeros(planes))
        self.conv_shared = nn.Sequential(nn.Conv2d(LABELS, HIDDEN, 3, padding=1), nn.ReLU())
        self.conv_gamma = nn.Conv2d(HIDDEN, planes, 3, padding=1)
        self.conv_beta = nn.Conv2d(HIDDEN, planes, 3, padding=1)

    def forward(self, x: Tensor, level: Level, noise: Tensor) -> Tensor:
        scale = self.noise_scale.view(1, -1, 1, 1)
        normal = functional.instance_norm(x + noise * scale)
        hidden = self.conv_shared(level.labels)
        return normal * (1 + self.conv_gamma(hidden)) + self.conv_beta(hidden)


class SpadeBlock(nn.Module):  # type: ignore[misc]
    """A residual block; its shortcut is learned where the number of planes changes."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        middle = min(inputs, outputs)
        self.conv_0 = spectral_norm(nn.Conv2d(inputs, middle, 3, padding=1))
        self.conv_1 = spectral_norm(nn.Conv2d(middle, outputs, 3, padding=1))
        self.norm_0 = SpadeNorm(inputs)
        self.norm_1 = SpadeNorm(middle)
        self.learned = inputs != outputs
        if self.learned:
            self.conv_s = spectral_norm(nn.Conv2d(inputs, outputs, 1, bias=False))
            self.norm_s = SpadeNorm(inputs)

    def forward(self, x: Tensor, levels: Levels, noise: Noise) -> Tensor:
        level, (height, width) = levels(x), x.shape[2:]
        short = self.conv_s(self.norm_s(x, level, noise(height, width))) if self.learned else x
        x = self.conv_0(_leaky(self.norm_0(x, level, noise(height, width))))
        x = self.conv_1(_leaky(self.norm_1(x, level, noise(height, width))))
        return short + x


class SpadeGenerator(nn.Module):  # type: ignore[misc]
    """Pictures N×9×H×W and labels N×7×H×W in, a picture N×3×H×W from -1 to 1 out. H and W are
    multiples of 128; the published weights were trained at 1024×768."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        wide = 16 * width
        outputs = [wide, wide, wide, wide // 2, wide // 4, wide // 8, wide // 16, wide // 32]
        inputs = [wide, *(before + 16 for before in outputs[:-1])]
        for i in range(DOUBLINGS + 1):
            self.add_module(f"conv_{i}", nn.Conv2d(PICTURE_PLANES, 16 if i else wide, 3, padding=1))
        for name, planes, made in zip(BLOCKS, inputs, outputs, strict=True):
            self.add_module(name, SpadeBlock(planes, made))
        self.conv_img = nn.Conv2d(outputs[-1], 3, 3, padding=1)

    def forward(self, pictures: Tensor, labels: Tensor | Levels, noise: Noise) -> Tensor:
        levels = labels if isinstance(labels, Levels) else Levels(labels)
        x: Tensor | None = None
        for i, name in enumerate(BLOCKS):
            seen = getattr(self, f"conv_{i}")(_shrunk(pictures, DOUBLINGS - i))
            x = seen if x is None else torch.cat([_doubled(x), seen], 1)
            x = getattr(self, name)(x, levels, noise)
        return torch.tanh(self.conv_img(_leaky(x)))


BLOCKS = ("head_0", "G_middle_0", "G_middle_1", "up_0", "up_1", "up_2", "up_3", "up_4")
"""The blocks, coarsest first; between each two the size doubles."""


def _shrunk(x: Tensor, halvings: int) -> Tensor:
    """Every so manieth pixel, which is what nearest resizing takes."""
    step = 2**halvings
    return x[:, :, ::step, ::step]


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def _leaky(x: Tensor | None) -> Tensor:
    return functional.leaky_relu(x, SLOPE, inplace=True)
