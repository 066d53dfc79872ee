"""Graphonomy at work: a photo and its pose to the 20 labels.

Gong et al., CVPR 2019. As its authors test it, the network looks at several sizes and at the mirror
image of each, and the answers are added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as PillowImage
from torch import Tensor
from torch.nn import functional

from deployments.parsers.crop import laid_over, shown
from deployments.parsers.graphonomy_network import Graphonomy
from deployments.torch_network import load_strictly
from deployments.types import Image, ParseMap, Pose
from weights.store import Store

MODEL, FILE = "graphonomy", "inference.pth"
SIZE = (512, 384)
SCALES = (1.0, 0.5, 0.75, 1.25, 1.5, 1.75)
"""Those of the published test; the answers have the first one's size."""
QUICK_SCALES = (1.0,)
"""On a CPU, where all of them take a quarter of a minute."""
MIRRORED = (*range(14), 15, 14, 17, 16, 19, 18)
"""Which label of the mirror image each label is: left and right change places."""


class GraphonomyParser:
    """The 20 labels by Graphonomy's published checkpoint of CIHP."""

    def __init__(
        self, store: Store, device: str = "cpu", scales: Sequence[float] | None = None
    ) -> None:
        self._device = device
        self._scales = scales or (QUICK_SCALES if device == "cpu" else SCALES)
        self._network: Any = load(store.path(MODEL, FILE), device)

    def __call__(self, image: Image, pose: Pose) -> ParseMap:
        """Labels of the photo, uint8 H×W. Raises PersonNotFound where the pose is empty."""
        crop, window = shown(image, pose, SIZE)
        return laid_over(self.infer(crop), window, image.shape)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def infer(self, crop: Image) -> NDArray[np.float32]:
        """Scores of the 20 labels, 20×H×W of a crop H×W×3."""
        total: Tensor | None = None
        for scale in self._scales:
            both = preprocess(crop, scale).to(self._device)
            logits = self._network(both)
            mean = (logits[:1] + logits[1:, list(MIRRORED)].flip(-1)) / 2
            if total is None:
                total = mean
            else:
                size = total.shape[2:]
                total = total + functional.interpolate(
                    mean, size=size, mode="bilinear", align_corners=True
                )
        assert total is not None  # noqa: S101 - there is at least one scale
        return np.asarray(total[0].float().cpu().numpy(), np.float32)


def preprocess(crop: Image, scale: float) -> Tensor:
    """The crop at `scale` and its mirror image, 2×3×H×W: BGR from -1 to 1."""
    size = (int(crop.shape[1] * scale), int(crop.shape[0] * scale))
    resized = PillowImage.fromarray(crop).resize(size, PillowImage.Resampling.BILINEAR)
    values = np.asarray(resized, np.float32) * 2 / 255 - 1
    picture = torch.from_numpy(np.ascontiguousarray(values[..., ::-1].transpose(2, 0, 1)))
    return torch.stack((picture, picture.flip(-1)))


def load(path: Path, device: str = "cpu") -> Any:
    """The network with a checkpoint's weights, every name and shape of which must fit.

    Raises WeightsCorrupt.
    """
    return load_strictly(Graphonomy(), path, device)
