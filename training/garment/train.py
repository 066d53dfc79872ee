"""Train the garment network on Grigorev's Clothing dataset.

    python -m training.garment.prepare --clothing=CLOTHING --ccp=CCP --masks=MASKS --out=CACHE
    python -m training.garment.train --cache=CACHE --out=RUN
    python -m training.garment.evaluate --checkpoint=RUN/last.pt --cache=CACHE
    python -m training.garment.export --checkpoint=RUN/last.pt --out=weights/garment.onnx

One loop: turn and light a batch anew, cross-entropy and soft Dice (Milletari et al., arXiv
1606.04797) on the mask, cross-entropy on each head where the label is known, AdamW on a one-cycle
schedule, a running mean of the weights that is what gets evaluated and exported. With `minutes` set
the schedule follows the clock instead of the step count; the log names the steps it took.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch.nn import functional

from training.garment import augment, evaluate
from training.garment.labels import HEADS, UNKNOWN
from training.garment.network import GarmentNet, load, start
from training.parser.augment import Pixels
from training.parser.configuration import override
from training.run import Run, freeze, two_rates
from training.schedule import Progress, one_cycle

cache = "cache"  # what prepare.py wrote
out = "run"  # last.pt and log.jsonl go here; an existing last.pt is continued
initial = ""  # a checkpoint whose running mean a new run starts from; "" starts from ImageNet
seed = 1
steps = 6000
minutes = 0.0  # > 0: end after this long, and let the schedule follow the clock
batch = 12
threads = 1
# Share of the run at which each picture size begins.
stages = ((0.0, 192), (0.7, 256))
nothing_share = 0.1  # of the examples
rate_encoder = 4e-4
rate_decoder = 2e-3
floor = 0.02  # the schedule ends at this share of them
warm = 0.06
decay = 0.03
frozen = 5  # first blocks of the encoder that stay as published
mean_decay = 0.99
weights = {"category": 1.0, "sleeve": 0.4, "neckline": 0.3, "length": 0.3}
mask_weight = 2.0
every = 100  # steps between checkpoints
assess_every = 400


def example(rng: np.random.Generator, photos: list[augment.Photo], pieces: list[Pixels],
            chances: augment.Floats, side: int) -> augment.Example:  # fmt: skip
    """A garment, or nothing."""
    if rng.random() < nothing_share:
        return augment.nothing(rng, pieces, photos, side)
    photo = photos[rng.choice(len(photos), p=chances)]
    return augment.garment(rng, photo, photos, side)


def photo_chances(photos: list[augment.Photo]) -> Any:
    """Rare categories and labelled photos are drawn more often."""
    category = np.array([photo.labels[0] for photo in photos])
    known = np.array([photo.masked + (max(photo.labels[1:]) != UNKNOWN) for photo in photos])
    chances = (1 / np.bincount(category)[category]) ** 0.4 * (1 + 0.3 * known)
    return chances / chances.sum()


def mask_loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Cross-entropy and soft Dice over the pixels that are known. NxHxW, target 0..255."""
    seen = (target != augment.IGNORED).float()
    truth = target.float() / 254 * seen
    entropy = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    chance = logits.sigmoid() * seen
    overlap = (chance * truth).sum((1, 2)) * 2
    dice = 1 - (overlap + 50) / (chance.sum((1, 2)) + truth.sum((1, 2)) + 50)
    known = seen.amax((1, 2))
    count = known.sum().clamp(min=1)
    return ((entropy * seen).mean((1, 2)).sum() + (dice * known).sum()) / count


def label_loss(told: dict[str, torch.Tensor], labels: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of each head, over the labels that are known. `labels` is NxHeads."""
    total = torch.zeros(())
    for column, name in enumerate(HEADS):
        wanted = labels[:, column]
        if (wanted != UNKNOWN).any():
            total = total + weights[name] * functional.cross_entropy(
                told[name], wanted, ignore_index=UNKNOWN, label_smoothing=0.05
            )
    return total


def set_training(network: GarmentNet) -> None:
    """Training mode, but for what is frozen."""
    network.train()
    freeze(network.encoder, frozen)


def begin() -> Run:
    """A new run, or the one in the folder."""
    network = GarmentNet()
    if initial:
        network = load(Path(initial))
    else:
        start(network)
    network.to(memory_format=torch.channels_last)
    set_training(network)
    optimizer = two_rates(network, rate_encoder, rate_decoder, decay)
    return Run(Path(out), network, optimizer, mean_decay)


def learn(run: Run, examples: list[augment.Example]) -> float:
    """One step; returns the loss."""
    pictures = torch.from_numpy(np.stack([e.picture for e in examples])).permute(0, 3, 1, 2)
    masks = torch.from_numpy(np.stack([e.mask for e in examples]))
    labels = torch.tensor([e.labels for e in examples])
    mask, told = run.network(pictures.float().contiguous(memory_format=torch.channels_last))
    loss = mask_weight * mask_loss(mask, masks) + label_loss(told, labels)
    return run.descend(loss)


def load_pieces() -> list[Pixels]:
    """Pictures without a garment."""
    path = Path(cache) / "nothing.npz"
    return list(np.load(path).values()) if path.exists() else []


def main() -> None:
    """The training run."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    cv2.setNumThreads(1)
    photos = augment.load_photos(f"{cache}/train.npz")
    held_out = augment.load_photos(f"{cache}/validation.npz")
    pieces, chances = load_pieces(), photo_chances(photos)
    run, running = begin(), 0.0
    progress = Progress(run.done, steps, minutes)
    while run.done < 1:
        run.done = progress.at(run.step)
        side = [size for first, size in stages if run.done >= first][-1]
        for group in run.optimizer.param_groups:
            group["lr"] = group["peak"] * one_cycle(run.done, warm, floor)
        rng = np.random.default_rng([seed, run.step])
        loss = learn(run, [example(rng, photos, pieces, chances, side) for _ in range(batch)])
        running += (0.03 if running else 1.0) * (loss - running)
        if run.step % 10 == 0:
            print(f"step {run.step} {run.done:.3f} loss {running:.3f}", flush=True)
        if run.step % every == 0 or run.done >= 1:
            run.save()
        if run.step % assess_every == 0 or run.done >= 1:
            result = evaluate.measures(run.mean, held_out, side)
            line = {"step": run.step, "progress": run.done, "loss": running, **result}
            with run.file.with_name("log.jsonl").open("a") as log:
                log.write(json.dumps({k: round(float(v), 4) for k, v in line.items()}) + "\n")


if __name__ == "__main__":
    override(globals())
    main()
