"""Train the layout network on people who wear what they wear.

    python -m training.layout.prepare --cache=CACHE --out=SAMPLES
    python -m training.layout.train --samples=SAMPLES --out=RUN
    python -m training.layout.evaluate --checkpoint=RUN/last.pt --samples=SAMPLES

Cross-entropy and soft Dice over the cells that are hidden from it, AdamW on a one-cycle schedule,
a running mean of the weights. Samples are mirrored, moved and scaled, and the garment's measures
are a little wrong: those of a garment laid flat always are.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from training import checkpoint
from training.layout import sample
from training.layout.network import LayoutNet, load
from training.layout.sample import ARM, GARMENT, HEIGHT, NECK, PLANES, WIDTH, Bytes
from training.parser.configuration import override
from training.schedule import Progress, one_cycle

samples = "samples"
out = "run"
initial = ""  # a checkpoint whose running mean a new run starts from
seed = 1
steps = 3000
minutes = 0.0  # > 0: end after this long, and let the schedule follow the clock
batch = 16
threads = 1
rate = 3e-3
decay = 0.02
floor = 0.01  # the schedule ends at this share of the rate
mean_decay = 0.995
slip = 0.06  # spread of the error of a measure, as a share of it
every = 200  # steps between checkpoints

Floats = npt.NDArray[np.float32]
Example: TypeAlias = tuple[Bytes, Floats, Bytes, Bytes, Bytes]
MIRRORED = [
    PLANES.index(name.replace("left", "right") if "left" in name else name.replace("right", "left"))
    for name in PLANES
]
FIRM = 0.05
"""Weight of the cells that the network sees."""


@dataclass(frozen=True)
class Samples:
    """All of a split, as `prepare.py` wrote them."""

    planes: Bytes
    attributes: Floats
    truth: Bytes
    known: Bytes


def load_samples(folder: Path, split: str) -> Samples:
    """The samples of every part of a split."""
    files = [np.load(path) for path in sorted(folder.glob(f"{split}-*.npz"))]
    names = ("planes", "attributes", "truth", "known")
    return Samples(*(np.concatenate([file[name] for file in files]) for name in names))


def varied(rng: np.random.Generator, data: Samples, index: int) -> Example:
    """One sample moved, scaled, half of the time mirrored; its measures a little wrong.

    Planes, measures, truth, what is known of it, and over which cells it is judged.
    """
    scale = rng.uniform(0.88, 1.14)
    shift = rng.normal(0, 3, 2) + (1 - scale) * np.array([WIDTH, HEIGHT]) / 2
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    stack = [data.planes[index], data.truth[index][..., None], data.known[index][..., None]]
    both = np.concatenate(stack, axis=-1)
    chunks = [both[..., k : k + 4] for k in range(0, both.shape[-1], 4)]
    size = (WIDTH, HEIGHT)
    moved = [cv2.warpAffine(chunk, matrix, size, flags=cv2.INTER_NEAREST) for chunk in chunks]
    both = np.concatenate([part.reshape(HEIGHT, WIDTH, -1) for part in moved], axis=-1)
    planes, truth, known = both[..., :-2], both[..., -2], both[..., -1]
    if rng.random() < 0.5:
        planes, truth, known = planes[:, ::-1, MIRRORED], truth[:, ::-1], known[:, ::-1]
    changed = np.array(planes[..., 0])
    planes = sample.unrevealing(
        np.ascontiguousarray(planes),
        float(rng.uniform(0.2, 0.5)),
        float(rng.uniform(0.5, 0.8)),
        int(rng.integers(0, int(0.95 * HEIGHT))) if rng.random() < 0.6 else 0,
    )
    told = data.attributes[index] * np.exp(rng.normal(0, slip, data.attributes.shape[1]))
    return planes, told.astype(np.float32), truth, known, changed


def layout_loss(logits: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted cross-entropy, and soft Dice of garment, arm and neck. `truth`, `weights`: N×H×W."""
    entropy = functional.cross_entropy(logits, truth, reduction="none")
    loss = (entropy * weights).sum() / weights.sum()
    chances = logits.softmax(1)
    for class_ in (GARMENT, ARM, NECK):
        wanted = (truth == class_).float() * weights
        chance = chances[:, class_] * weights
        both = (chance * wanted).sum((1, 2))
        dice = (2 * both + 10) / (chance.sum((1, 2)) + wanted.sum((1, 2)) + 10)
        loss = loss + 0.3 * (1 - dice).mean()
    return loss


class Run:
    """The weights, their running mean, the optimizer."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "last.pt"
        self.network = load(Path(initial)).train() if initial else LayoutNet()
        self.mean = copy.deepcopy(self.network).eval()
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=rate, weight_decay=decay)
        self.step, self.done = 0, 0.0
        if self.file.exists():
            state = checkpoint.read(self.file, self._parts())
            self.step, self.done = state["step"], state["progress"]

    def _parts(self) -> dict[str, Any]:
        return {"network": self.network, "mean": self.mean, "optimizer": self.optimizer}

    def save(self) -> None:
        """Write the checkpoint."""
        checkpoint.write(self.file, self._parts(), step=self.step, progress=self.done)

    def learn(self, examples: list[Example]) -> float:
        """One step; returns the loss."""
        planes, told, truth, known, changed = (
            torch.from_numpy(np.ascontiguousarray(np.stack(each)))
            for each in zip(*examples, strict=True)
        )
        weights = known.float() * (FIRM + (1 - FIRM) * changed.float() / 255)
        logits = self.network(planes.permute(0, 3, 1, 2).float(), told)
        loss = layout_loss(logits, truth.long(), weights)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimizer.step()
        self.step += 1
        checkpoint.follow(self.mean, self.network, self.step, mean_decay)
        return float(loss.detach())


def main() -> None:
    """The training run."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    cv2.setNumThreads(1)
    parts = [load_samples(Path(samples), split) for split in ("train", "tagged")
             if list(Path(samples).glob(f"{split}-*.npz"))]  # fmt: skip
    data = Samples(
        *(np.concatenate([getattr(part, name) for part in parts])
          for name in ("planes", "attributes", "truth", "known"))
    )  # fmt: skip
    run, running = Run(Path(out)), 0.0
    progress = Progress(run.done, steps, minutes)
    while run.done < 1:
        run.done = progress.at(run.step)
        for group in run.optimizer.param_groups:
            group["lr"] = rate * one_cycle(run.done, floor=floor)
        rng = np.random.default_rng([seed, run.step])
        chosen = rng.integers(len(data.truth), size=batch)
        loss = run.learn([varied(rng, data, int(index)) for index in chosen])
        running += (0.03 if running else 1.0) * (loss - running)
        if run.step % 20 == 0:
            print(f"step {run.step} {run.done:.3f} loss {running:.3f}", flush=True)
        if run.step % every == 0 or run.done >= 1:
            run.save()


if __name__ == "__main__":
    override(globals())
    main()
