"""Train the refiner on self-pairs.

    python -m training.parser.prepare --ccp=CCP --out=CACHE
    python -m training.drape.prepare --cache=CACHE --out=SAMPLES
    python -m training.drape.prepare --cache=CACHE --out=SAMPLES --split=validation
    python -m training.drape.train --samples=SAMPLES --parser=PARSER/last.pt --out=RUN
    python -m training.drape.export --checkpoint=RUN/last.pt --out=weights/refiner.onnx

One loop: flip and light a batch anew; compare the corrected picture with the truth where it can
teach, in colour at three sizes, in slope, and in what our own parser's encoder sees (it takes the
place of VGG in Johnson et al., arXiv 1603.08155); in the last part of the run a patch critic asks
for what an average of all possible folds lacks. AdamW, one cycle, a running mean of the weights.

`--device=cuda` runs the same on a GPU; samples prepared with `--height=512` are taken as they are.
With `minutes` set the schedule follows the clock; the log names the steps that it took.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from training.drape.contest import Contest
from training.drape.network import Refiner, applied
from training.parser.configuration import override
from training.parser.network import Encoder
from training.schedule import Progress, one_cycle

samples = "samples"  # what prepare.py wrote
parser = ""  # checkpoint of the parser, for its encoder; "" leaves the perceptual loss out
out = "run"
device = "cpu"
seed = 1
steps = 3000
minutes = 0.0  # > 0: end after this long, and let the schedule follow the clock
batch = 8
threads = 1
rate = 2e-3
floor = 0.02  # the schedule ends at this share of the rate
warm = 0.05
decay = 0.01
mean_decay = 0.99
skin_weight = 40.0  # painted skin weighs so much more than cloth
tanned_share = 0.5  # share of samples whose skin is made darker, in the picture and its truth
mistaken_share = 0.7  # share of samples whose painted skin gets another tone, in the picture alone
slope_share = 1.0  # weights of the losses beside the plain difference
seen_share = 0.15
critic_share = 0.01
looked_at = 3  # pictures of each batch that the encoder and the critic see: they cost the most
critic_from = 0.66  # share of the run at which the critic begins; 1 leaves it out
every = 200  # steps between evaluations and checkpoints
assessed = 64  # validation samples

Pixels = npt.NDArray[np.uint8]
SHOWN = 10  # planes that the network sees; then the truth's RGB, how far it teaches, and bare skin
TRUTH, TEACHES, BARE = slice(SHOWN, SHOWN + 3), slice(SHOWN + 3, SHOWN + 4), slice(SHOWN + 4, None)
DARK = (0.75, 0.95, 1.0)
"""How much of red, green and blue the darkest skin lacks of the lightest, as logarithms."""


def load(pattern: str) -> list[Pixels]:
    """Memory maps of all files of samples."""
    files = sorted(Path(samples).glob(pattern))
    return [np.load(file, mmap_mode="r") for file in files]


def make_batch(rng: np.random.Generator, files: list[Pixels], size: int) -> torch.Tensor:
    """N×15×H×W floats, 0 to 255: samples drawn at random, mirrored, and lit and toned at random."""
    sizes = np.array([len(file) for file in files])
    picked = []
    for index in rng.integers(0, sizes.sum(), size):
        file = int(np.searchsorted(np.cumsum(sizes), index, side="right"))
        sample = files[file][index - int(sizes[:file].sum())]
        picked.append(mirrored(sample) if rng.random() < 0.5 else sample)
    data = torch.from_numpy(np.stack(picked)).permute(0, 3, 1, 2).float()
    for i in range(size):
        if rng.random() < tanned_share:
            tan(rng, data[i])
        if rng.random() < mistaken_share:
            mistake(rng, data[i])
        relight(rng, data[i])
    return data


def tan(rng: np.random.Generator, data: torch.Tensor) -> None:
    """Darker skin on a picture and its truth alike, in place: most people in the photos are light,
    and a tone must be found for everybody."""
    tone = float(rng.random()) ** 1.5
    painted, edited = data[4:5] / 255, data[5:6] / 255
    bare = data[BARE] / 255
    colour(data[:3], torch.maximum(bare * (1 - edited), painted), [-tone * lack for lack in DARK])
    colour(data[TRUTH], bare, [-tone * lack for lack in DARK])


def mistake(rng: np.random.Generator, data: torch.Tensor) -> None:
    """Painted skin of a wrong tone, in place, so that the network looks at face and hands for it
    instead of trusting what it is shown."""
    colour(data[:3], data[4:5] / 255, list(rng.normal(0, 0.13) + rng.normal(0, 0.04, 3)))


def colour(picture: torch.Tensor, share: torch.Tensor, logs: list[float]) -> None:
    """Multiply the colours (3×H×W, 0 to 255) where `share` (1×H×W) is 1, in place."""
    gains = torch.tensor(logs, dtype=picture.dtype).exp().view(3, 1, 1)
    picture.mul_(1 + share * (gains - 1)).clamp_(0, 255)


def mirrored(sample: Pixels) -> Pixels:
    """The mirror image; the sideways coordinate changes its sign."""
    turned = sample[:, ::-1].copy()
    turned[..., 8] = np.clip(254 - turned[..., 8].astype(np.int16), 0, 255)
    return turned


def relight(
    rng: np.random.Generator, data: torch.Tensor, pictures: tuple[int, ...] = (0, SHOWN)
) -> None:
    """Other light on a picture and its truth alike, in place: exposure, white balance, contrast.
    `pictures`: where their first planes lie."""
    gain = float(np.exp(rng.uniform(-0.35, 0.25))) * np.exp(rng.uniform(-0.08, 0.08, 3))
    power = float(np.exp(rng.uniform(-0.2, 0.2)))
    for first in pictures:
        for k in range(3):
            plane = data[first + k]
            data[first + k] = (255 * gain[k] * (plane / 255) ** power).clamp(0, 255)


def weights_of(data: torch.Tensor) -> torch.Tensor:
    """How much each pixel counts, N×1×H×W."""
    cloth, skin = data[:, 3:4] / 255, data[:, 4:5] / 255
    teaches = data[:, TEACHES] / 255
    return teaches * (teaches * cloth + skin_weight * skin)  # prints teach next to no light


def weighted(values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Mean of N×C×H×W values under N×1×H×W weights."""
    return (values * weights).sum() / (weights.sum() * values.shape[1] + 1e-3)


def difference(made: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference in colour at three sizes, and in slope at half size."""
    total = made.new_zeros(())
    off, mass = (made - truth) / 255 * weights, weights
    for level in range(3):
        total = total + weighted((off / (mass + 1e-3)).abs(), mass)
        if level == 1:
            local = off / (mass + 1e-3)
            for axis in (2, 3):
                both = torch.minimum(
                    mass.narrow(axis, 1, mass.shape[axis] - 1),
                    mass.narrow(axis, 0, mass.shape[axis] - 1),
                )
                total = total + slope_share * weighted(local.diff(dim=axis).abs(), both)
        off, mass = functional.avg_pool2d(off, 2), functional.avg_pool2d(mass, 2)
    return total


class Eye(nn.Module):  # type: ignore[misc]
    """The parser's encoder as far as stride 8."""

    def __init__(self, checkpoint: str) -> None:
        super().__init__()
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)["mean"]
        inner = {
            k.removeprefix("encoder."): v for k, v in state.items() if k.startswith("encoder.")
        }
        encoder = Encoder()
        encoder.load_state_dict(inner)
        self.stem, self.blocks = encoder.stem, encoder.blocks[:5]
        self.eval().requires_grad_(False)

    def forward(self, picture: torch.Tensor) -> list[torch.Tensor]:
        """Feature maps at strides 4 and 8, each channel vector of unit length."""
        x = self.stem((picture - 127.0) / 128.0)
        taps = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in (2, 4):
                taps.append(functional.normalize(x, dim=1))
        return taps


def seen_difference(eye: Eye, made: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """How different two pictures look to the encoder, at half size: folds, not threads."""
    made, target = functional.avg_pool2d(made, 2), functional.avg_pool2d(target, 2)
    with torch.no_grad():
        wanted = eye(target)
    return torch.stack(
        [(a - b).square().sum(1).mean() for a, b in zip(eye(made), wanted, strict=True)]
    ).sum()


class Run(Contest):
    """The refiner's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Refiner(), device, rate, decay)

    def save(self) -> None:
        """Write the checkpoint, and the running mean beside it."""
        state = self.write()
        torch.save({"mean": state["mean"]}, self.file.with_name(f"mean{self.step}.pt"))


def judge(run: Run, data: torch.Tensor, made: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Teach the critic this batch (hinge loss); answer what it has against `made`."""
    hint = data[:, 3:5] / 127.5 - 1
    real, fake = (torch.cat([p / 127.5 - 1, hint], 1) for p in (target, made))
    loss = functional.relu(1 - run.critic(real.detach())).mean()
    loss = loss + functional.relu(1 + run.critic(fake.detach())).mean()
    run.critic_optimizer.zero_grad(set_to_none=True)
    loss.backward()
    run.critic_optimizer.step()
    return -run.critic(fake).mean()


def advance(run: Run, data: torch.Tensor, eye: Eye | None) -> float:
    """One step; answers its loss without the critic's share."""
    for group in run.optimizer.param_groups:
        group["lr"] = rate * one_cycle(run.done, warm, floor)
    shown, truth = data[:, :SHOWN].contiguous(memory_format=torch.channels_last), data[:, TRUTH]
    weights = weights_of(data)
    made = applied(shown, run.network(shown))
    loss = difference(made, truth, weights)
    # Where the truth can't teach, the picture is its own truth: nothing is learnt from it there.
    taught = (weights > 0.05).float()
    target = truth * taught + made.detach() * (1 - taught)
    if eye is not None:
        loss = loss + seen_share * seen_difference(eye, made[:looked_at], target[:looked_at])
    total = loss
    if run.done >= critic_from:
        some = slice(-looked_at, None)
        total = loss + critic_share * judge(run, data[some], made[some], target[some])
    run.optimizer.zero_grad(set_to_none=True)
    total.backward()
    nn.utils.clip_grad_norm_(run.network.parameters(), 2.0)
    run.optimizer.step()
    run.follow(mean_decay)
    run.step += 1
    return float(loss.detach())


def measured(run: Run, files: list[Pixels]) -> dict[str, float]:
    """Mean absolute difference (of 255) on validation samples, by what is shown, before (`plain`)
    and after the corrections."""
    totals: dict[str, float] = {}
    masses: dict[str, float] = {}
    for start in range(0, assessed, 8):
        chosen = [sample for file in files for sample in file][start : start + 8]
        if not chosen:
            break
        data = torch.from_numpy(np.stack(chosen)).permute(0, 3, 1, 2).float().to(device)
        made = applied(data[:, :SHOWN], run.mean(data[:, :SHOWN]))
        teaches = data[:, TEACHES] / 255
        cloth, skin = data[:, 3:4] / 255, data[:, 4:5] / 255
        for kind, share in {"cloth": cloth, "skin": skin}.items():
            weights = teaches * share
            for name, picture in (("plain", data[:, :3]), ("made", made)):
                # At a quarter of the size: corrections are smooth, texture never lies right.
                mass = functional.avg_pool2d(weights, 4)
                off = functional.avg_pool2d((picture - data[:, TRUTH]) * weights, 4)
                key = f"{kind}_{name}"
                totals[key] = totals.get(key, 0.0) + float(off.abs().mean(1).sum())
                masses[key] = masses.get(key, 0.0) + float(mass.sum())
    return {key: totals[key] / max(masses[key], 1e-6) for key in totals}


def main() -> None:
    """The training run."""
    torch.set_num_threads(threads)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    run = Run(folder)
    trained, held_out = load("train-*.npy") + load("tagged-*.npy"), load("validation-*.npy")
    eye = Eye(parser).to(device) if parser else None
    progress, running = Progress(run.done, steps, minutes), 0.0
    run.network.train().to(memory_format=torch.channels_last)
    while run.done < 1:
        run.done = progress.at(run.step)
        rng = np.random.default_rng([seed, run.step])
        loss = advance(run, make_batch(rng, trained, batch).to(device), eye)
        running += (0.02 if running else 1.0) * (loss - running)
        if run.step % 20 == 0:
            clock = time.strftime("%H:%M:%S")
            print(f"{clock} step {run.step} {run.done:.3f} loss {running:.4f}", flush=True)
        if run.step % every == 0 or run.done >= 1:
            line = {"step": run.step, "progress": run.done, "loss": running}
            with torch.no_grad():
                line |= measured(run, held_out)
            text = json.dumps({name: round(float(value), 4) for name, value in line.items()})
            with (folder / "log.jsonl").open("a") as log:
                log.write(text + "\n")
            print(text, flush=True)
            run.save()


if __name__ == "__main__":
    override(globals())
    main()
