"""Measure a network that moves cloth: SSIM at 256 px before and after, on samples with a truth.

    python -m training.drape.evaluate_flow --checkpoint=FLOW/last.pt --samples=SAMPLES

For cloth where the truth shows the same cloth, and for the band round its edge. The interval holds
95 % of 2,000 means over samples drawn anew. Two controls: `shifted` moves all cloth by half a
pixel, which only softens it, so a gain as small as its gain is none; `told` moves it along an
optical flow from the truth itself, blurred by 6 px: what a smooth flow could reach at best.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import torch

from training.drape import flow
from training.drape.evaluate import ssim
from training.drape.mover import CELL, Mover, band, moved
from training.drape.train import SHOWN
from training.parser.configuration import override

checkpoint = "flow/last.pt"
samples = "samples"
pattern = "validation-*.npy"
seed = 1
threads = 1

VERSIONS = ("plain", "moved", "shifted", "told")
LEAST = 0.004
"""Share of the picture that a region must take to count."""
Answer = tuple[torch.Tensor, torch.Tensor]


def load(path: str) -> tuple[Mover, bool]:
    """The running mean of a checkpoint, ready to answer, and whether edges move."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    network = Mover(state["hide"]).eval()
    network.load_state_dict(state["mean"])
    return network, bool(state["edges"])


def shift(answer: Answer) -> Answer:
    """Half a pixel to the right, and no change of edges."""
    flowing = torch.zeros_like(answer[0])
    flowing[:, 0] = 0.5
    return flowing, torch.zeros_like(answer[1])


def told(data: torch.Tensor, answer: Answer) -> Answer:
    """The optical flow from the picture to its truth (1×20×H×W), blurred, on the network's grid."""
    made, truth = (
        cv2.cvtColor(part[0].permute(1, 2, 0).byte().numpy(), cv2.COLOR_RGB2GRAY)
        for part in (data[:, :3], data[:, SHOWN : SHOWN + 3])
    )
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = search.calc(truth, made, np.zeros((*made.shape, 2), np.float32))
    smooth = cv2.GaussianBlur(found, (0, 0), 6.0)
    size = (made.shape[1] // CELL, made.shape[0] // CELL)
    small = cv2.resize(smooth, size, interpolation=cv2.INTER_AREA)
    return torch.from_numpy(small).permute(2, 0, 1)[None], torch.zeros_like(answer[1])


def regions(data: torch.Tensor) -> dict[str, torch.Tensor]:
    """1×1×H×W weights by name."""
    share = data[:, 3:4] / 255
    same = data[:, SHOWN + 3 : flow.LAYERED] > flow.TAUGHT
    return {"cloth": same * (share > 0.5).float(), "edge": (band(share) > 0.5).float()}


def measured(network: Mover, edges: bool, sample: npt.NDArray[np.uint8]) -> dict[str, float]:
    """SSIM by `region version` of one sample with its layers, H×W×20."""
    data = torch.from_numpy(sample).permute(2, 0, 1)[None].float()
    answer = network(data[:, :SHOWN])
    answers = {"moved": answer, "shifted": shift(answer), "told": told(data, answer)}
    made = {"plain": data[:, :3]}
    for version, given in answers.items():
        own = edges and version == "moved"
        made[version] = moved(data[:, :SHOWN], data[:, flow.LAYERED :], given, own, "bicubic")
    found = {}
    for region, weights in regions(data).items():
        if float(weights.mean()) >= LEAST:
            for version, picture in made.items():
                local = ssim(picture, data[:, SHOWN : SHOWN + 3])
                found[f"{region} {version}"] = float((local * weights).sum() / weights.sum())
    return found


def interval(changes: npt.NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float]:
    """Where 95 % of the means of samples drawn anew lie."""
    means = changes[rng.integers(0, len(changes), (2000, len(changes)))].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    flow.samples = samples
    network, edges = load(checkpoint)
    with torch.no_grad():
        results = [measured(network, edges, sample) for sample in flow.load(pattern)]
    rng = np.random.default_rng(seed)
    for region in ("cloth", "edge"):
        kept = [result for result in results if f"{region} plain" in result]
        plain = np.array([result[f"{region} plain"] for result in kept])
        for version in VERSIONS if kept else ():
            values = np.array([result[f"{region} {version}"] for result in kept])
            low, high = interval(values - plain, rng)
            change = f"{(values - plain).mean():+.4f} ({low:+.4f} to {high:+.4f})"
            print(f"{region:6}{version:8} {len(kept):4} {values.mean():.4f}  {change}")


if __name__ == "__main__":
    override(globals())
    main()
