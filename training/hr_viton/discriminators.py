"""The two discriminators of HR-VITON (Lee et al., arXiv 2206.14180), by their published names.

Both judge patches at two scales, as pix2pixHD's (Wang et al., arXiv 1711.11585).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import spectral_norm

from deployments.tryon.hr_viton.condition import CLASSES, GARMENT_PLANES, PERSON_PLANES
from deployments.tryon.hr_viton.generator import LABELS, SLOPE

SCALES = 2


class ConditionDiscriminator(nn.Module):  # type: ignore[misc]
    """Judges a segmentation N×13×H×W beside what it was made from, N×20×H×W. The answers' scores,
    finest last, N×1×…; the input is halved before it is looked at at all."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.layer0 = _patches(width)
        self.layer1 = _patches(width)

    def forward(self, shown: Tensor, segmentation: Tensor) -> list[Tensor]:
        x = halved(torch.cat([shown, segmentation], 1))
        return [self.layer1(x), self.layer0(halved(x))]


def _patches(width: int) -> nn.Sequential:
    inputs = GARMENT_PLANES + PERSON_PLANES + CLASSES
    layers: list[nn.Module] = [nn.Conv2d(inputs, width, 4, 2, 2), nn.LeakyReLU(SLOPE, inplace=True)]
    for before, stride in ((width, 2), (2 * width, 2), (4 * width, 1)):
        layers += [
            nn.Conv2d(before, 2 * before, 4, stride, 2),
            nn.InstanceNorm2d(2 * before),
            nn.LeakyReLU(SLOPE, inplace=True),
        ]
        if stride == 2:
            layers.append(nn.Dropout(0.5))
    return nn.Sequential(*layers, nn.Conv2d(8 * width, 1, 4, 1, 2))


class PictureDiscriminator(nn.Module):  # type: ignore[misc]
    """Judges a picture N×3×H×W beside its labels N×7×H×W: for each scale the outputs of all layers,
    the scores last."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        for scale in range(SCALES):
            self.add_module(f"discriminator_{scale}", _Layers(width))

    def forward(self, labels: Tensor, picture: Tensor) -> list[list[Tensor]]:
        x, found = torch.cat([labels, picture], 1), []
        for judge in self.children():
            found.append(judge(x))
            x = halved(x)
        return found


class _Layers(nn.Module):  # type: ignore[misc]
    def __init__(self, width: int) -> None:
        super().__init__()
        self.model0 = nn.Sequential(nn.Conv2d(LABELS + 3, width, 4, 2, 2), nn.LeakyReLU(SLOPE))
        self.model1 = _normed(width)
        self.model2 = _normed(2 * width)
        self.model3 = nn.Sequential(nn.Conv2d(4 * width, 1, 4, 1, 2))

    def forward(self, x: Tensor) -> list[Tensor]:
        found = []
        for layer in self.children():
            x = layer(x)
            found.append(x)
        return found


def _normed(inputs: int) -> nn.Sequential:
    convolution = spectral_norm(nn.Conv2d(inputs, 2 * inputs, 4, 2, 2, bias=False))
    normed = nn.Sequential(convolution, nn.InstanceNorm2d(2 * inputs))
    return nn.Sequential(normed, nn.LeakyReLU(SLOPE))


def halved(x: Tensor) -> Tensor:
    """Half the size; what lies beyond the edge is not counted."""
    return functional.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
