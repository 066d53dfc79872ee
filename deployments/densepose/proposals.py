"""Where in a picture there may be somebody: the region proposal network.

Ren et al., Faster R-CNN (arXiv 1506.01497). Modules carry the names of detectron2's checkpoints.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from deployments.densepose.backbone import CHANNELS
from deployments.densepose.regions import suppress

STRIDES = (4, 8, 16, 32, 64)
SIZES = (32, 64, 128, 256, 512)
RATIOS = (0.5, 1.0, 2.0)
"""Height by width."""
OVERLAP = 0.7
MOST = 1000
"""Boxes that are kept of each level before suppression, and of all together after it."""
LARGEST_GROWTH = math.log(1000 / 16)


class ProposalHead(nn.Module):  # type: ignore[misc]
    """For each place and anchor a logit that something is there, and how to move the anchor."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
        self.objectness_logits = nn.Conv2d(CHANNELS, len(RATIOS), 1)
        self.anchor_deltas = nn.Conv2d(CHANNELS, 4 * len(RATIOS), 1)

    def forward(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        """Logits N, deltas N×4, in the order rows, columns, anchors; of one picture."""
        x = functional.relu(self.conv(planes))
        deltas = self.anchor_deltas(x)
        deltas = deltas.reshape(len(RATIOS), 4, *deltas.shape[2:]).permute(2, 3, 0, 1)
        logits = self.objectness_logits(x)[0].permute(1, 2, 0)
        return logits.flatten(), deltas.reshape(-1, 4)


class Proposals(nn.Module):  # type: ignore[misc]
    """Boxes, M×4 px of the picture, from the planes of its pyramid."""

    def __init__(self) -> None:
        super().__init__()
        self.rpn_head = ProposalHead()

    def forward(self, levels: list[Tensor], height: int, width: int) -> Tensor:
        boxes, scores = [], []
        for planes, stride, size in zip(levels, STRIDES, SIZES, strict=True):
            logits, deltas = self.rpn_head(planes)
            best, order = logits.topk(min(len(logits), MOST))
            anchors = anchors_of(planes.shape[2], planes.shape[3], stride, size)
            found = clipped(moved(anchors.to(deltas)[order], deltas[order]), height, width)
            large = ((found[:, 2:] - found[:, :2]) > 0).all(1) & best.isfinite()
            kept = suppress(found := found[large], best := best[large], OVERLAP)
            boxes.append(found[kept])
            scores.append(best[kept])
        order = torch.cat(scores).argsort(descending=True, stable=True)[:MOST]
        return torch.cat(boxes)[order]


def anchors_of(rows: int, columns: int, stride: int, size: int) -> Tensor:
    """Boxes rows·columns·3×4 round the corners of the cells."""
    wide = torch.tensor([math.sqrt(size**2 / ratio) for ratio in RATIOS])
    high = wide * torch.tensor(RATIOS)
    cell = torch.stack((-wide, -high, wide, high), 1) / 2
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    at = torch.stack((x, y, x, y), -1).reshape(-1, 1, 4) * float(stride)
    return (at + cell).reshape(-1, 4)


def moved(boxes: Tensor, deltas: Tensor, weights: tuple[float, float] = (1.0, 1.0)) -> Tensor:
    """N×4 boxes moved and scaled by N×4 deltas; `weights` divide those of place and of size."""
    sides = boxes[:, 2:] - boxes[:, :2]
    centre = boxes[:, :2] + 0.5 * sides + deltas[:, :2] / weights[0] * sides
    half = 0.5 * (deltas[:, 2:] / weights[1]).clamp(max=LARGEST_GROWTH).exp() * sides
    return torch.cat((centre - half, centre + half), 1)


def clipped(boxes: Tensor, height: int, width: int) -> Tensor:
    """Inside a picture."""
    limit = boxes.new_tensor([width, height, width, height])
    return torch.minimum(boxes.clamp(min=0), limit)
