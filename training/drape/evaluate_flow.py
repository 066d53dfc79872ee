"""Measure a network that moves cloth: SSIM at 256 px before and after, on samples with a truth.

    python -m training.drape.evaluate_flow --checkpoint=FLOW/last.pt --samples=SAMPLES

For cloth where the truth shows the same cloth, and for the band round its edge. The interval holds
95 % of 2,000 means over samples drawn anew. What learns nothing is measured beside it: all cloth
half a pixel further to the right (`aside`) or `lowered` by as much, and an edge that is merely
`softened`; a network that gains no more than one of these has learned no more. `crisp` is the
network's answer with edges made steep again: what is left of a gain that was blur. `told` moves
cloth along an optical flow from the truth itself, blurred by 6 px: the best of a smooth flow.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from deployments.jury.statistics import mean_change
from training.drape import flow
from training.drape.evaluate import ssim
from training.drape.mover import CELL, Mover, band, moved
from training.drape.train import SHOWN
from training.parser.configuration import override

checkpoint = "flow/last.pt"
samples = "samples"
pattern = "validation-*.npy"
threads = 1

VERSIONS = ("plain", "moved", "crisp", "aside", "lowered", "softened", "told")
STEEP = 5.0
"""Times as steep as the network drew it is an edge as sharp as the engine's."""
SOFT = 3
"""Px on either side over which a softened edge is averaged."""
LEAST = 0.004
"""Share of the picture that a region must take to count."""
Answer = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Trained:
    """A network, whether it moves edges, and whether it is shown the truth."""

    network: Mover
    edges: bool
    cheats: bool


def load(path: str) -> Trained:
    """The running mean of a checkpoint, ready to answer."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    network = Mover(state["hide"]).eval()
    network.load_state_dict(state["mean"])
    return Trained(network, state["edges"], state.get("cheat", False))


def shift(answer: Answer, right: float, down: float) -> Answer:
    """Cloth moved by so many pixels, and no change of edges."""
    flowing = torch.zeros_like(answer[0])
    flowing[:, 0], flowing[:, 1] = -right, -down
    return flowing, torch.zeros_like(answer[1])


def softened(data: torch.Tensor) -> torch.Tensor:
    """The picture (1×3×H×W) with the cloth's share averaged over a few pixels."""
    share, cloth = data[:, 3:4] / 255, data[:, flow.LAYERED : flow.LAYERED + 3]
    side = 2 * SOFT + 1
    soft = functional.avg_pool2d(share, side, 1, SOFT, count_include_pad=False)
    return data[:, :3] + (soft - share) * (cloth - data[:, flow.LAYERED + 3 :])


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


def measured(trained: Trained, sample: npt.NDArray[np.uint8]) -> dict[str, float]:
    """SSIM by `region version` of one sample with its layers, H×W×20."""
    data = torch.from_numpy(sample).permute(2, 0, 1)[None].float()
    answer = trained.network(flow.shown(data, trained.cheats))
    answers = {"moved": answer, "crisp": answer, "told": told(data, answer)}
    answers |= {"aside": shift(answer, 0.5, 0), "lowered": shift(answer, 0, 0.5)}
    made = {"plain": data[:, :3], "softened": softened(data)}
    for version, given in answers.items():
        own, steep = trained.edges and given is answer, STEEP if version == "crisp" else 1.0
        shown, layered = data[:, :SHOWN], data[:, flow.LAYERED :]
        made[version] = moved(shown, layered, given, own, "bicubic", steep)
    found = {}
    for region, weights in regions(data).items():
        if float(weights.mean()) >= LEAST:
            for version, picture in made.items():
                local = ssim(picture, data[:, SHOWN : SHOWN + 3])
                found[f"{region} {version}"] = float((local * weights).sum() / weights.sum())
    return found


def main() -> None:
    """Print the table."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    flow.samples = samples
    trained = load(checkpoint)
    with torch.no_grad():
        results = [measured(trained, sample) for sample in flow.load(pattern)]
    for region in ("cloth", "edge"):
        kept = [result for result in results if f"{region} plain" in result]
        plain = np.array([result[f"{region} plain"] for result in kept])
        for version in VERSIONS if kept else ():
            values = np.array([result[f"{region} {version}"] for result in kept])
            mean, low, high = mean_change(list(plain), list(values))
            change = f"{mean:+.4f} ({low:+.4f} to {high:+.4f})"
            print(f"{region:6}{version:9} {len(kept):4} {values.mean():.4f}  {change}")


if __name__ == "__main__":
    override(globals())
    main()
