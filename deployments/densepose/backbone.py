"""The backbone of DensePose R-CNN: ResNet-50 with a feature pyramid.

He et al., ResNet (arXiv 1512.03385), in MSRA's form with the stride in the first 1×1 convolution;
Lin et al., Feature Pyramid Networks (arXiv 1612.03144). Modules carry the names of detectron2's
checkpoints.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = 256
STAGES = ((2, 3, 64, 256), (3, 4, 128, 512), (4, 6, 256, 1024), (5, 3, 512, 2048))
"""Number, blocks, inner and outer channels of each stage."""


class FrozenNorm(nn.Module):  # type: ignore[misc]
    """A batch normalisation that has learned all that it will."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        for name, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0)):
            self.register_buffer(name, torch.full((channels,), value))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        return functional.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, eps=1e-5
        )


class NormedConvolution(nn.Conv2d):  # type: ignore[misc]
    """A convolution with its normalisation inside, as the checkpoint names it."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = FrozenNorm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(super().forward(x))


class Bottleneck(nn.Module):  # type: ignore[misc]
    """Three convolutions beside a shortcut."""

    def __init__(self, inputs: int, inner: int, outputs: int, stride: int) -> None:
        super().__init__()
        if inputs != outputs:
            self.shortcut = NormedConvolution(inputs, outputs, 1, stride)
        self.conv1 = NormedConvolution(inputs, inner, 1, stride)
        self.conv2 = NormedConvolution(inner, inner, 3)
        self.conv3 = NormedConvolution(inner, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.relu(self.conv2(functional.relu(self.conv1(x))))
        aside = self.shortcut(x) if hasattr(self, "shortcut") else x
        return functional.relu(self.conv3(inner) + aside)


class Stem(nn.Module):  # type: ignore[misc]
    """The picture to 64 planes at stride 4."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = NormedConvolution(3, 64, 7, 2)

    def forward(self, x: Tensor) -> Tensor:
        return functional.max_pool2d(functional.relu(self.conv1(x)), 3, 2, 1)


class ResNet(nn.Module):  # type: ignore[misc]
    """N×3×H×W to the planes of the four stages, at strides 4, 8, 16, 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem()
        before = 64
        for number, blocks, inner, outputs in STAGES:
            stride = 1 if number == 2 else 2
            first = Bottleneck(before, inner, outputs, stride)
            others = (Bottleneck(outputs, inner, outputs, 1) for _ in range(blocks - 1))
            setattr(self, f"res{number}", nn.Sequential(first, *others))
            before = outputs

    def forward(self, x: Tensor) -> list[Tensor]:
        x, found = self.stem(x), []
        for number, *_ in STAGES:
            x = getattr(self, f"res{number}")(x)
            found.append(x)
        return found


class Pyramid(nn.Module):  # type: ignore[misc]
    """N×3×H×W, sides multiples of 32, to 256 planes at strides 4, 8, 16, 32, 64 each."""

    def __init__(self) -> None:
        super().__init__()
        self.bottom_up = ResNet()
        for number, _, _, outputs in STAGES:
            setattr(self, f"fpn_lateral{number}", nn.Conv2d(outputs, CHANNELS, 1))
            setattr(self, f"fpn_output{number}", nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1))

    def forward(self, x: Tensor) -> list[Tensor]:
        planes = dict(zip((number for number, *_ in STAGES), self.bottom_up(x), strict=True))
        levels: list[Tensor] = []
        above: Tensor | None = None
        for number in sorted(planes, reverse=True):
            here = getattr(self, f"fpn_lateral{number}")(planes[number])
            if above is not None:
                here = here + functional.interpolate(above, scale_factor=2.0, mode="nearest")
            above = here
            levels.insert(0, getattr(self, f"fpn_output{number}")(here))
        return [*levels, functional.max_pool2d(levels[-1], 1, 2)]
