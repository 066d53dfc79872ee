"""Measure a checkpoint on the necks of the validation photos.

python -m training.neckline.evaluate --checkpoint=RUN/last.pt --cache=CACHE
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import torch

from deployments.garment_shape.opening import SIZE
from training.neckline.augment import Neck, Pixels, load_necks, resized
from training.neckline.network import NeckNet, load
from training.parser.configuration import override

checkpoint = "run/last.pt"
cache = "cache"
POOR = 0.6  # an overlap below which an opening is another one


def measures(network: NeckNet, necks: list[Neck]) -> dict[str, float]:
    """Mean and median overlap of the openings, and the share of poor ones."""
    overlaps = np.array([_overlap(network, resized(neck, SIZE)) for neck in necks])
    poor = float((overlaps < POOR).mean())
    return {"iou": float(overlaps.mean()), "median": float(np.median(overlaps)), "poor": poor}


def answer(network: NeckNet, picture: Pixels) -> np.ndarray:
    """S/2×S/2 logits for one picture, S×S×4."""
    planes = torch.from_numpy(picture).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        found: np.ndarray = network(planes.contiguous(memory_format=torch.channels_last))[0].numpy()
    return found


def _overlap(network: NeckNet, neck: Neck) -> float:
    found, truth = answer(network, neck.picture) > 0, neck.opening > 127
    return float((found & truth).sum() / max((found | truth).sum(), 1))


def main() -> None:
    """Print the numbers."""
    cv2.setNumThreads(1)
    print(json.dumps(measures(load(Path(checkpoint)), load_necks(f"{cache}/validation.npz"))))


if __name__ == "__main__":
    override(globals())
    main()
