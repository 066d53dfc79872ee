"""Both networks of a variant, between arrays. The one file here, beside them, that knows torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deployments.torch_network import load_strictly, require_torch
from deployments.tryon.cp_vton.representation import Floats, normal, shown
from deployments.tryon.cp_vton.variant import Variant
from deployments.types import Image, Mask

NAME = "cp-vton"
HALF = 128
"""Grey from which a warped mask covers."""


@dataclass(frozen=True)
class Seen:
    """What the networks are shown of one job, at 256×192."""

    to_match: Floats
    """C×H×W: the agnostic person of the matching."""
    to_render: Floats
    """C×H×W: that of the try-on network."""
    garment: Image
    """On white."""
    mask: Mask
    """0 and 255."""


@dataclass(frozen=True)
class Rendered:
    """What both networks say, at 256×192."""

    picture: Image
    """The person in the garment."""
    warped: Image
    """The garment as it lies on the person."""
    share: Floats
    """H×W, 0…1: how much of the warped garment is in the picture."""
    covered: NDArray[np.bool_]
    """H×W: where the warped garment is."""


class Networks:
    """Matching and rendering with the weights of two files. Raises TorchMissing, WeightsCorrupt."""

    def __init__(self, variant: Variant, matching: Path, rendering: Path, device: str) -> None:
        self._torch: Any = require_torch(NAME)
        from deployments.tryon.cp_vton.matching import Matching
        from deployments.tryon.cp_vton.rendering import Rendering

        self._variant = variant
        self._device = device
        self._layout = {"memory_format": self._torch.channels_last}  # on a CPU a tenth faster
        self._matching = load_strictly(Matching(variant), matching, device).to(**self._layout)
        self._rendering = load_strictly(Rendering(variant), rendering, device).to(**self._layout)

    def __call__(self, seen: Sequence[Seen]) -> list[Rendered]:
        """Of all samples by one pass.

        Between the two networks the garment is a picture of whole numbers again, as it lay on disk
        between them when they were trained.
        """
        with self._torch.inference_mode():
            warped, covers = self._warped(seen)
            top = self._tensor([normal(one) for one in warped])
            planes = [self._tensor([one.to_render for one in seen]), top]
            if self._variant.sees_warped_mask:
                planes.append(self._tensor([cover[None].astype(np.float32) for cover in covers]))
            drawn, shares = self._rendering(self._torch.cat(planes, 1))
            mixed = top * shares + drawn * (1 - shares)
        return [
            Rendered(shown(picture), garment, share[0], cover)
            for picture, garment, share, cover in zip(
                self._array(mixed), warped, self._array(shares), covers, strict=True
            )
        ]

    def _warped(self, seen: Sequence[Seen]) -> tuple[list[Image], list[NDArray[np.bool_]]]:
        from deployments.tryon.cp_vton.matching import warp

        solid = self._tensor([(one.mask[None] >= HALF).astype(np.float32) for one in seen])
        colours = self._tensor([normal(one.garment) for one in seen])
        looked_at = solid if self._variant.matches_mask else colours
        grid = self._matching(self._tensor([one.to_match for one in seen]), looked_at)
        warped = [shown(one) for one in self._array(warp(colours, grid, "border"))]
        covers = self._array(warp(solid, grid, "zeros"))[:, 0]
        return warped, [(cover * 255).astype(np.uint8) >= HALF for cover in covers]

    def _tensor(self, planes: Sequence[Floats]) -> Any:
        """N×C×256×192."""
        tensor = self._torch.from_numpy(np.stack(planes)).to(self._device)
        return tensor.contiguous(**self._layout)

    def _array(self, tensor: Any) -> Floats:
        return np.asarray(tensor.cpu().numpy(), np.float32)
