"""LPIPS, FID and KID, where the libraries and the networks' weights are on this machine.

Nothing is downloaded: a measure whose weights are not there has no number and says why. The
libraries are those of `pip install 'fitting-room[perceptual]'`.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from deployments.types import Image

LPIPS_WEIGHTS = "alexnet-owt-7be5be79.pth"
"""torchvision's AlexNet; the small learned part comes with torchmetrics."""
INCEPTION_WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"
"""torch-fidelity's Inception, the one of the FID paper."""
LEAST_PICTURES = 50
"""FID and KID compare statistics of sets; of fewer pictures they say nothing."""


def checkpoints() -> Path:
    """The folder in which torch keeps downloaded weights."""
    default = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "torch"
    return Path(os.environ.get("TORCH_HOME", default)).expanduser() / "hub" / "checkpoints"


def lpips_missing() -> str:
    """Why LPIPS is not available, empty where it is."""
    return _missing(("torch", "torchvision", "torchmetrics"), LPIPS_WEIGHTS)


def sets_missing() -> str:
    """Why FID and KID are not available, empty where they are."""
    return _missing(("torch", "torchmetrics", "torch_fidelity"), INCEPTION_WEIGHTS)


def _missing(modules: tuple[str, ...], weights: str) -> str:
    absent = [name for name in modules if find_spec(name) is None]
    if absent:
        return f"not available: {', '.join(absent)} not installed (fitting-room[perceptual])"
    if not (checkpoints() / weights).is_file():
        return f"not available: {weights} is not in {checkpoints()}"
    return ""


class Lpips:
    """LPIPS with AlexNet. Raises RuntimeError where `lpips_missing`."""

    def __init__(self) -> None:
        if why := lpips_missing():
            raise RuntimeError(why)
        from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

        self._metric: Any = LearnedPerceptualImagePatchSimilarity(net_type="alex", normalize=True)

    def __call__(self, image: Image, truth: Image) -> float:
        """0 for equal pictures; both of one size."""
        import torch

        with torch.inference_mode():
            return float(self._metric(_tensor(image).float() / 255, _tensor(truth).float() / 255))


def set_distances(results: list[Image], truths: list[Image]) -> dict[str, float | str]:
    """`fid` and `kid` of all results against all truths, or why there is none."""
    why = sets_missing()
    if not why and min(len(results), len(truths)) < LEAST_PICTURES:
        why = f"not available: fewer than {LEAST_PICTURES} pictures"
    if why:
        return {"fid": why, "kid": why}
    from torchmetrics.image.fid import FrechetInceptionDistance
    from torchmetrics.image.kid import KernelInceptionDistance

    fid: Any = FrechetInceptionDistance()
    kid: Any = KernelInceptionDistance(subset_size=min(len(results), len(truths)))
    for metric in (fid, kid):
        for pictures, real in ((truths, True), (results, False)):
            for picture in pictures:
                metric.update(_tensor(picture), real=real)
    return {"fid": float(fid.compute()), "kid": float(kid.compute()[0])}


def _tensor(image: Image) -> Any:
    import torch

    return torch.from_numpy(np.array(image.transpose(2, 0, 1)))[None]
