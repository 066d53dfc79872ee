"""A network that moves cloth: a smooth residual flow, and a change of the cloth's edge.

It was tried on the refiner's samples and is not shipped (`weights/refiner.md` has the numbers).

What it sees is cut down to the cloth itself and the body's coordinates. In the samples the truth's
outline shows through: the edited region reaches as far as the old garment did, and inpainted ground
tells where it hung. In a real try-on the old garment is another one, so whoever moves cloth to that
outline has learned to copy, not to dress.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from deployments.tryon.drape.fill import push_pull
from training.drape.network import Unit

WIDTHS = (32, 64, 96, 128)
FARTHEST = 10.0
"""Px of the 256×192 grid that cloth may be moved each way."""
CELL = 8
"""Px between the places at which the flow is told."""
BAND = 6
"""Px on either side of the cloth's edge within which its share may change."""
TELLTALES = slice(4, 6)
"""The planes of painted skin and of what was edited: both end where the old garment did."""


class Mover(nn.Module):  # type: ignore[misc]
    """A U-Net on a quarter of the grid: planes in, flow and edge out.

    The planes are float N×10×H×W, 0 to 255, H and W multiples of 32.
    The flow is N×2×H/8×W/8, px to the right and down; the edge N×1×H/4×W/4, -1 (less cloth) to 1.
    """

    def __init__(
        self, hide: bool = True, inputs: int = 10, widths: tuple[int, ...] = WIDTHS
    ) -> None:
        super().__init__()
        self.hide = hide
        self.enter = nn.Sequential(nn.Conv2d(16 * inputs, widths[0], 1), Unit(widths[0], widths[0]))
        pairs = list(itertools.pairwise(widths))
        self.down = nn.ModuleList([nn.Sequential(Unit(a, b, 2), Unit(b, b)) for a, b in pairs])
        self.up = nn.ModuleList([Unit(a + b, a) for a, b in reversed(pairs[1:])])
        self.finest = Unit(widths[0] + widths[1], 16)
        self.flow = nn.Conv2d(widths[1], 2, 3, padding=1)
        self.edge = nn.Conv2d(16, 1, 3, padding=1)
        for head in (self.flow, self.edge):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def forward(self, planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Begins as the identity: all answers 0."""
        planes = blind(planes) if self.hide else planes
        x = self.enter(functional.pixel_unshuffle(planes / 127.5 - 1.0, 4))
        kept = []
        for down in self.down:
            kept.append(x)
            x = down(x)
        for up, fine in zip(self.up, kept[:0:-1], strict=True):
            x = up(torch.cat([doubled(x), fine], 1))
        flow = FARTHEST * torch.tanh(self.flow(x) / FARTHEST)
        edge = self.edge(self.finest(torch.cat([doubled(x), kept[0]], 1)))
        return flow, torch.tanh(edge)


def doubled(x: torch.Tensor) -> torch.Tensor:
    """Feature maps on a grid twice as fine."""
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def blind(planes: torch.Tensor) -> torch.Tensor:
    """The planes without whatever could tell of the old garment: colours where there is cloth, grey
    elsewhere, and neither painted skin nor the edited region."""
    cloth = planes[:, 3:4] / 255
    colours = planes[:, :3] * cloth + 127.5 * (1 - cloth)
    hidden = torch.zeros_like(planes[:, TELLTALES])
    return torch.cat([colours, planes[:, 3:4], hidden, planes[:, TELLTALES.stop :]], 1)


def layers(shown: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """H×W×6: the cloth's colours carried on beyond its edge, and what may lie behind it, carried in
    from its surroundings. `shown`: H×W×K, the planes of the composed picture."""
    picture, cloth = shown[..., :3].astype(np.float32), shown[..., 3].astype(np.float32) / 255
    inner, outer = ((share > 0.97).astype(np.float32) for share in (cloth, 1 - cloth))
    both = np.dstack([push_pull(picture, inner), push_pull(picture, outer)])
    return np.asarray(np.clip(both + 0.5, 0, 255), np.uint8)


def sampled(picture: torch.Tensor, flow: torch.Tensor, mode: str = "bilinear") -> torch.Tensor:
    """A picture (N×C×H×W) seen through a flow of the same size (N×2×H×W, px)."""
    height, width = picture.shape[2:]
    rows = torch.arange(height, device=picture.device, dtype=picture.dtype).view(1, -1, 1)
    columns = torch.arange(width, device=picture.device, dtype=picture.dtype).view(1, 1, -1)
    x = (columns + flow[:, 0] + 0.5) * (2 / width) - 1
    y = (rows + flow[:, 1] + 0.5) * (2 / height) - 1
    grid = torch.stack([x, y], -1)
    return functional.grid_sample(picture, grid, mode, "border", align_corners=False)


def grown(values: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Answers enlarged to a picture's size; a flow stays in px of the network's grid."""
    return functional.interpolate(values, size, mode="bicubic", align_corners=False)


def band(cloth: torch.Tensor) -> torch.Tensor:
    """N×1×H×W from 0 to 1: how near the cloth's edge is."""
    side = 2 * BAND + 1
    wide = functional.max_pool2d(cloth, side, 1, BAND)
    narrow = -functional.max_pool2d(-cloth, side, 1, BAND)
    return functional.avg_pool2d(wide - narrow, 5, 1, 2)


def moved(
    planes: torch.Tensor,
    layered: torch.Tensor,
    answer: tuple[torch.Tensor, torch.Tensor],
    edges: bool,
    mode: str = "bilinear",
    crisp: float = 1.0,
) -> torch.Tensor:
    """The picture (N×3×H×W, 0 to 255) with its cloth moved, the same where the answers are 0.

    `layered`: N×6×H×W, what `layers` made. Without `edges` cloth moves behind a fixed outline, as
    behind a window; with them the outline moves too, and gives way or grows within `BAND`;
    `crisp` above 1 makes it so many times as steep.
    """
    flow = grown(answer[0], (planes.shape[2], planes.shape[3]))
    cloth, behind, share = layered[:, :3], layered[:, 3:], planes[:, 3:4] / 255
    fetched = sampled(cloth, flow, mode)
    if not edges:
        return (planes[:, :3] + share * (fetched - cloth)).clamp(0, 255)
    change = grown(answer[1], (planes.shape[2], planes.shape[3])) * band(share)
    other = (crisp * (sampled(share, flow) + change - 0.5) + 0.5).clamp(0, 1)
    return (planes[:, :3] + other * (fetched - behind) - share * (cloth - behind)).clamp(0, 255)


def bending(flow: torch.Tensor) -> torch.Tensor:
    """Mean square of the flow's second differences: 0 for shifts, stretches and shears."""
    along = [flow.diff(n=2, dim=axis).square().mean() for axis in (2, 3)]
    across = flow.diff(dim=2).diff(dim=3).square().mean()
    return torch.stack([*along, 2 * across]).sum()
