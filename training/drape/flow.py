"""Train the network that moves cloth (`mover.py`): a residual flow, its edge, a critic.

    python -m training.drape.prepare --cache=CACHE --out=SAMPLES
    python -m training.drape.prepare --cache=CACHE --out=SAMPLES --split=validation
    python -m training.drape.flow --samples=SAMPLES --parser=PARSER/last.pt --out=FLOW
    python -m training.drape.flow --samples=SAMPLES --parser=PARSER/last.pt --out=EDGE --edges=True
    python -m training.drape.flow --samples=SAMPLES --parser=PARSER/last.pt --out=CRITIC \
        --edges=True --critic_from=0.66
    python -m training.drape.evaluate_flow --checkpoint=FLOW/last.pt --samples=SAMPLES

The moved picture is compared with the truth within the cloth: in colour at three sizes, robustly;
in structure at two; in what our parser's encoder sees; and a flow that bends is charged for it.
With `edges` what lies round the cloth's edge is compared too. The critic's turn needs
SAMPLES/unpaired-*.npy: uint8 N×256×192×10, the planes of engine pictures of people in garments
that they never wore. Those have no truth; the critic alone says what is wrong with them, having
seen photos of people in their own clothes. SAMPLES/worn-*.npy, where there are any, are more
samples like those of `prepare.py`, put on by the whole engine without any disguise.

`--device=cuda` runs the same on a GPU; `--begin=OTHER/last.pt` goes on from another run's weights.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from training.drape.contest import Contest
from training.drape.evaluate import ssim
from training.drape.mover import Mover, band, bending, layers, moved
from training.drape.train import SHOWN, Eye, Pixels, mirrored, relight, seen_difference, weighted
from training.parser.configuration import override
from training.schedule import Progress, one_cycle

samples = "samples"
parser = ""  # checkpoint of the parser, for its encoder; "" leaves the perceptual loss out
out = "flow"
begin = ""  # checkpoint whose weights are taken over; "" begins anew
device = "cpu"
seed = 1
steps = 2000
minutes = 0.0  # > 0: end after this long, and let the schedule follow the clock
batch = 6
threads = 1
rate = 1e-3
decay = 0.01
mean_decay = 0.99
edges = False  # let the outline move too
hide = True  # keep what tells of the old garment from the network; False shows how it copies
cheat = False  # show the truth itself in place of three planes: can the recipe learn at all?
bend = 0.01  # weight of the flow's bending, px² per cell of 8 px
structure = 0.5  # weights of the losses beside the colours
seen_share = 0.15
critic_share = 0.02
critic_from = 1.0  # share of the run at which the critic begins; 1 leaves it out
looked_at = 2  # pictures of each batch that the encoder sees
worn_share = 0.4  # of a batch that is taken from worn-*.npy, where there are any
every = 200  # steps between checkpoints

LAYERED = SHOWN + 4  # where the six planes of `layers` begin
TAUGHT = 40  # of 255: from here on the truth shows the same cloth


def load(pattern: str) -> Pixels:
    """All samples of some files with their layers, N×H×W×20; N may be 0."""
    made = []
    for file in sorted(Path(samples).glob(pattern)):
        for sample in np.load(file, mmap_mode="r"):
            full = np.zeros((*sample.shape[:2], LAYERED + 6), np.uint8)
            full[..., : sample.shape[2]] = sample
            full[..., LAYERED:] = layers(full)
            made.append(full)
    return np.stack(made) if made else np.zeros((0, 32, 32, LAYERED + 6), np.uint8)


def shown(data: torch.Tensor, cheating: bool) -> torch.Tensor:
    """What the network is shown of N×20×H×W: its ten planes, three of them the truth to a cheat."""
    if not cheating:
        return data[:, :SHOWN]
    return torch.cat([data[:, :4], data[:, SHOWN : SHOWN + 3], data[:, 7:SHOWN]], 1)


def drawn(rng: np.random.Generator, pool: Pixels, size: int) -> list[Pixels]:
    """Samples at random, mirrored at random."""
    picked = [pool[index] for index in rng.integers(0, len(pool), size if len(pool) else 0)]
    return [mirrored(sample) if rng.random() < 0.5 else sample for sample in picked]


def gathered(rng: np.random.Generator, picked: list[Pixels]) -> torch.Tensor:
    """N×20×H×W floats, 0 to 255, lit at random."""
    data = torch.from_numpy(np.stack(picked)).permute(0, 3, 1, 2).float()  # channels last
    for one in data:
        relight(rng, one, (0, SHOWN, LAYERED, LAYERED + 3))
    return data.to(device)


def weights_of(data: torch.Tensor) -> torch.Tensor:
    """How much each pixel counts, N×1×H×W: cloth whose truth is the same cloth, and with `edges`
    whatever lies beside the edge of it."""
    share = data[:, 3:4] / 255
    inside = (data[:, SHOWN + 3 : LAYERED] > TAUGHT) * (share > 0.5) * share
    return torch.maximum(inside, band(share).clamp(0, 1)) if edges else inside


def robust(made: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Charbonnier difference in colour at three sizes, and loss of structure at two."""
    total = made.new_zeros(())
    for level in range(3):
        off = ((made - truth) / 255).square().add(0.02**2).sqrt()
        total = total + weighted(off, weights)
        if level < 2:
            total = total + structure * weighted(1 - ssim(made, truth), weights)
        made, truth, weights = (functional.avg_pool2d(x, 2) for x in (made, truth, weights))
    return total


def hides() -> bool:
    """Whether the network is kept from what tells of the old garment; a cheat sees all."""
    return hide and not cheat


class Run(Contest):
    """The mover's."""

    def __init__(self, folder: Path) -> None:
        network = Mover(hides())
        if begin:
            state = torch.load(begin, map_location="cpu", weights_only=True)
            network.load_state_dict(state["mean"])
        super().__init__(folder, network, device, rate, decay)

    def save(self) -> None:
        """Write the checkpoint, and what the network is shown."""
        self.write(edges=edges, hide=hides(), cheat=cheat)


def judged(run: Run, paired: torch.Tensor, strangers: torch.Tensor) -> torch.Tensor:
    """Teach the critic (hinge loss): photos of people in their own clothes are real, pictures of
    people in others' are not. Answers what it has against the latter."""
    answer = run.network(strangers[:, :SHOWN])
    made = moved(strangers[:, :SHOWN], strangers[:, LAYERED:], answer, edges)
    real = torch.cat([paired[:, SHOWN : SHOWN + 3], paired[:, 8:SHOWN]], 1) / 127.5 - 1
    fake = torch.cat([made, strangers[:, 8:SHOWN]], 1) / 127.5 - 1
    loss = functional.relu(1 - run.critic(real)).mean()
    loss = loss + functional.relu(1 + run.critic(fake.detach())).mean()
    run.critic_optimizer.zero_grad(set_to_none=True)
    loss.backward()
    run.critic_optimizer.step()
    return bend * bending(answer[0]) - critic_share * run.critic(fake).mean()


def compared(run: Run, data: torch.Tensor, eye: Eye | None) -> torch.Tensor:
    """The loss against the truth, and that of bending."""
    truth, weights = data[:, SHOWN : SHOWN + 3], weights_of(data)
    answer = run.network(shown(data, cheat))
    made = moved(data[:, :SHOWN], data[:, LAYERED:], answer, edges)
    loss = robust(made, truth, weights) + bend * bending(answer[0])
    if eye is not None:
        taught = (weights > 0.05).float()
        target = truth * taught + made.detach() * (1 - taught)
        loss = loss + seen_share * seen_difference(eye, made[:looked_at], target[:looked_at])
    return loss


def advance(run: Run, data: torch.Tensor, strangers: torch.Tensor | None, eye: Eye | None) -> float:
    """One step; answers its loss without the critic's share."""
    for group in run.optimizer.param_groups:
        group["lr"] = rate * one_cycle(run.done)
    loss = compared(run, data, eye)
    total = loss if strangers is None else loss + judged(run, data, strangers)
    run.optimizer.zero_grad(set_to_none=True)
    total.backward()
    nn.utils.clip_grad_norm_(run.network.parameters(), 2.0)
    run.optimizer.step()
    run.follow(mean_decay)
    run.step += 1
    return float(loss.detach())


def main() -> None:
    """The training run."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    run, eye = Run(folder), Eye(parser).to(device) if parser else None
    pool, worn = load("train-*.npy"), load("worn-*.npy")
    others = load("unpaired-*.npy") if critic_from < 1 else pool[:0]
    progress, running = Progress(run.done, steps, minutes), 0.0
    from_worn = round(worn_share * batch) if len(worn) else 0
    run.network.train().to(memory_format=torch.channels_last)
    while run.done < 1:
        run.done = progress.at(run.step)
        rng = np.random.default_rng([seed, run.step])
        data = gathered(rng, drawn(rng, pool, batch - from_worn) + drawn(rng, worn, from_worn))
        turn = run.done >= critic_from and len(others) > 0
        strangers = gathered(rng, drawn(rng, others, batch // 2)) if turn else None
        loss = advance(run, data, strangers, eye)
        running += (0.02 if running else 1.0) * (loss - running)
        if run.step % 20 == 0:
            line = {"step": run.step, "progress": round(run.done, 3), "loss": round(running, 4)}
            print(json.dumps(line), flush=True)
        if run.step % every == 0 or run.done >= 1:
            run.save()


if __name__ == "__main__":
    override(globals())
    main()
