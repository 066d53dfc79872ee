"""The try-on condition generator: where the garment goes, and what is seen of the dressed person.

Lee et al., High-Resolution Virtual Try-On with Misalignment and Occlusion-Handled Conditions
(arXiv 2206.14180), section 3.1. Two encoders look at the garment and at the person; from the
coarsest scale to the finest, an appearance flow and a segmentation refine each other. The names of
the modules are those of the published checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

Scale: TypeAlias = Literal["down", "same", "up"]

HEIGHT, WIDTH = 256, 192
"""The size at which the network works."""
GARMENT_PLANES = 4
"""Colours from -1 to 1, and the garment's mask."""
PERSON_PLANES = 16
"""Thirteen classes of the agnostic parse map, and the DensePose picture from -1 to 1."""
CLASSES = 13
CLOTH_CLASS = 3


@dataclass(frozen=True)
class Variant:
    """The four forms of the network that the published code can train."""

    warped: Literal["T1", "encoder"] = "T1"
    """What the decoder sees warped: the pyramid's garment features, or the encoder's own."""
    out_layer: Literal["relu", "conv"] = "relu"
    """How the classes' scores come about; with `relu` they are never negative."""


PUBLISHED = Variant()
"""The variant of `mtviton.pth`."""


class Condition(NamedTuple):
    """What the network tells of a pair."""

    flows: list[Tensor]
    """N×2×H×W, x and y, from 8×6 to 128×96, in pixels of their own grid."""
    scores: Tensor
    """N×13×256×192."""
    cloth: Tensor
    """N×3×256×192: the garment in its place."""
    mask: Tensor
    """N×1×256×192."""


class Grown(nn.Sequential):  # type: ignore[misc]
    """Twice the size, other planes."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(nn.Identity(), nn.Conv2d(inputs, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self[1](doubled(x))


class Block(nn.Module):  # type: ignore[misc]
    """A residual block that changes the size first."""

    def __init__(self, inputs: int, outputs: int, scale: Scale) -> None:
        super().__init__()
        self.scale = _resized(inputs, outputs, scale)
        self.block = nn.Sequential(
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.scale(x)
        return functional.relu(x + self.block(x), inplace=True)


def _resized(inputs: int, outputs: int, scale: Scale) -> nn.Module:
    if scale == "up":
        return Grown(inputs, outputs)
    if scale == "same":
        return nn.Conv2d(inputs, outputs, 1)
    return nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)


class ConditionGenerator(nn.Module):  # type: ignore[misc]
    """Garment N×4×256×192 and person N×16×256×192 in, `Condition` out.

    The published network also refines features of the person (`conv2`) that reach no output; they
    stand here for the checkpoint's sake and are not computed.
    """

    def __init__(self, variant: Variant = PUBLISHED, width: int = 96) -> None:
        super().__init__()
        self.variant = variant
        w, wide = width, 4 * width
        pyramid = [w, 2 * w, wide, wide, wide]
        self.ClothEncoder = _encoder([GARMENT_PLANES, *pyramid])
        self.PoseEncoder = _encoder([PERSON_PLANES, *pyramid])
        self.conv = Block(wide, 2 * wide, "same")
        self.SegDecoder = _decoder(w, variant)
        self.out_layer = _last(w, variant)
        self.conv1 = _aligned(pyramid, wide)
        self.conv2 = _aligned(pyramid, wide)
        self.flow_conv = nn.ModuleList([nn.Conv2d(2 * wide, 2, 3, padding=1) for _ in pyramid])
        self.bottleneck = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(inputs, wide, 3, padding=1), nn.ReLU(inplace=True))
                for inputs in (wide, wide, 2 * w, w)
            )
        )

    def forward(self, garment: Tensor, person: Tensor) -> Condition:
        cloth, body = _levels(self.ClothEncoder, garment), _levels(self.PoseEncoder, person)
        feature = cloth[0]
        flows = [self.flow_conv[0](torch.cat([feature, body[0]], 1))]
        x = self.SegDecoder[0](self.conv(body[0]))
        for i in range(1, 5):
            feature = doubled(feature) + self.conv1[4 - i](cloth[i])
            flow = doubled(flows[-1])
            places = sampling_grid(flow)
            warped = sampled(feature, places)
            told = torch.cat([warped, self.bottleneck[i - 1](x)], 1)
            flows.append(flow + self.flow_conv[i](told))
            if self.variant.warped == "encoder":
                warped = sampled(cloth[i], places)
            x = self.SegDecoder[i](torch.cat([x, body[i], warped], 1))
        worn = sampled(garment, sampling_grid(doubled(flows[-1])))
        scores = self.out_layer(torch.cat([x, person, worn], 1))
        return Condition(flows, scores, worn[:, :-1], worn[:, -1:])


def _encoder(planes: list[int]) -> nn.Sequential:
    return nn.Sequential(*(Block(a, b, "down") for a, b in pairwise(planes)))


def _decoder(w: int, variant: Variant) -> nn.Sequential:
    wide = 4 * w
    warped = [wide, wide, wide, wide] if variant.warped == "T1" else [wide, wide, 2 * w, w]
    seen = [2 * wide, 2 * wide, 4 * w, 2 * w]
    inputs = [2 * wide, *(a + b for a, b in zip(seen, warped, strict=True))]
    outputs = [wide, wide, 2 * w, w, w]
    return nn.Sequential(
        *(Block(a, b, "up") for a, b in zip(inputs, outputs, strict=True)),
    )


def _last(w: int, variant: Variant) -> nn.Module:
    inputs = w + GARMENT_PLANES + PERSON_PLANES
    if variant.out_layer == "relu":
        return Block(inputs, CLASSES, "same")
    return nn.Sequential(Block(inputs, w, "same"), nn.Conv2d(w, CLASSES, 1))


def _aligned(pyramid: list[int], wide: int) -> nn.Sequential:
    """One convolution a level, finest first; used one by one and never as a chain."""
    return nn.Sequential(*(nn.Conv2d(inputs, wide, 1) for inputs in pyramid[:4]))


def _levels(encoder: nn.Sequential, x: Tensor) -> list[Tensor]:
    """The encoder's outputs, coarsest first."""
    found = []
    for block in encoder:
        x = block(x)
        found.append(x)
    return found[::-1]


def doubled(x: Tensor) -> Tensor:
    """Twice the size, bilinear. Flows keep their values: see `sampling_grid`."""
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def sampling_grid(flow: Tensor, unit: tuple[float, float] | None = None) -> Tensor:
    """Where `grid_sample` is to look: N×H×W×2 of a flow N×2×H×W.

    A flow that was doubled in size still counts in pixels of the coarser grid, so it is divided by
    half of that grid's extent, or of `unit` (height, width). The identity runs from -1 to 1 corner
    to corner, while the sampling takes corners for the pixels' outer edges: the published weights
    were trained with this mismatch.
    """
    height, width = flow.shape[2:]
    rows, columns = unit or (height / 2, width / 2)
    x = torch.linspace(-1, 1, width, device=flow.device, dtype=flow.dtype)
    y = torch.linspace(-1, 1, height, device=flow.device, dtype=flow.dtype)
    across = flow[:, 0] / ((columns - 1) / 2) + x
    down = flow[:, 1] / ((rows - 1) / 2) + y[:, None]
    return torch.stack([across, down], 3)


def sampled(x: Tensor, places: Tensor) -> Tensor:
    """`x` seen through a sampling grid; beyond the edge lies the edge."""
    places = places.to(x.dtype)
    return functional.grid_sample(x, places, padding_mode="border", align_corners=False)
