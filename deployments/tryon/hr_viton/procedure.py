"""The test procedure of HR-VITON: from prepared pictures to the dressed person, on tensors.

After the published test script of github.com/sangyun884/HR-VITON (Lee et al., arXiv 2206.14180):
where the garment goes is found at 256×192, the segmentation is blurred and decided at full size,
the full-size garment is sampled once through the flow, and the generator paints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from deployments.tryon.hr_viton.condition import (
    CLASSES,
    CLOTH_CLASS,
    HEIGHT,
    WIDTH,
    Condition,
    ConditionGenerator,
    sampled,
    sampling_grid,
)
from deployments.tryon.hr_viton.generator import LABELS, Noise, SpadeGenerator
from deployments.tryon.hr_viton.patterns import PatternedLevels

Composition: TypeAlias = Literal["warp_grad", "detach", "no_composition"]

BLUR = 15
SIGMA = 3.0
LABEL_OF_CLASS = (0, 3, 1, 2, 1, 4, 5, 1, 1, 1, 1, 1, 6)
"""The generator's label of each of the 13 classes: background, what is pasted back, upper garment,
hair, left arm, right arm, noise."""
UPPER_LABEL, LEFT_ARM_LABEL, RIGHT_ARM_LABEL = 2, 4, 5
HIDING = [1, 2, *range(5, CLASSES)]
"""Classes that lie over the garment: all but the background, itself, and trousers or skirt."""


@dataclass(frozen=True)
class Procedure:
    """What may be chosen at test time. The authors' own command sets `occlusion`."""

    composition: Composition = "warp_grad"
    """How the warped mask bounds the garment's class: softly, at a half, or not at all."""
    occlusion: bool = True
    """Whether arms and hair are cut out of the warped garment."""


@dataclass(frozen=True)
class Shown:
    """What the networks are shown: N samples of H×W, pictures from -1 to 1."""

    garment: Tensor
    """N×3×H×W."""
    garment_mask: Tensor
    """N×1×H×W, 0 and 1."""
    agnostic_parse: Tensor
    """N×13×H×W, one-hot."""
    densepose: Tensor
    agnostic: Tensor


@dataclass(frozen=True)
class Painted:
    """What came of it, N×…×H×W."""

    picture: Tensor
    """N×3×H×W, -1 to 1."""
    labels: Tensor
    """N×H×W, int64: the generator's seven."""
    scores: Tensor
    """N×13×H×W, blurred."""
    warped: Tensor
    warped_mask: Tensor

    def sample(self, number: int) -> Painted:
        """One sample alone, as a batch of its own."""
        one = slice(number, number + 1)
        return Painted(
            self.picture[one],
            self.labels[one],
            self.scores[one],
            self.warped[one],
            self.warped_mask[one],
        )


def dressed(
    condition: ConditionGenerator,
    generator: SpadeGenerator,
    shown: Shown,
    noise: Noise,
    chosen: Procedure = Procedure(),
) -> Painted:
    """The whole procedure. The generator may be of half precision: what it is shown follows it."""
    size = (shown.garment.shape[2], shown.garment.shape[3])
    told = condition(*_small(shown))
    scores = blurred(grown(bounded(told, chosen.composition), size))
    labels = labels_of(scores)
    warped, mask = warp(shown, told.flows[-1])
    if chosen.occlusion:
        mask = mask * (1 - torch.softmax(scores, 1)[:, HIDING].sum(1, keepdim=True))
        warped = warped * mask + (1 - mask)
    dtype = generator.conv_img.weight.dtype
    seen = torch.cat([shown.agnostic, shown.densepose, warped], 1).to(dtype)
    maps = functional.one_hot(labels, LABELS).permute(0, 3, 1, 2).to(dtype)
    seen = seen.contiguous(memory_format=torch.channels_last)
    picture = generator(seen, PatternedLevels(maps), noise).float()
    return Painted(picture, labels, scores, warped, mask)


def _small(shown: Shown) -> tuple[Tensor, Tensor]:
    """The condition generator's two inputs, at its own size."""
    size = (HEIGHT, WIDTH)
    garment = torch.cat([grown(shown.garment, size), nearest(shown.garment_mask, size)], 1)
    person = torch.cat([nearest(shown.agnostic_parse, size), grown(shown.densepose, size)], 1)
    return garment, person


def bounded(told: Condition, composition: Composition) -> Tensor:
    """The scores with the garment's class held within the warped mask: N×13×256×192."""
    if composition == "no_composition":
        return told.scores
    mask = (told.mask > 0.5).to(told.mask.dtype) if composition == "detach" else told.mask
    bounds = torch.ones_like(told.scores)
    bounds[:, CLOTH_CLASS : CLOTH_CLASS + 1] = mask
    return told.scores * bounds


def grown(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear, as the published code resizes: without averaging where it shrinks."""
    return functional.interpolate(x, size=size, mode="bilinear", align_corners=False)


def nearest(x: Tensor, size: tuple[int, int]) -> Tensor:
    return functional.interpolate(x, size=size, mode="nearest")


def blurred(x: Tensor) -> Tensor:
    """Each plane under a Gaussian of 15×15 and sigma 3; beyond the edge all is 0."""
    steps = torch.arange(BLUR, device=x.device, dtype=x.dtype) - BLUR // 2
    weights = torch.exp(-steps.square() / (2 * SIGMA**2))
    weights = weights / weights.sum()
    planes = x.shape[1]
    across = weights.expand(planes, 1, 1, BLUR)
    x = functional.conv2d(x, across, padding=(0, BLUR // 2), groups=planes)
    return functional.conv2d(x, across.transpose(2, 3), padding=(BLUR // 2, 0), groups=planes)


def labels_of(scores: Tensor) -> Tensor:
    """The generator's labels N×H×W of scores N×13×H×W."""
    table = torch.tensor(LABEL_OF_CLASS, device=scores.device)
    return table[scores.argmax(1)]


def warp(shown: Shown, flow: Tensor) -> tuple[Tensor, Tensor]:
    """The full-size garment and its mask, sampled through the finest flow, N×2×128×96."""
    height, width = flow.shape[2:]
    size = (shown.garment.shape[2], shown.garment.shape[3])
    places = sampling_grid(grown(flow, size), unit=(height, width))
    return sampled(shown.garment, places), sampled(shown.garment_mask, places)
