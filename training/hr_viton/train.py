"""Train HR-VITON's two networks, each by itself.

    python -m training.hr_viton.train condition --data=VITON-HD --vgg=vgg19.pth --out=RUN
    python -m training.hr_viton.train generator --data=VITON-HD --vgg=vgg19.pth --out=RUN
    python -m training.hr_viton.train condition --drawn --steps=40 --width=8 --out=RUN

The published training took 300,000 steps of 8 pairs at 256×192, and 200,000 of 4 at 1024×768, four
days on two large GPUs. What is saved loads as `mtviton.pth` and `gen.pth`. `--drawn` needs no data:
plain figures, to see that everything runs and the losses fall.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from deployments.tryon.hr_viton.condition import ConditionGenerator
from deployments.tryon.hr_viton.generator import SpadeGenerator
from deployments.tryon.hr_viton.noise import SeededNoise
from training.hr_viton.data import Folder, batch_of, drawn_pair
from training.hr_viton.discriminators import ConditionDiscriminator, PictureDiscriminator
from training.hr_viton.losses import Perceptual
from training.hr_viton.steps import (
    CONDITION_BETAS,
    CONDITION_RATE,
    DISCRIMINATOR_RATE,
    GENERATOR_BETAS,
    GENERATOR_RATE,
    Difference,
    Pair,
    condition_step,
    generator_step,
)

SIZES = {"condition": (256, 192), "generator": (1024, 768)}
FILES = {"condition": "mtviton.pth", "generator": "gen.pth"}

Step = Callable[[int, Pair], dict[str, float]]


def condition_trainer(width: int, difference: Difference, device: str) -> tuple[Any, Step]:
    """The network, and what does one step with it."""
    network = ConditionGenerator(width=width).to(device)
    judge = ConditionDiscriminator(max(width * 2 // 3, 4)).to(device)
    optimisers = (
        torch.optim.Adam(network.parameters(), CONDITION_RATE, CONDITION_BETAS),
        torch.optim.Adam(judge.parameters(), CONDITION_RATE, CONDITION_BETAS),
    )

    def step(_number: int, pair: Pair) -> dict[str, float]:
        return condition_step(network, judge, optimisers, pair, difference)

    return network, step


def generator_trainer(width: int, difference: Difference, device: str) -> tuple[Any, Step]:
    """The network, and what does one step with it."""
    network = SpadeGenerator(width).to(device)
    judge = PictureDiscriminator(width).to(device)
    optimisers = (
        torch.optim.Adam(network.parameters(), GENERATOR_RATE, GENERATOR_BETAS),
        torch.optim.Adam(judge.parameters(), DISCRIMINATOR_RATE, GENERATOR_BETAS),
    )

    def step(number: int, pair: Pair) -> dict[str, float]:
        seeds = range(number * len(pair.photo), (number + 1) * len(pair.photo))
        noise = SeededNoise(list(seeds), pair.photo.device, pair.photo.dtype)
        return generator_step(network, judge, optimisers, pair, noise, difference)

    return network, step


TRAINERS = {"condition": condition_trainer, "generator": generator_trainer}
WIDTHS = {"condition": 96, "generator": 64}


def drawn_batches(size: tuple[int, int], count: int) -> Iterator[Pair]:
    """Drawn figures, without end and never the same twice."""
    seed = 0
    while True:
        yield batch_of([drawn_pair(seed + one, size) for one in range(count)])
        seed += count


def folder_batches(data: Folder, count: int) -> Iterator[Pair]:
    """All pairs of a folder in a new order each time, without end."""
    while True:
        order = torch.randperm(len(data)).tolist()
        for begin in range(0, max(len(order) - count + 1, 1), count):
            yield batch_of([data[one] for one in order[begin : begin + count]])


def moved(pair: Pair, device: str) -> Pair:
    """The same on another device."""
    return Pair(*(getattr(pair, name).to(device) for name in Pair.__dataclass_fields__))


def main() -> None:
    """The commands above."""
    asked = _arguments()
    size = (asked.height, asked.height * 3 // 4) if asked.height else SIZES[asked.network]
    torch.manual_seed(asked.seed)
    difference = Perceptual(asked.vgg).to(asked.device)
    make = TRAINERS[asked.network]
    network, step = make(asked.width or WIDTHS[asked.network], difference, asked.device)
    drawn = asked.drawn or asked.data is None
    batches = (
        drawn_batches(size, asked.batch)
        if drawn
        else folder_batches(Folder(asked.data, size), asked.batch)
    )
    asked.out.mkdir(parents=True, exist_ok=True)
    for number in range(asked.steps):
        told = step(number, moved(next(batches), asked.device))
        print(number, *(f"{name} {loss:.4f}" for name, loss in told.items()), flush=True)
        if (number + 1) % asked.save_every == 0 or number + 1 == asked.steps:
            torch.save(network.state_dict(), asked.out / FILES[asked.network])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network", choices=sorted(TRAINERS))
    parser.add_argument("--data", type=Path, help="a folder in VITON-HD's layout")
    parser.add_argument("--drawn", action="store_true", help="drawn figures, and no folder")
    parser.add_argument("--vgg", type=Path, help="torchvision's VGG19 weights")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=300_000)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--width", type=int, default=0, help="other than the published one")
    parser.add_argument("--height", type=int, default=0, help="other than the published one")
    parser.add_argument("--save-every", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


if __name__ == "__main__":
    main()
