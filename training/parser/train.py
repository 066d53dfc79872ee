"""Train the human parser on Clothing Co-Parsing.

    python -m training.parser.prepare --ccp=CCP --clothing=CLOTHING --out=CACHE
    python -m training.parser.train --cache=CACHE --out=RUN
    python -m training.parser.evaluate --checkpoint=RUN/last.pt --cache=CACHE
    python -m training.parser.export --checkpoint=RUN/last.pt --out=weights/parser.onnx

`python -m training.parser.pseudo --checkpoint=RUN/last.pt --ccp=CCP --out=CACHE` adds photos that
carry tags only; train again, or continue, with them.
With several cores `torchrun --nproc-per-node=2 -m training.parser.train ...` is faster:
every process takes its share of each batch, and the gradients are averaged.

One loop: crop and light a batch anew, cross-entropy and Lovasz (Berman et al., arXiv 1705.08790),
AdamW on a one-cycle schedule, a running mean of the weights that is what gets evaluated and
exported. The picture grows in three stages, so that most steps are cheap. With `minutes` set the
schedule follows the clock instead of the step count and ends on time whatever else the machine
does; the log names the steps it took, and `--steps=THAT --minutes=0` repeats the run.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import distributed, nn
from torch.nn import functional

from training import checkpoint
from training.parser import augment, evaluate
from training.parser.configuration import override
from training.parser.labels import CLASSES, IGNORED
from training.parser.measures import GARMENTS, measures
from training.parser.network import Parser, published_encoder
from training.schedule import Progress, one_cycle

cache = "cache"  # what prepare.py wrote
out = "run"  # last.pt and log.jsonl go here; an existing last.pt is continued
seed = 1
steps = 4000  # batches in all
minutes = 0.0  # > 0: end after this long, and let the schedule follow the clock
batch = 8
threads = 1  # of each process
# Share of the run at which each picture size (height, width) begins.
stages = ((0.0, (256, 192)), (0.2, (384, 288)), (0.72, (512, 384)))
rate_encoder = 4e-4  # highest learning rates
rate_decoder = 2e-3
floor = 0.02  # the schedule ends at this share of them
warm = 0.08  # share of the run in which the rate rises
decay = 0.02  # weight decay
frozen = 3  # first blocks of the encoder that stay as published
mean_decay = 0.997  # of the running mean of the weights
lovasz_share = 0.6  # weight of the Lovasz loss beside the cross-entropy
merged_share = 0.3  # and of the Lovasz loss of upper, outer and dress taken as one
class_power = 0.15  # class weight = (median frequency / frequency) ** power
every = 200  # steps between evaluations and checkpoints; each running mean is kept for averaging
initial = ""  # checkpoint whose running mean is the start; "" takes ImageNet's weights
frozen_norms = False  # the decoder's normalisations keep their statistics too (begin.py)


rank = int(os.environ.get("RANK", "0"))  # set by torchrun
ranks = int(os.environ.get("WORLD_SIZE", "1"))

Pairs = list[tuple[augment.Pixels, augment.Pixels]]  # photos and their class maps


def class_counts(photos: Pairs) -> torch.Tensor:
    """Pixels of each class in each photo, photos x classes."""
    counts = np.stack([np.bincount(c.ravel(), minlength=256)[: len(CLASSES)] for _, c in photos])
    return torch.from_numpy(counts)


def photo_chances(counts: torch.Tensor) -> augment.Floats:
    """How often each photo is drawn: those that show a rare class up to twice as often."""
    shown = counts > 50
    rarity = (1 / shown.float().mean(0).clamp(min=0.01)) ** 0.35
    chance = (shown * rarity).max(1).values.clamp(max=2.0)
    chances: augment.Floats = (chance / chance.sum()).numpy().astype(np.float32)
    return chances


def lovasz(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Lovasz extension of 1 - IoU, mean over the classes present. NxKxhxw and Nxhxw."""
    seen = target != IGNORED
    chances = logits.softmax(1).permute(0, 2, 3, 1)[seen]
    truth = target[seen]
    losses = []
    for number in truth.unique():
        member = (truth == number).float()
        errors, order = (member - chances[:, number]).abs().sort(descending=True)
        sorted_member = member[order]
        total = sorted_member.sum()
        union = total + (1 - sorted_member).cumsum(0)
        distance = 1 - (total - sorted_member.cumsum(0)) / union
        slope = torch.cat([distance[:1], distance[1:] - distance[:-1]])
        losses.append(errors @ slope)
    return torch.stack(losses).mean()


def merge(logits: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The two-class question what is a garment of the upper body, whatever its name."""
    inside = torch.tensor(GARMENTS)
    outside = torch.tensor([c for c in range(len(CLASSES)) if c not in GARMENTS])
    both = torch.stack([logits[:, outside].logsumexp(1), logits[:, inside].logsumexp(1)], 1)
    garment = torch.isin(target, inside).long()
    return both, torch.where(target == IGNORED, target, garment)


def stage_size(progress: float) -> tuple[int, int]:
    """Height and width of the pictures at this share of the run."""
    return [size for begin, size in stages if progress >= begin][-1]


def make_batch(
    step: int,
    size: tuple[int, int],
    photos: Pairs,
    rooms: list[augment.Pixels],
    chances: augment.Floats,
) -> tuple[torch.Tensor, torch.Tensor]:
    """This process's share of a batch: depends on seed, step, rank and size alone."""
    rng = np.random.default_rng([seed, step, rank])
    picked = rng.choice(len(photos), batch // ranks, p=chances / chances.sum(dtype=np.float64))
    pairs = [augment.sample(rng, photos[i], rooms, size) for i in picked]
    pictures = torch.from_numpy(np.stack([p for p, _ in pairs])).permute(0, 3, 1, 2)
    return pictures, torch.from_numpy(np.stack([c for _, c in pairs])).long()


def batches(
    first: int,
    progress: Progress,
    photos: Pairs,
    rooms: list[augment.Pixels],
    chances: augment.Floats,
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches from a helper thread, which stays a few ahead."""
    ready: queue.Queue[tuple[torch.Tensor, torch.Tensor]] = queue.Queue(3)

    def fill() -> None:
        step = first
        while True:
            size = stage_size(progress.at(step))
            ready.put(make_batch(step, size, photos, rooms, chances))
            step += 1

    threading.Thread(target=fill, daemon=True).start()
    while True:
        yield ready.get()


def set_training(network: Parser) -> None:
    """Training mode; the encoder keeps ImageNet's statistics, its first blocks their weights."""
    network.train()
    for module in (network if frozen_norms else network.encoder).modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    for part in (network.encoder.stem, *network.encoder.blocks[:frozen]):
        part.requires_grad_(False)


def make_optimizer(network: Parser) -> torch.optim.AdamW:
    """AdamW with the decoder faster than the encoder, and no decay on biases and norms."""
    groups = []
    inside = {id(p) for p in network.encoder.parameters()}
    for encoder, rate in ((True, rate_encoder), (False, rate_decoder)):
        mine = [p for p in network.parameters() if (id(p) in inside) == encoder and p.requires_grad]
        for flat in (False, True):
            members = [p for p in mine if (p.ndim < 2) == flat]
            shrink = 0.0 if flat else decay
            groups.append({"params": members, "peak": rate, "lr": rate, "weight_decay": shrink})
    return torch.optim.AdamW(groups, betas=(0.9, 0.99))


def average_gradients(network: Parser) -> None:
    """The mean of all processes' gradients, in one message."""
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient) / ranks)


def agreed(value: float) -> float:
    """What the first process says."""
    if ranks == 1:
        return value
    message = torch.tensor([value], dtype=torch.float64)
    distributed.broadcast(message, 0)
    return float(message)


class Run:
    """What a checkpoint holds: the weights, their running mean, the optimizer, how far it is."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "last.pt"
        self.network, self.mean = Parser(len(CLASSES)), Parser(len(CLASSES))
        self.network.encoder.load_published(published_encoder())
        if initial:
            self.network.load_state_dict(torch.load(initial, weights_only=True)["mean"])
        self.mean.load_state_dict(self.network.state_dict())
        self.network.to(memory_format=torch.channels_last)
        self.mean.eval().to(memory_format=torch.channels_last)
        set_training(self.network)
        self.optimizer = make_optimizer(self.network)
        self.step, self.done = 0, 0.0
        if self.file.exists():
            state = checkpoint.read(self.file, self._parts())
            self.step, self.done = state["step"], state["progress"]

    def _parts(self) -> dict[str, Any]:
        return {"network": self.network, "mean": self.mean, "optimizer": self.optimizer}

    def save(self) -> None:
        """Write the checkpoint, and the running mean beside it."""
        state = checkpoint.write(self.file, self._parts(), step=self.step, progress=self.done)
        torch.save({"mean": state["mean"]}, self.file.with_name(f"mean{self.step}.pt"))


def assess(run: Run, photos: Pairs, loss: float) -> None:
    """Measure the running mean on the validation photos and add a line to the log."""
    counts = torch.from_numpy(evaluate.confusion(run.mean, photos, stage_size(run.done)))
    if ranks > 1:
        distributed.all_reduce(counts)
    if rank > 0:
        return
    result = measures(counts.numpy())
    line = {"step": run.step, "progress": run.done, "loss": loss, **result}
    text = json.dumps({name: round(float(value), 4) for name, value in line.items()})
    with run.file.with_name("log.jsonl").open("a") as log:
        log.write(text + "\n")
    print(text, flush=True)


def main() -> None:
    """The training run."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)  # the helper thread shall not crowd out the network
    Path(out).mkdir(parents=True, exist_ok=True)
    photos = evaluate.load_split(Path(cache) / "train.npz")
    if (Path(cache) / "tagged.npz").exists():  # of pseudo.py
        photos += evaluate.load_split(Path(cache) / "tagged.npz")
    held_out = evaluate.load_split(Path(cache) / "validation.npz")[rank::ranks]
    rooms_path = Path(cache) / "rooms.npz"
    rooms = [*np.load(rooms_path).values()] if rooms_path.exists() else []
    counts = class_counts(photos)
    frequency = counts.sum(0) / counts.sum()
    weights = ((frequency.median() / frequency) ** class_power).clamp(0.4, 3.0).float()

    torch.manual_seed(seed)  # all processes begin with the same weights
    run = Run(Path(out))
    torch.manual_seed(seed + 1000 * rank + run.step)
    if ranks > 1:
        distributed.init_process_group("gloo")
    progress = Progress(run.done, steps, minutes)
    stream = batches(run.step, progress, photos, rooms, photo_chances(counts))
    running = 0.0
    while run.done < 1:
        run.done = agreed(progress.at(run.step))
        for group in run.optimizer.param_groups:
            group["lr"] = group["peak"] * one_cycle(run.done, warm, floor)
        pictures, target = next(stream)
        logits = run.network(pictures.float().contiguous(memory_format=torch.channels_last))
        finer = functional.interpolate(
            logits, target.shape[1:], mode="bilinear", align_corners=False
        )
        loss = functional.cross_entropy(finer, target, weights, ignore_index=IGNORED)
        coarse = target[:, ::2, ::2]
        loss = loss + lovasz_share * lovasz(logits, coarse)
        loss = loss + merged_share * lovasz(*merge(logits, coarse))
        run.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if ranks > 1:
            average_gradients(run.network)
        nn.utils.clip_grad_norm_(run.network.parameters(), 5.0)
        run.optimizer.step()
        checkpoint.follow(run.mean, run.network, run.step, mean_decay)
        run.step += 1
        running += (0.02 if running else 1.0) * (float(loss.detach()) - running)
        if run.step % 20 == 0 and rank == 0:
            clock = time.strftime("%H:%M:%S")
            print(f"{clock} step {run.step} {run.done:.3f} loss {running:.3f}", flush=True)
        if run.step % every == 0 or run.done >= 1:
            assess(run, held_out, running)
            if rank == 0:
                run.save()


if __name__ == "__main__":
    override(globals())
    main()
