"""Boxes in plain torch: what is pooled from them, and which of them are one and the same.

He et al., Mask R-CNN (ICCV 2017), RoIAlign; both equal torchvision's operators, which are compiled
and for many systems not to be had.
"""

from __future__ import annotations

import torch
from torch import Tensor

CANONICAL_SIZE, CANONICAL_LEVEL = 224, 4
"""A box of this side in px is pooled at stride 16 (Lin et al., Feature Pyramid Networks)."""


def roi_align(
    planes: Tensor,
    boxes: Tensor,
    size: int,
    scale: float,
    sampling_ratio: int = 2,
    aligned: bool = False,
) -> Tensor:
    """K×C×size×size from the planes 1×C×H×W of one picture and K boxes (left, top, right, bottom
    in its px); `scale` is the planes' px in the picture's.

    Each cell is the mean of `sampling_ratio`² samples; with 0 there are as many as the cell has px.
    `aligned` moves everything by half a px, so that a sample lies between the right four; the
    published DensePose was trained without.
    """
    pooled = [_pooled(planes[0], box * scale, size, sampling_ratio, aligned) for box in boxes]
    return torch.stack(pooled) if pooled else planes.new_zeros(0, planes.shape[1], size, size)


def _pooled(planes: Tensor, box: Tensor, size: int, sampling_ratio: int, aligned: bool) -> Tensor:
    left, top, right, bottom = (float(value) - (0.5 if aligned else 0.0) for value in box)
    wide, high = right - left, bottom - top
    if not aligned:
        wide, high = max(wide, 1.0), max(high, 1.0)
    rows, down = _samples(top, high, size, sampling_ratio, planes)
    columns, across = _samples(left, wide, size, sampling_ratio, planes)
    # Bilinear weights are products of those of rows and columns, and so is the mean over a cell.
    of_rows = _weights(rows, down, planes.shape[1])
    of_columns = _weights(columns, across, planes.shape[2])
    y, x = _used(of_rows), _used(of_columns)
    return of_rows[:, y] @ planes[:, y, x] @ of_columns[:, x].T


def _used(weights: Tensor) -> slice:
    """From the first to the last px that has a say."""
    used = weights.any(0).nonzero()
    return slice(int(used[0]), int(used[-1]) + 1) if len(used) else slice(0, 0)


def _samples(
    begin: float, length: float, size: int, sampling_ratio: int, like: Tensor
) -> tuple[Tensor, int]:
    """Where along one side the samples lie, and how many there are in a cell."""
    cell = length / size
    number = sampling_ratio if sampling_ratio > 0 else -int(-length // size)
    steps = torch.arange(size * max(number, 0), dtype=like.dtype, device=like.device)
    return begin + (steps + 0.5) * (cell / max(number, 1)), number


def _weights(at: Tensor, number: int, limit: int) -> Tensor:
    """Cells × `limit`: how much each px of a side has of each cell's mean. Samples more than a px
    outside count as 0."""
    inside = (at >= -1) & (at <= limit)
    at = at.clamp(0, limit - 1)
    low = at.floor().clamp(max=limit - 1).long()
    share = at - low
    matrix = at.new_zeros(len(at), limit)
    rows = torch.arange(len(at), device=at.device)
    matrix.index_put_((rows, low), (1 - share) * inside, accumulate=True)
    high = (low + 1).clamp(max=limit - 1)
    matrix.index_put_((rows, high), share * inside, accumulate=True)
    if number < 1:
        return matrix
    return matrix.reshape(-1, number, limit).mean(1)


def pool_from_pyramid(levels: list[Tensor], strides: list[int], boxes: Tensor, size: int) -> Tensor:
    """`roi_align` of each box from the level that its size belongs to; the first level is the
    finest."""
    finest = round(torch.tensor(float(strides[0])).log2().item())
    sides = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).sqrt()
    level = torch.floor(CANONICAL_LEVEL + torch.log2(sides / CANONICAL_SIZE + 1e-8))
    level = level.clamp(finest, finest + len(levels) - 1).long() - finest
    pooled = levels[0].new_zeros(len(boxes), levels[0].shape[1], size, size)
    for number, (planes, stride) in enumerate(zip(levels, strides, strict=True)):
        chosen = level == number
        if chosen.any():
            pooled[chosen] = roi_align(planes, boxes[chosen], size, 1 / stride)
    return pooled


def overlaps(box: Tensor, others: Tensor) -> Tensor:
    """Intersection over union of one box with N others, N."""
    width = torch.minimum(box[2], others[:, 2]) - torch.maximum(box[0], others[:, 0])
    height = torch.minimum(box[3], others[:, 3]) - torch.maximum(box[1], others[:, 1])
    both = width.clamp(min=0) * height.clamp(min=0)
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return both / ((box[2] - box[0]) * (box[3] - box[1]) + areas - both)


def suppress(boxes: Tensor, scores: Tensor, overlap: float) -> Tensor:
    """Indices of the boxes that no better one overlaps by more, the best first (non-maximum
    suppression)."""
    order = scores.argsort(descending=True, stable=True)
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        # Boxes without area have no number here, and nothing is known to overlap them.
        order = order[~(overlaps(boxes[best], boxes[order]) > overlap)]
    return torch.stack(kept) if kept else order
