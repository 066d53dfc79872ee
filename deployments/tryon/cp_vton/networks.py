"""Both networks of a variant, between arrays. The one file here, beside them, that knows torch."""

from __future__ import annotations

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
        self._matching = load_strictly(Matching(variant), matching, device)
        self._rendering = load_strictly(Rendering(variant), rendering, device)

    def __call__(self, to_match: Floats, to_render: Floats, garment: Image, mask: Mask) -> Rendered:
        """Both agnostic persons C×256×192, the garment 256×192×3 on white, its mask of 0 and 255.

        Between the two networks the garment is a picture of whole numbers again, as it lay on disk
        between them when they were trained.
        """
        with self._torch.inference_mode():
            warped, cover = self._warped(to_match, garment, mask)
            seen = [to_render, normal(warped)]
            if self._variant.sees_warped_mask:
                seen.append(cover[None].astype(np.float32))
            drawn, share = self._rendering(self._tensor(np.concatenate(seen)))
            mixed = self._tensor(normal(warped)) * share + drawn * (1 - share)
        return Rendered(shown(self._array(mixed)), warped, self._array(share)[0], cover)

    def _warped(
        self, to_match: Floats, garment: Image, mask: Mask
    ) -> tuple[Image, NDArray[np.bool_]]:
        from deployments.tryon.cp_vton.matching import warp

        solid = self._tensor((mask[None] >= HALF).astype(np.float32))
        colours = self._tensor(normal(garment))
        looked_at = solid if self._variant.matches_mask else colours
        grid = self._matching(self._tensor(to_match), looked_at)
        warped = shown(self._array(warp(colours, grid, "border")))
        cover = self._array(warp(solid, grid, "zeros"))[0]
        return warped, (cover * 255).astype(np.uint8) >= HALF

    def _tensor(self, values: Floats) -> Any:
        return self._torch.from_numpy(np.ascontiguousarray(values))[None].to(self._device)

    def _array(self, tensor: Any) -> Floats:
        return np.asarray(tensor[0].cpu().numpy(), np.float32)
