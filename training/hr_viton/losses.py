"""The losses of HR-VITON (Lee et al., arXiv 2206.14180, sections 3.1 and 3.2), one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from deployments.torch_network import fit_strictly, read_state

VGG19 = (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512)
"""Planes of its convolutions; 0 halves the size (Simonyan and Zisserman, arXiv 1409.1556)."""
CUTS = (2, 7, 12, 21, 30)
"""After how many layers the features are compared: relu1_1, 2_1, 3_1, 4_1, 5_1."""
WEIGHTS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)


class Perceptual(nn.Module):  # type: ignore[misc]
    """How far two pictures N×3×H×W differ in VGG19's features (Johnson et al., arXiv 1603.08155).

    `weights` is the state dict of torchvision's VGG19 that was trained on ImageNet; without it the
    features are of random filters, which tell edges and colours apart and nothing finer.
    """

    def __init__(self, weights: Path | None = None, planes: Sequence[int] = VGG19) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for count in planes:
            if count:
                layers += [nn.Conv2d(before, count, 3, padding=1), nn.ReLU()]
                before = count
            else:
                layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        if weights is not None:
            state = {
                name: one
                for name, one in read_state(weights).items()
                if name in self.state_dict()  # those of the classifier are not
            }
            fit_strictly(self, state, weights)
        self.eval().requires_grad_(False)

    def forward(self, made: Tensor, wanted: Tensor) -> Tensor:
        loss = made.new_zeros(())
        begin = 0
        for end, weight in zip(CUTS, WEIGHTS, strict=True):
            layers = self.features[begin:end]
            made, wanted, begin = layers(made), layers(wanted), end
            loss = loss + weight * functional.l1_loss(made, wanted.detach())
        return loss


def smoothness(flow: Tensor) -> Tensor:
    """The mean change from one pixel of a flow N×2×H×W to the next (total variation)."""
    down = (flow[:, :, 1:] - flow[:, :, :-1]).abs().mean()
    across = (flow[:, :, :, 1:] - flow[:, :, :, :-1]).abs().mean()
    return down + across


def least_squares(scores: Sequence[Tensor], *, real: bool) -> Tensor:
    """LSGAN (Mao et al., arXiv 1611.04076): the sum over all scales."""
    wanted = float(real)
    return torch.stack([(one - wanted).square().mean() for one in scores]).sum()


def hinge(scores: Sequence[Tensor], *, real: bool) -> Tensor:
    """What a discriminator is to lessen (Lim and Ye, arXiv 1705.02894): the mean over scales."""
    sign = -1.0 if real else 1.0
    return torch.stack([functional.relu(1 + sign * one).mean() for one in scores]).mean()


def hinge_generator(scores: Sequence[Tensor]) -> Tensor:
    """What a generator is to lessen."""
    return torch.stack([-one.mean() for one in scores]).mean()


def feature_matching(made: Sequence[Sequence[Tensor]], real: Sequence[Sequence[Tensor]]) -> Tensor:
    """How far the discriminator's features differ (Wang et al., arXiv 1711.11585); its scores,
    which stand last at each scale, are left out."""
    found = [
        functional.l1_loss(one, other.detach())
        for scale, real_scale in zip(made, real, strict=True)
        for one, other in zip(scale[:-1], real_scale[:-1], strict=True)
    ]
    return torch.stack(found).sum() / len(made)


def total(parts: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """The weighted sum. Both must name the same parts (ValueError)."""
    if parts.keys() != weights.keys():
        raise ValueError(f"parts {sorted(parts)} and weights {sorted(weights)} differ")
    return torch.stack([weights[name] * part for name, part in parts.items()]).sum()
