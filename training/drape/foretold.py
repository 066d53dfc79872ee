"""Can it be seen in a composed picture how its cloth lies amiss? Asked without a network.

    python -m training.drape.foretold --samples=SAMPLES --pattern='engine-*.npy'

A ridge regression, which has one best answer, foretells six numbers from the planes: the affine
part of the optical flow from the picture to its truth, in the cloth. Its penalty is chosen by five
folds of the training samples. Said are the shares of the six numbers' variance that it explains on
samples it has not seen, and by how much SSIM in the cloth changes where it is moved so.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import torch

from deployments.jury.statistics import mean_change
from training.drape import flow
from training.drape.evaluate import ssim
from training.drape.evaluate_flow import LEAST, regions
from training.drape.mover import CELL, blind, moved
from training.drape.train import SHOWN, Pixels
from training.parser.configuration import override

samples = "samples"
pattern = "validation-*.npy"
hide = True  # keep what tells of the old garment from it
threads = 1

PENALTIES = (1e2, 1e3, 1e4, 1e5, 1e6)
FOLDS = 5
COARSE = (12, 16)
"""Columns and rows of the grid on which the planes are shown."""
FARTHEST = 12.0
"""Px beyond which the optical flow is no finding."""
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


def places(height: int, width: int) -> Floats:
    """H×W×3: 1, and how far to the right and down of the middle, in half widths and heights."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    right, down = 2 * x / width - 1, 2 * y / height - 1
    return np.stack([np.ones_like(x), right, down], -1).astype(np.float32)


def affine(sample: Pixels) -> Doubles | None:
    """The six numbers of a sample (H×W×20): how its truth's cloth is fetched from its picture, px;
    None where too little cloth has a truth."""
    made, truth = (
        cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY)
        for part in (sample[..., :3], sample[..., SHOWN : SHOWN + 3])
    )
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    found = search.calc(truth, made, np.zeros((*made.shape, 2), np.float32))
    known = (sample[..., SHOWN + 3] > flow.TAUGHT) & (sample[..., 3] > 127)
    known &= np.abs(found).max(axis=2) < FARTHEST
    if known.mean() < LEAST:
        return None
    base = places(*made.shape)[known].astype(np.float64)
    calm = np.diag([1.0, 200.0, 200.0])  # small pieces of cloth tell little of a stretch
    answer = np.linalg.solve(base.T @ base + calm, base.T @ found[known])
    return np.asarray(answer.ravel(), np.float64)


def features(sample: Pixels) -> Floats:
    """What is seen of a sample: its planes, and how strong and how sharp slopes are, all coarse."""
    planes = torch.from_numpy(sample[..., :SHOWN].copy()).permute(2, 0, 1)[None].float()
    seen = (blind(planes) if hide else planes)[0].permute(1, 2, 0).numpy() / 255
    grey = cv2.cvtColor(np.ascontiguousarray(seen[..., :3]), cv2.COLOR_RGB2GRAY)
    slopes = [np.abs(cv2.Sobel(grey, -1, *way)) * seen[..., 3] for way in ((1, 0), (0, 1))]
    both = np.dstack([seen, *slopes, *(slope**2 for slope in slopes)])
    small = [cv2.resize(plane, COARSE, interpolation=cv2.INTER_AREA) for plane in cv2.split(both)]
    return np.concatenate([plane.ravel() for plane in small]).astype(np.float32)


class Ridge:
    """A linear regression whose weights are charged for, solved in the space of its samples."""

    def __init__(self, seen: Doubles, told: Doubles, penalty: float) -> None:
        self.middle, self.spread = seen.mean(axis=0), seen.std(axis=0) + 1e-3
        self.usual, self.known = told.mean(axis=0), (seen - self.middle) / self.spread
        kernel = self.known @ self.known.T + penalty * np.eye(len(seen))
        self.weights = np.linalg.solve(kernel, told - self.usual)

    def __call__(self, seen: Doubles) -> Doubles:
        """Answers N×6 to features N×K."""
        likeness = ((seen - self.middle) / self.spread) @ self.known.T
        return np.asarray(self.usual + likeness @ self.weights, np.float64)


def explained(told: Doubles, foretold: Doubles) -> Doubles:
    """Share of each number's variance; below 0 where the mean would have been better."""
    rest = ((told - foretold) ** 2).sum(axis=0)
    return np.asarray(1 - rest / ((told - told.mean(axis=0)) ** 2).sum(axis=0), np.float64)


def fitted(seen: Doubles, told: Doubles) -> Ridge:
    """The regression with the penalty that explains most of what its folds have not seen."""
    fold = np.arange(len(seen)) * FOLDS // len(seen)  # neighbours are often one photo twice

    def worth(penalty: float) -> float:
        guess = np.zeros_like(told)
        for number in range(FOLDS):
            rest = fold != number
            guess[~rest] = Ridge(seen[rest], told[rest], penalty)(seen[~rest])
        return float(explained(told, guess).mean())

    return Ridge(seen, told, max(PENALTIES, key=worth))


def change(sample: Pixels, six: Doubles) -> float:
    """By how much SSIM in the cloth changes where it is moved so; nan where too little is known."""
    data = torch.from_numpy(sample).permute(2, 0, 1)[None].float()
    height, width = sample.shape[:2]
    field = places(height // CELL, width // CELL).astype(np.float64) @ six.reshape(3, 2)
    flowing = torch.from_numpy(field).permute(2, 0, 1)[None].float().clamp(-10, 10)
    answer = flowing, torch.zeros(1, 1, height // 4, width // 4)
    made = moved(data[:, :SHOWN], data[:, flow.LAYERED :], answer, False, "bicubic")
    truth, weights = data[:, SHOWN : SHOWN + 3], regions(data)["cloth"]
    local = ssim(made, truth) - ssim(data[:, :3], truth)
    enough = float(weights.mean()) >= LEAST
    return float((local * weights).sum() / weights.sum()) if enough else float("nan")


def gathered(wanted: str) -> tuple[list[Pixels], Doubles, Doubles]:
    """Samples with enough truth, their features and their six numbers."""
    found = [(sample, affine(sample)) for sample in flow.load(wanted)]
    kept = [(sample, told) for sample, told in found if told is not None]
    seen = [features(sample) for sample, _ in kept]
    told = np.array([told for _, told in kept]).reshape(-1, 6)
    return [s for s, _ in kept], np.array(seen, np.float64), told


def main() -> None:
    """Fit, foretell and say."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    flow.samples = samples
    parts = [gathered(name) for name in ("train-*.npy", "worn-*.npy")]
    parts = [part for part in parts if part[0]]
    ridge = fitted(*(np.concatenate([part[k] for part in parts]) for k in (1, 2)))
    held_out, seen, told = gathered(pattern)
    foretold = ridge(seen)
    print(f"{len(held_out)} samples; explained:", explained(told, foretold).round(3))
    changes = np.array([change(s, six) for s, six in zip(held_out, foretold, strict=True)])
    changes = changes[~np.isnan(changes)]
    mean, low, high = mean_change([0.0] * len(changes), list(changes))
    print(f"SSIM {mean:+.4f} ({low:+.4f} to {high:+.4f})")


if __name__ == "__main__":
    override(globals())
    main()
