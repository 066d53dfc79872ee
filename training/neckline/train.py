"""Train the network for neck openings on photos of Grigorev's Clothing dataset and on drawn necks.

    python -m training.neckline.prepare --clothing=CLOTHING --out=CACHE
    python -m training.neckline.train --cache=CACHE --out=RUN
    python -m training.neckline.evaluate --checkpoint=RUN/last.pt --cache=CACHE
    python -m training.neckline.export --checkpoint=RUN/last.pt --out=weights/neckline.onnx

Cross-entropy and soft Dice (Milletari et al., arXiv 1606.04797), AdamW on a one-cycle schedule, a
running mean of the weights that is what gets evaluated and exported. With `minutes` set the
schedule follows the clock instead of the step count; the log names the steps it took.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional

from deployments.garment_shape.opening import SIZE
from training.neckline import drawn, evaluate
from training.neckline.augment import Neck, load_necks, sample
from training.neckline.network import NeckNet, load, start
from training.parser.configuration import override
from training.run import Run, freeze, two_rates
from training.schedule import Progress, one_cycle

cache = "cache"  # what prepare.py wrote
out = "run"  # last.pt and log.jsonl go here; an existing last.pt is continued
initial = ""  # a checkpoint whose running mean a new run starts from; "" starts from ImageNet
seed = 1
steps = 2000
minutes = 0.0  # > 0: end after this long, and let the schedule follow the clock
batch = 16
threads = 2
drawn_share = 0.3  # of the examples
rate_encoder = 5e-4
rate_decoder = 2e-3
floor = 0.02  # the schedule ends at this share of them
warm = 0.06
decay = 0.03
frozen = 3  # first blocks of the encoder that stay as published
mean_decay = 0.99
entropy_weight = 2.0
slack = 20.0  # cells by which tiny openings weigh less
every = 100  # steps between checkpoints
assess_every = 200


def example(rng: np.random.Generator, necks: list[Neck]) -> Neck:
    """Of a photo, or drawn."""
    if rng.random() < drawn_share:
        return sample(rng, drawn.neck(rng), SIZE)
    return sample(rng, necks[int(rng.integers(len(necks)))], SIZE)


def opening_loss(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Cross-entropy and soft Dice. Both NxHxW, the truth 0..1."""
    chance = logits.sigmoid()
    overlap = 2 * (chance * truth).sum((1, 2)) + slack
    dice = 1 - overlap / (chance.sum((1, 2)) + truth.sum((1, 2)) + slack)
    entropy = functional.binary_cross_entropy_with_logits(logits, truth)
    return entropy_weight * entropy + dice.mean()


def set_training(network: NeckNet) -> None:
    """Training mode, but for what is frozen."""
    network.train()
    freeze(network.encoder, frozen)


def begin() -> Run:
    """A new run, or the one in the folder."""
    network = NeckNet()
    if initial:
        network = load(Path(initial))
    else:
        start(network)
    network.to(memory_format=torch.channels_last)
    set_training(network)
    optimizer = two_rates(network, rate_encoder, rate_decoder, decay)
    return Run(Path(out), network, optimizer, mean_decay)


def learn(run: Run, examples: list[Neck]) -> float:
    """One step; returns the loss."""
    pictures = torch.from_numpy(np.stack([e.picture for e in examples])).permute(0, 3, 1, 2)
    truth = torch.from_numpy(np.stack([e.opening for e in examples])).float() / 255
    planes = pictures.float().contiguous(memory_format=torch.channels_last)
    loss = opening_loss(run.network(planes), truth)
    return run.descend(loss)


def main() -> None:
    """The training run."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    cv2.setNumThreads(1)
    necks, held_out = (load_necks(f"{cache}/{split}.npz") for split in ("train", "validation"))
    run, running = begin(), 0.0
    progress = Progress(run.done, steps, minutes)
    while run.done < 1:
        run.done = progress.at(run.step)
        for group in run.optimizer.param_groups:
            group["lr"] = group["peak"] * one_cycle(run.done, warm, floor)
        rng = np.random.default_rng([seed, run.step])
        loss = learn(run, [example(rng, necks) for _ in range(batch)])
        running += (0.03 if running else 1.0) * (loss - running)
        if run.step % 10 == 0:
            print(f"step {run.step} {run.done:.3f} loss {running:.3f}", flush=True)
        if run.step % every == 0 or run.done >= 1:
            run.save()
        if run.step % assess_every == 0 or run.done >= 1:
            result = evaluate.measures(run.mean, held_out)
            line = {"step": run.step, "progress": run.done, "loss": running, **result}
            with run.file.with_name("log.jsonl").open("a") as log:
                log.write(json.dumps({k: round(float(v), 4) for k, v in line.items()}) + "\n")


if __name__ == "__main__":
    override(globals())
    main()
