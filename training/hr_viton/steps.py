"""One step of training for each of HR-VITON's two networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from deployments.tryon.hr_viton.condition import (
    CLOTH_CLASS,
    Condition,
    ConditionGenerator,
    sampled,
    sampling_grid,
)
from deployments.tryon.hr_viton.generator import Noise, SpadeGenerator
from deployments.tryon.hr_viton.procedure import HIDING, bounded, grown
from training.hr_viton.discriminators import ConditionDiscriminator, PictureDiscriminator
from training.hr_viton.losses import (
    feature_matching,
    hinge,
    hinge_generator,
    least_squares,
    smoothness,
    total,
)

Difference: TypeAlias = Callable[[Tensor, Tensor], Tensor]

CONDITION_WEIGHTS: Mapping[str, float] = {
    "mask": 10.0, "perceptual": 1.0, "smoothness": 2.0, "classes": 10.0, "adversarial": 1.0,
}  # fmt: skip
GENERATOR_WEIGHTS: Mapping[str, float] = {
    "adversarial": 1.0, "features": 10.0, "perceptual": 10.0,
}  # fmt: skip
CONDITION_RATE, CONDITION_BETAS = 2e-4, (0.5, 0.999)
GENERATOR_RATE, DISCRIMINATOR_RATE, GENERATOR_BETAS = 1e-4, 4e-4, (0.0, 0.9)


@dataclass(frozen=True)
class Pair:
    """A person in their own garment, N×…×H×W; pictures from -1 to 1, labels one-hot."""

    garment: Tensor
    """N×4: the garment laid flat and its mask."""
    person: Tensor
    """N×16: agnostic labels and the DensePose picture."""
    classes: Tensor
    """N×H×W, int64: the thirteen classes of the photo."""
    worn: Tensor
    """N×3: the garment's pixels in the photo, on white."""
    photo: Tensor
    agnostic: Tensor
    labels: Tensor
    """N×7."""

    @property
    def worn_mask(self) -> Tensor:
        """N×1."""
        return (self.classes == CLOTH_CLASS)[:, None].to(self.garment.dtype)


def condition_losses(
    told: Condition, pair: Pair, judge: ConditionDiscriminator, difference: Difference
) -> dict[str, Tensor]:
    """The parts of the condition generator's loss, with occlusion and losses at every scale."""
    scores = bounded(told, "warp_grad")
    hidden = torch.softmax(scores, 1)[:, HIDING].sum(1, keepdim=True)
    mask = told.mask * (1 - hidden)
    cloth = told.cloth * mask + (1 - mask)
    mask_loss = functional.l1_loss(mask, pair.worn_mask)
    seen_loss = difference(cloth, pair.worn)
    for level, flow in enumerate(told.flows[:-1]):
        share = 1 / 2 ** (4 - level)
        warped = warped_by(pair.garment, flow)
        coarse = warped[:, 3:] * (1 - hidden)
        mask_loss = mask_loss + share * functional.l1_loss(coarse, pair.worn_mask)
        seen_loss = seen_loss + share * difference(warped[:, :3], pair.worn)
    judged = judge(shown(pair), torch.softmax(scores, 1))
    return {
        "mask": mask_loss,
        "perceptual": seen_loss,
        "smoothness": smoothness(told.flows[-1]),
        "classes": functional.cross_entropy(scores, pair.classes),
        "adversarial": least_squares(judged, real=True),
    }


def shown(pair: Pair) -> Tensor:
    """What the condition generator sees, in one."""
    return torch.cat([pair.garment, pair.person], 1)


def warped_by(garment: Tensor, flow: Tensor) -> Tensor:
    """The garment N×4×H×W through a flow of any scale."""
    height, width = flow.shape[2:]
    size = (garment.shape[2], garment.shape[3])
    return sampled(garment, sampling_grid(grown(flow, size), unit=(height, width)))


def condition_step(
    network: ConditionGenerator,
    judge: ConditionDiscriminator,
    optimisers: tuple[torch.optim.Optimizer, torch.optim.Optimizer],
    pair: Pair,
    difference: Difference,
) -> dict[str, float]:
    """One step of both networks; the parts of both losses."""
    told = network(pair.garment, pair.person)
    parts = condition_losses(told, pair, judge, difference)
    _descend(optimisers[0], total(parts, CONDITION_WEIGHTS))
    made = torch.softmax(bounded(told, "warp_grad"), 1).detach()
    real = functional.one_hot(pair.classes, made.shape[1]).permute(0, 3, 1, 2).to(made.dtype)
    judged = least_squares(judge(shown(pair), made), real=False)
    judged = judged + least_squares(judge(shown(pair), real), real=True)
    _descend(optimisers[1], judged)
    return _told(parts, judged)


def generator_step(
    network: SpadeGenerator,
    judge: PictureDiscriminator,
    optimisers: tuple[torch.optim.Optimizer, torch.optim.Optimizer],
    pair: Pair,
    noise: Noise,
    difference: Difference,
) -> dict[str, float]:
    """One step of both networks; the parts of both losses. The garment is the one that is worn, as
    a perfect condition generator would bring it."""
    pictures = torch.cat([pair.agnostic, pair.person[:, -3:], pair.worn], 1)
    made = network(pictures, pair.labels, noise)
    judged, real = judge(pair.labels, made), judge(pair.labels, pair.photo)
    parts = {
        "adversarial": hinge_generator([scale[-1] for scale in judged]),
        "features": feature_matching(judged, real),
        "perceptual": difference(made, pair.photo),
    }
    _descend(optimisers[0], total(parts, GENERATOR_WEIGHTS))
    judged, real = judge(pair.labels, made.detach()), judge(pair.labels, pair.photo)
    loss = hinge([scale[-1] for scale in judged], real=False)
    loss = loss + hinge([scale[-1] for scale in real], real=True)
    _descend(optimisers[1], loss)
    return _told(parts, loss)


def _descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def _told(parts: Mapping[str, Tensor], judged: Tensor) -> dict[str, float]:
    found = {name: float(part.detach()) for name, part in parts.items()}
    return found | {"discriminator": float(judged.detach())}
