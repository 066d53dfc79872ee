"""Measure a checkpoint on the validation photos.

python -m training.garment.evaluate --checkpoint=RUN/last.pt --cache=CACHE
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import torch

from training.garment import augment
from training.garment.labels import HEADS, NOTHING, UNKNOWN
from training.garment.network import GarmentNet, load
from training.parser.configuration import override

checkpoint = "run/last.pt"
cache = "cache"
size = 256


def boxed(photo: augment.Photo, side: int) -> augment.Floats:
    """The photo in the middle of a square, SxSx4."""
    matrix = augment.letterbox(photo.pixels.shape[0], photo.pixels.shape[1], side)
    return augment.warped(photo.pixels, matrix, side, spread=False)


def measures(network: GarmentNet, photos: list[augment.Photo], side: int) -> dict[str, float]:
    """Mean IoU over photos with a mask, and the share of right answers of each head."""
    overlaps: list[float] = []
    right: dict[str, list[bool]] = {name: [] for name in HEADS}
    for photo in photos:
        square = boxed(photo, side)
        mask, told = answer(network, square[..., :3])
        if photo.masked:
            overlaps.append(overlap(mask > 0, augment.halved(square[..., 3]) > 127))
        told["category"][NOTHING] = -np.inf
        for name, label in zip(HEADS, photo.labels, strict=True):
            if label != UNKNOWN:
                right[name].append(int(told[name].argmax()) == label)
    result = {f"{name}": float(np.mean(found)) for name, found in right.items() if found}
    return {"iou": float(np.mean(overlaps)) if overlaps else 0.0, **result}


def answer(
    network: GarmentNet, square: augment.Floats
) -> tuple[augment.Floats, dict[str, augment.Floats]]:
    """Mask logits and each head's logits for one picture, SxSx3."""
    picture = torch.from_numpy(np.ascontiguousarray(square.transpose(2, 0, 1)))[None]
    with torch.inference_mode():
        mask, told = network(picture.contiguous(memory_format=torch.channels_last))
    return mask[0].numpy(), {name: logits[0].numpy() for name, logits in told.items()}


def overlap(found: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union."""
    return float((found & truth).sum() / max((found | truth).sum(), 1))


def main() -> None:
    """Print the numbers."""
    cv2.setNumThreads(1)
    photos = augment.load_photos(f"{cache}/validation.npz")
    print(json.dumps(measures(load(Path(checkpoint)), photos, size)))


if __name__ == "__main__":
    override(globals())
    main()
