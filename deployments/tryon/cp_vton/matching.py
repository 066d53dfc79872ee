"""The geometric matching of CP-VTON: how the garment must bend to lie on the person.

Two towers look at the person and the garment, every place of the one is compared with every place
of the other (Rocco and others, "Convolutional neural network architecture for geometric matching",
CVPR 2017), and from that 25 control points of a thin-plate spline are read. The modules' names are
those of the published weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from deployments.tryon.cp_vton.variant import HEIGHT, WIDTH, Variant

GRID = 5
"""Control points along each side."""
CELLS = (HEIGHT // 16) * (WIDTH // 16)


class Matching(nn.Module):  # type: ignore[misc]
    """From an agnostic person and a garment to where each pixel of the result lies in the garment.

    State dicts of `GMM` in cp-vton, cp-vton-plus and Virtual-Try-On-Flask fit strictly.
    """

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.extractionA = Tower(variant.agnostic_channels)
        self.extractionB = Tower(variant.garment_channels)
        self.regression = Regression()
        spline, rest = _spline()
        # Not in the published files: it follows from the sizes alone.
        self.register_buffer("spline", torch.from_numpy(spline), persistent=False)
        self.register_buffer("rest", torch.from_numpy(rest), persistent=False)

    def forward(self, agnostic: torch.Tensor, garment: torch.Tensor) -> torch.Tensor:
        """N×C×256×192 and N×(3 or 1)×256×192, both in [-1, 1] (a mask in 0 and 1) → N×256×192×2,
        x and y from -1 to 1 in the garment's picture."""
        moved = self.regression(correlation(self.extractionA(agnostic), self.extractionB(garment)))
        points = moved.view(-1, 2, GRID * GRID) + self.rest
        grid = torch.matmul(self.spline, points.transpose(1, 2))
        return grid.view(-1, HEIGHT, WIDTH, 2)


class Tower(nn.Module):  # type: ignore[misc]
    """Features at a sixteenth of the size, 512 for each place, of length 1."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for wide in (64, 128, 256, 512):
            layers += [nn.Conv2d(channels, wide, 4, 2, 1), nn.ReLU(), nn.BatchNorm2d(wide)]
            channels = wide
        layers += [nn.Conv2d(512, 512, 3, 1, 1), nn.ReLU(), nn.BatchNorm2d(512)]
        layers += [nn.Conv2d(512, 512, 3, 1, 1), nn.ReLU()]
        self.model = nn.Sequential(*layers)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """N×C×256×192 → N×512×16×12."""
        features = self.model(picture)
        return features / torch.sqrt(features.square().sum(1, keepdim=True) + 1e-6)


def correlation(person: torch.Tensor, garment: torch.Tensor) -> torch.Tensor:
    """N×512×16×12 twice → N×192×16×12: at each place of the garment, its likeness to each place of
    the person, the person's places counted down the columns."""
    places = person.transpose(2, 3).flatten(2)
    likeness = torch.bmm(places.transpose(1, 2), garment.flatten(2))
    return likeness.view(-1, CELLS, *garment.shape[2:])


class Regression(nn.Module):  # type: ignore[misc]
    """From the comparison to the shifts of the control points."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        plan = ((CELLS, 512, 4, 2), (512, 256, 4, 2), (256, 128, 3, 1), (128, 64, 3, 1))
        for inputs, outputs, kernel, stride in plan:
            layers += [nn.Conv2d(inputs, outputs, kernel, stride, 1), nn.BatchNorm2d(outputs)]
            layers += [nn.ReLU()]
        self.conv = nn.Sequential(*layers)
        self.linear = nn.Linear(64 * 4 * 3, 2 * GRID * GRID)

    def forward(self, likeness: torch.Tensor) -> torch.Tensor:
        """N×192×16×12 → N×50 in [-1, 1]: 25 shifts in x, then 25 in y."""
        return torch.tanh(self.linear(self.conv(likeness).flatten(1)))


def _spline() -> tuple[Any, Any]:
    """What the control points' places are multiplied by to give each pixel's, float32 49152×25, and
    where they rest, float32 2×25.

    A thin-plate spline is linear in its control points, so all of it but them is known beforehand.
    The points are counted down the columns, as in the published weights.
    """
    axis = np.linspace(-1, 1, GRID)
    rest = np.stack([axis.repeat(GRID), np.tile(axis, GRID)])
    bending = _bend(rest[:, :, None] - rest[:, None, :])
    plane = np.vstack([np.ones(GRID * GRID), rest])
    system = np.block([[bending, plane.T], [plane, np.zeros((3, 3))]])
    y, x = np.meshgrid(np.linspace(-1, 1, HEIGHT), np.linspace(-1, 1, WIDTH), indexing="ij")
    pixels = np.stack([x.ravel(), y.ravel()])
    basis = np.vstack([_bend(rest[:, :, None] - pixels[:, None, :]), np.ones(x.size), pixels])
    spline = basis.T @ np.linalg.inv(system)[:, : GRID * GRID]
    return spline.astype(np.float32), rest.astype(np.float32)


def _bend(apart: Any) -> Any:
    """r² log r² of differences 2×…, 0 where they are 0."""
    squared = np.square(apart).sum(0)
    return squared * np.log(np.where(squared == 0, 1, squared))


def warp(picture: torch.Tensor, grid: torch.Tensor, beyond: str) -> torch.Tensor:
    """`picture` (N×C×256×192) as the grid lays it; `beyond` its edge "border" or "zeros".

    Corners are aligned, as they were in the version of torch that the weights were trained with.
    """
    return functional.grid_sample(picture, grid, padding_mode=beyond, align_corners=True)
