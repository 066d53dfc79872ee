"""Measure the layout network against the engine's own plan, on people whom neither has seen.

    python -m training.layout.evaluate --checkpoint=RUN/last.pt --samples=SAMPLES

Intersection over union of garment, arm, neck and what is worn below, over the cells that a new
top may change, mean of the people on whom the class is seen. `fused` are the network's chances
times the plan's, the plan blurred a little. The interval is that of the mean of the differences,
two standard errors wide on either side.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch

from training.layout.network import LayoutNet, load
from training.layout.sample import ARM, CLASSES, GARMENT, LOWER, NECK, Bytes, unrevealing
from training.parser.configuration import override

checkpoint = "run/last.pt"
samples = "samples"
split = "validation"
plan_say = 0.5  # exponent of the plan in what is fused

Floats = npt.NDArray[np.float32]
JUDGED = (GARMENT, ARM, NECK, LOWER)
LEAST = 12
"""Cells from which a class counts as seen."""


def overlaps(found: Bytes, truth: Bytes, region: npt.NDArray[np.bool_]) -> list[float]:
    """IoU of each of `JUDGED` within the region; NaN where the truth shows none of it."""
    values = []
    for class_ in JUDGED:
        one, other = (found == class_) & region, (truth == class_) & region
        seen = other.sum() >= LEAST
        values.append(float((one & other).sum() / (one | other).sum()) if seen else np.nan)
    return values


def answers(network: LayoutNet, planes: Bytes, attributes: Floats) -> Floats:
    """Logits N×classes×H×W."""
    with torch.no_grad():
        shown = torch.from_numpy(planes).permute(0, 3, 1, 2).float()
        logits = network(shown, torch.from_numpy(attributes))
    return np.asarray(logits.numpy(), np.float32)


def fused(logits: Floats, plan: Bytes) -> Floats:
    """Logits of one person (classes×H×W) with the plan's say."""
    marked = np.stack([(plan == class_).astype(np.float32) for class_ in range(len(CLASSES))])
    soft = np.stack([cv2.GaussianBlur(one, (0, 0), 1.5) for one in marked])
    return np.asarray(logits + plan_say * np.log(soft + 0.03), np.float32)


def table(network: LayoutNet, files: list[Path]) -> dict[str, npt.NDArray[np.float64]]:
    """Overlaps of plan, network and both: people×classes each."""
    rows: dict[str, list[list[float]]] = {"plan": [], "network": [], "fused": []}
    for file in files:
        data = np.load(file)
        shown = [unrevealing(planes, 0.35, 0.65, 0) for planes in data["planes"]]
        logits = answers(network, np.stack(shown), data["attributes"])
        region = (data["region"] > 0) & (data["known"] > 0)
        for index, (truth, plan) in enumerate(zip(data["truth"], data["plan"], strict=True)):
            both = fused(logits[index], plan)
            found = {"plan": plan, "network": logits[index].argmax(0), "fused": both.argmax(0)}
            for name, classes in found.items():
                rows[name].append(overlaps(np.asarray(classes, np.uint8), truth, region[index]))
    return {name: np.array(values) for name, values in rows.items()}


def main() -> None:
    """Print the table."""
    cv2.setNumThreads(1)
    found = table(load(Path(checkpoint)), sorted(Path(samples).glob(f"{split}-*.npz")))
    for column, class_ in enumerate(JUDGED):
        print(f"{CLASSES[class_]:8} plan    {np.nanmean(found['plan'][:, column]):.3f}")
        for name in ("network", "fused"):
            change = (found[name] - found["plan"])[:, column]
            change = change[~np.isnan(change)]
            error = 2 * change.std() / max(np.sqrt(len(change)), 1)
            print(
                f"{'':8} {name:7} {np.nanmean(found[name][:, column]):.3f} "
                f"change {change.mean():+.3f} ± {error:.3f} of {len(change)} people"
            )


if __name__ == "__main__":
    override(globals())
    main()
