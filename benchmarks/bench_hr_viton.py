"""HR-VITON's networks beside the code they were published with, in one process on equal threads.

    python -m benchmarks hr_viton
    HR_VITON_ORIGINAL=PATH python -m benchmarks hr_viton

PATH is a checkout of github.com/sangyun884/HR-VITON, whose code is no part of this project. Weights
are random, which no time depends on, and the same in both; the labels are a real figure's. On a GPU
it tells memory, images a second and the share of the card's bf16 peak as well.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
import types
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import torch
from torch import Tensor

from deployments.labels import hr_viton_groups
from deployments.runtime import THREADS
from deployments.tryon.hr_viton.condition import ConditionGenerator
from deployments.tryon.hr_viton.generator import SpadeGenerator
from deployments.tryon.hr_viton.noise import SeededNoise
from deployments.tryon.hr_viton.patterns import PatternedLevels, patterns_of
from deployments.tryon.hr_viton.preparation import FAST, FULL
from deployments.tryon.hr_viton.procedure import LABEL_OF_CLASS
from deployments.tryon.hr_viton.ready import ready_condition, ready_generator
from deployments.types import ParseMap, frozen
from graph import Studio

PERSON = Path(__file__).parent.parent / "serve_app/gallery/persons/woman-long-hair.jpg"
ORIGINAL = "HR_VITON_ORIGINAL"
TERA_OPERATIONS = {FULL: 1.6364, FAST: 0.4091}
"""Of the generator's forward as published: two for each multiplication."""
PEAKS = {"H100": 989.0, "H200": 989.0, "A100": 312.0, "L4": 121.0}
"""Dense bf16 TFLOP/s of a card, as its maker states them."""
REPEATS = 3


def main() -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(THREADS)
    cores = f"{THREADS} threads, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(torch.cuda.get_device_name() if device == "cuda" else cores)
    parse = figure()
    with torch.inference_mode():
        compare_conditions(device)
        for size in (FULL, FAST) if device == "cuda" else (FAST,):
            compare_generators(parse, size, device)


def figure() -> ParseMap:
    """Labels of a person of the gallery, 3:4."""
    photo = frozen(np.asarray(PIL.Image.open(PERSON).convert("RGB")))
    parse = Studio().parsing(photo)
    tall = min(len(parse), parse.shape[1] * 4 // 3)
    return frozen(parse[:tall, : tall * 3 // 4])


def label_map(parse: ParseMap, size: tuple[int, int], device: str) -> Tensor:
    """The generator's labels 1×7×H×W."""
    whole = cv2.resize(parse, size[::-1], interpolation=cv2.INTER_NEAREST)
    classes = torch.from_numpy(np.array(hr_viton_groups(np.asarray(whole, np.uint8)))).long()
    labels = torch.tensor(LABEL_OF_CLASS)[classes][None]
    found = patterns_of(labels)
    seen = "too many" if found is None else f"{len(found.patches)}"
    print(f"\n{size[0]}×{size[1]}: {labels.numel()} pixels, {seen} neighbourhoods")
    return torch.nn.functional.one_hot(labels, 7).permute(0, 3, 1, 2).float().to(device)


def compare_conditions(device: str) -> None:
    torch.manual_seed(0)
    network = ConditionGenerator().eval().to(device)
    garment = torch.rand(1, 4, 256, 192, device=device) * 2 - 1
    person = torch.rand(1, 16, 256, 192, device=device)
    rows: dict[str, Callable[[], Any]] = {}
    if code := original():
        old = code.condition(device)
        old.load_state_dict(network.state_dict(), strict=True)
        options = Namespace(cuda=device == "cuda")
        rows["original"] = lambda: old(options, garment, person)[1]
    rows["published form"] = lambda: network(garment, person).scores
    print("\ncondition generator, 256×192")
    answers = table(rows, device)
    ready = ready_condition(network)
    answers |= table({"made ready": lambda: ready(garment, person).scores}, device)
    differences(answers)


def compare_generators(parse: ParseMap, size: tuple[int, int], device: str) -> None:
    labels = label_map(parse, size, device)
    pictures = torch.rand(1, 9, *size, device=device) * 2 - 1
    torch.manual_seed(0)
    network = SpadeGenerator().eval().to(device)
    for name, weight in network.named_parameters():
        if name.endswith("noise_scale"):
            weight.normal_(0, 0.1)
    rows: dict[str, Callable[[], Any]] = {}
    if code := original():
        old = code.generator(size, device)
        old.load_state_dict(network.state_dict(), strict=True)
        rows["original"] = lambda: seeded(lambda: old(pictures, labels))
    rows["published form"] = lambda: network(pictures, labels, noise(device, torch.float32))
    print("image generator")
    answers = table(rows, device, TERA_OPERATIONS[size])
    ready = ready_generator(network)
    many = pictures.contiguous(memory_format=torch.channels_last)
    fast = {
        "made ready": lambda: ready(many, PatternedLevels(labels), noise(device, torch.float32)),
        "made ready, two at once": lambda: ready(
            many.repeat(2, 1, 1, 1),
            PatternedLevels(labels.repeat(2, 1, 1, 1)),
            SeededNoise([5, 5], torch.device(device), torch.float32),
        )[:1],
    }
    answers |= table(fast, device, TERA_OPERATIONS[size])
    if device == "cuda":
        half = ready.to(torch.bfloat16)
        fewer, small = many.to(torch.bfloat16), labels.to(torch.bfloat16)
        row = lambda: half(fewer, PatternedLevels(small), noise(device, torch.bfloat16))  # noqa: E731
        answers |= table({"made ready, bf16": row}, device, TERA_OPERATIONS[size])
    differences(answers)


def noise(device: str, dtype: torch.dtype) -> SeededNoise:
    return SeededNoise([5], torch.device(device), dtype)


def seeded(run: Callable[[], Tensor]) -> Tensor:
    """With the noise that `noise` gives."""
    torch.manual_seed(5)
    return run()


def table(
    rows: dict[str, Callable[[], Any]], device: str, operations: float = 0.0
) -> dict[str, Tensor]:
    """Prints a line for each and gives the answers."""
    answers = {}
    for name, run in rows.items():
        if device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        answers[name] = run().float().cpu()
        times = [_seconds(run, device) for _ in range(REPEATS)]
        seconds = min(wall for wall, _ in times)
        told = f"  {name:24} {1000 * seconds:9.1f} ms"
        if device == "cuda":
            told += f"  peak {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB"
            told += f"  {1 / seconds:.1f} images/s{_share(operations / seconds)}"
        else:
            told += f"  {1000 * min(busy for _, busy in times):9.1f} ms of processor time"
        print(told, flush=True)
    return answers


def _seconds(run: Callable[[], Any], device: str) -> tuple[float, float]:
    """Of one run: by the clock, and of all cores together, which others' work changes less."""
    begun, busy = time.perf_counter(), time.process_time()
    run()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - begun, time.process_time() - busy


def _share(speed: float) -> str:
    """Of the card's peak, counting the operations of the published code."""
    name = torch.cuda.get_device_name()
    peak = next((value for card, value in PEAKS.items() if card in name), None)
    return f"  {speed:.0f} TFLOP/s, {100 * speed / peak:.0f} % of peak" if peak and speed else ""


def differences(answers: dict[str, Tensor]) -> None:
    """Of each from the first."""
    (first, wanted), *others = answers.items()
    for name, found in others:
        print(f"  {name} differs from {first} by {float((found - wanted).abs().max()):.1e} at most")


class Original:
    """The published classes, from a checkout of their own."""

    def __init__(self, folder: str) -> None:
        models = types.ModuleType("torchvision.models")  # brought by it for training alone
        sys.modules.setdefault("torchvision", types.ModuleType("torchvision")).models = models  # type: ignore[attr-defined]
        sys.modules.setdefault("torchvision.models", models)
        sys.path.insert(0, folder)
        self._networks: Any = importlib.import_module("networks")
        self._generators: Any = importlib.import_module("network_generator")

    def condition(self, device: str) -> Any:
        options = Namespace(warp_feature="T1", out_layer="relu", cuda=device == "cuda")
        return self._networks.ConditionGenerator(options, 4, 16, 13, ngf=96).eval().to(device)

    def generator(self, size: tuple[int, int], device: str) -> Any:
        options = Namespace(
            cuda=device == "cuda",
            num_upsampling_layers="most",
            fine_height=size[0],
            fine_width=size[1],
            ngf=64,
            norm_G="spectralaliasinstance",
            gen_semantic_nc=7,
        )
        return self._generators.SPADEGenerator(options, 9).eval().to(device)


def original() -> Original | None:
    """None where no checkout is named."""
    folder = os.environ.get(ORIGINAL)
    return Original(folder) if folder else None


if __name__ == "__main__":
    main()
