"""Measure the layout network against the engine's own plan, on people whom neither has seen.

    python -m training.layout.evaluate --checkpoint=RUN/last.pt --samples=SAMPLES

Intersection over union of garment, arm, neck and what is worn below, over the cells that were
hidden, mean of the people on whom the class is seen. The interval is that of the mean of the
differences, two standard errors wide on either side.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from training.layout.network import LayoutNet, load
from training.layout.sample import ARM, CLASSES, GARMENT, LOWER, NECK, Bytes
from training.parser.configuration import override

checkpoint = "run/last.pt"
samples = "samples"
split = "validation"

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


def answers(network: LayoutNet, planes: Bytes, attributes: npt.NDArray[np.float32]) -> Bytes:
    """The likeliest class of each cell."""
    with torch.no_grad():
        shown = torch.from_numpy(planes).permute(0, 3, 1, 2).float()
        logits = network(shown, torch.from_numpy(attributes))
    return np.asarray(logits.argmax(1).numpy(), np.uint8)


def main() -> None:
    """Print the table."""
    network = load(Path(checkpoint))
    table: dict[str, list[list[float]]] = {"plan": [], "network": []}
    for file in sorted(Path(samples).glob(f"{split}-*.npz")):
        data = np.load(file)
        found = answers(network, data["planes"], data["attributes"])
        region = (data["planes"][..., 0] > 0) & (data["known"] > 0)
        for index, truth in enumerate(data["truth"]):
            table["plan"].append(overlaps(data["plan"][index], truth, region[index]))
            table["network"].append(overlaps(found[index], truth, region[index]))
    plan, ours = np.array(table["plan"]), np.array(table["network"])
    for column, class_ in enumerate(JUDGED):
        change = (ours - plan)[:, column]
        change = change[~np.isnan(change)]
        error = 2 * change.std() / max(np.sqrt(len(change)), 1)
        print(
            f"{CLASSES[class_]:8} plan {np.nanmean(plan[:, column]):.3f} "
            f"network {np.nanmean(ours[:, column]):.3f} "
            f"change {change.mean():+.3f} ± {error:.3f} of {len(change)} people"
        )


if __name__ == "__main__":
    override(globals())
    main()
