"""Measure a refiner on the validation samples: the engine's picture as it is, and corrected.

    python -m training.drape.evaluate --checkpoint=RUN/last.pt --samples=SAMPLES --parser=EYE.pt

For the garment and for painted skin, each where the truth can teach: mean absolute difference (of
255, at a quarter of the size), SSIM at 256 px, and the distance of the parser encoder's features.
`gain` and `residual` take one of the two answers alone. The interval is that of the mean of the
differences to `plain`, two standard errors wide on either side.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from training.drape.export import load
from training.drape.network import Refiner, applied
from training.drape.train import SHOWN, TEACHES, TRUTH, Eye
from training.parser.configuration import override

checkpoint = "run/last.pt"
samples = "samples"
parser = ""  # checkpoint of the parser; "" leaves the features out
strength = 1.0  # of the gain
stride = 1  # every so many samples
threads = 1

VERSIONS = ("plain", "both", "gain", "residual")


def ssim(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """N×1×H×W: structural similarity of N×3×H×W pictures (0 to 255) in lightness, 7×7 windows."""
    weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    a, b = (one * weights).sum(1, keepdim=True), (other * weights).sum(1, keepdim=True)

    def mean(values: torch.Tensor) -> torch.Tensor:
        return functional.avg_pool2d(values, 7, 1, 3, count_include_pad=False)

    mean_a, mean_b = mean(a), mean(b)
    spread_a, spread_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    common = mean(a * b) - mean_a * mean_b
    small, large = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return (
        (2 * mean_a * mean_b + small)
        / (mean_a**2 + mean_b**2 + small)
        * (2 * common + large)
        / (spread_a + spread_b + large)
    )


def share_of(answer: torch.Tensor, version: str) -> torch.Tensor:
    """The answer with what the version leaves out set to 0."""
    kept = answer.clone()
    kept[:, :1] *= strength
    if version in ("plain", "residual"):
        kept[:, :1] = 0
    if version in ("plain", "gain"):
        kept[:, 1:] = 0
    return kept


def measures(
    made: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor, eye: Eye | None
) -> dict[str, float]:
    """All numbers of one picture under the weights (1×1×H×W)."""
    mass = functional.avg_pool2d(weights, 4)
    off = functional.avg_pool2d((made - truth) * weights, 4).abs().mean(1, keepdim=True)
    total = weights.sum().clamp(min=1e-3)
    found = {
        "difference": float(off.sum() / mass.sum().clamp(min=1e-6)),
        "ssim": float((ssim(made, truth) * weights).sum() / total),
    }
    if eye is not None:
        target = truth * (weights > 0.05) + made * (weights <= 0.05)
        pairs = zip(eye(made), eye(target), strict=True)
        found["features"] = float(
            sum((a - b).square().sum() / (weights > 0.05).sum() * 16 for a, b in pairs)
        )
    return found


def compared(network: Refiner, files: list[Path], eye: Eye | None) -> dict[str, list[float]]:
    """Numbers of every sample by `kind measure version`."""
    results: dict[str, list[float]] = {}
    for file in files:
        for sample in np.load(file, mmap_mode="r")[::stride]:
            data = torch.from_numpy(np.array(sample)).permute(2, 0, 1)[None].float()
            answer = network(data[:, :SHOWN])
            for kind, plane in (("cloth", 3), ("skin", 4)):
                weights = data[:, TEACHES] / 255 * data[:, plane : plane + 1] / 255
                if float((weights > 0.4).float().mean()) < 0.004:
                    continue
                for version in VERSIONS:
                    made = applied(data[:, :SHOWN], share_of(answer, version))
                    for name, value in measures(made, data[:, TRUTH], weights, eye).items():
                        results.setdefault(f"{kind} {name} {version}", []).append(value)
    return results


def main() -> None:
    """Print the table."""
    torch.set_num_threads(threads)
    files = sorted(Path(samples).glob("validation-*.npy"))
    with torch.no_grad():
        results = compared(load(checkpoint), files, Eye(parser) if parser else None)
    for key, values in results.items():
        plain = results[key.rsplit(" ", 1)[0] + " plain"]
        change = np.array(values) - np.array(plain)
        error = 2 * change.std() / max(np.sqrt(len(change)), 1)
        print(f"{key:28} {np.mean(values):8.4f}  change {change.mean():+.4f} ± {error:.4f}")


if __name__ == "__main__":
    override(globals())
    main()
