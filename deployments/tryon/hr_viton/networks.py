"""Both networks with their published weights, on one device."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from deployments.labels import hr_viton_channels
from deployments.torch_network import fit_strictly, read_state
from deployments.tryon.hr_viton.condition import ConditionGenerator, Variant
from deployments.tryon.hr_viton.generator import SpadeGenerator
from deployments.tryon.hr_viton.noise import SeededNoise
from deployments.tryon.hr_viton.preparation import Prepared
from deployments.tryon.hr_viton.procedure import Painted, Procedure, Shown, dressed
from deployments.tryon.hr_viton.ready import ready_condition, ready_generator

RENAMED = (("ace", "alias"), (".Spade", ""))
"""What older checkpoints of the generator call otherwise."""
_ENCODER_INPUTS = 576
"""Planes that the fourth decoder of the variant `encoder` takes; of `T1` they are 768."""


class Networks:
    """The condition generator and the image generator, loaded strictly and made ready.

    On a GPU the generator, which does nearly all of the work, runs in bfloat16; the flow,
    which counts in parts of a pixel, in single precision.
    """

    def __init__(self, condition: Path, generator: Path, device: str = "cpu") -> None:
        """Raises WeightsCorrupt with the first names that differ."""
        self.device = torch.device(device)
        self.dtype = torch.bfloat16 if self.device.type == "cuda" else torch.float32
        self.condition = ready_condition(load_condition(condition, device))
        self.generator = ready_generator(load_generator(generator, device)).to(self.dtype)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def __call__(
        self, prepared: Sequence[Prepared], seeds: Sequence[int], chosen: Procedure
    ) -> Painted:
        """All samples at once, each with the noise of its own seed; all of one size."""
        shown = shown_of(prepared, self.device)
        noise = SeededNoise(seeds, self.device, self.dtype)
        return dressed(self.condition, self.generator, shown, noise, chosen)


def load_condition(path: Path, device: str = "cpu") -> ConditionGenerator:
    """The condition generator of the variant that the file holds. Raises WeightsCorrupt."""
    state = read_state(path)
    variant = variant_of(state)
    network: ConditionGenerator = fit_strictly(
        _unfilled(lambda: ConditionGenerator(variant)), state, path, device
    )
    return network


def load_generator(path: Path, device: str = "cpu") -> SpadeGenerator:
    """The image generator. Raises WeightsCorrupt."""
    state = {_renamed(name): tensor for name, tensor in read_state(path).items()}
    network: SpadeGenerator = fit_strictly(_unfilled(SpadeGenerator), state, path, device)
    return network


def _unfilled(make: Callable[[], nn.Module]) -> nn.Module:
    """A network whose weights are whatever was in memory: random ones would be drawn in vain."""
    with torch.device("meta"):
        network = make()
    return network.to_empty(device="cpu")


def variant_of(state: Mapping[str, Any]) -> Variant:
    """Which of the four forms these tensors are of; the published one where nothing tells."""
    decoder = state.get("SegDecoder.3.scale.1.weight")
    is_encoder = decoder is not None and decoder.shape[1] == _ENCODER_INPUTS
    return Variant(
        "encoder" if is_encoder else "T1", "conv" if "out_layer.1.weight" in state else "relu"
    )


def _renamed(name: str) -> str:
    for old, new in RENAMED:
        name = name.replace(old, new)
    return name


def shown_of(prepared: Sequence[Prepared], device: torch.device) -> Shown:
    """Pictures as tensors."""
    masks = [one.garment_mask[None] > 127 for one in prepared]
    parses = [hr_viton_channels(one.agnostic_parse) for one in prepared]
    return Shown(
        garment=_pictures([one.garment for one in prepared], device),
        garment_mask=torch.from_numpy(np.stack(masks)).to(device, torch.float32),
        agnostic_parse=torch.from_numpy(np.stack(parses)).to(device),
        densepose=_pictures([one.densepose for one in prepared], device),
        agnostic=_pictures([one.agnostic for one in prepared], device),
    )


def _pictures(pictures: Sequence[NDArray[np.uint8]], device: torch.device) -> Tensor:
    """N×3×H×W from -1 to 1, of H×W×3 from 0 to 255."""
    rows = torch.from_numpy(np.stack(pictures)).to(device)
    return (rows.permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5


def picture_of(planes: Tensor) -> NDArray[np.uint8]:
    """H×W×3 from 0 to 255, of 3×H×W from -1 to 1."""
    bytes_ = ((planes + 1) * 127.5 + 0.5).clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(bytes_.permute(1, 2, 0).cpu().numpy())
