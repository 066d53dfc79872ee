"""Per-class IoU of a checkpoint on the validation photos, whole people and upper halves.

    python -m training.parser.evaluate --checkpoint=RUN/last.pt --cache=CACHE

Photos are cropped round the person as the application does it; logits are upsampled to the crop
and compared pixel by pixel. `--flip=True` averages with the mirrored crop, `--votes=True` lets
whole garments vote (deployments/parse_vote.py, without a pose here). The application looks at
several sizes besides, and asks a second network where the person stands:
`python -m benchmarks.parsing`.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from deployments.parse_vote import settle
from training.parser import augment
from training.parser.configuration import override
from training.parser.labels import CLASSES, IGNORED
from training.parser.measures import Counts, counted, measures
from training.parser.network import Parser, averaged

checkpoint = "run/last.pt"  # several, separated by commas, are averaged
cache = "cache"
split = "validation"  # or "validation_as_labelled": before prepare.py mended the labels
height, width = 512, 384  # crop that the network sees, pixels
flip = False  # average with the mirrored picture
votes = False  # settle the logits as the application does
threads = 2

Pixels = npt.NDArray[np.uint8]


def load_split(path: Path) -> list[tuple[Pixels, Pixels]]:
    """Photos and class maps of a split, in the order of their numbers."""
    with np.load(path) as stored:
        names = sorted(name for name in stored.files if name.endswith("_photo"))
        return [(stored[n], stored[n.replace("_photo", "_classes")]) for n in names]


def fixed_crop(
    photo: Pixels, classes: Pixels, size: tuple[int, int], half: bool
) -> tuple[Pixels, Pixels]:
    """The whole person (box grown 15 %), or the upper 55 % of them."""
    box = augment.person_box(classes)
    window = augment.half_window(box, 0.55, 0.08) if half else augment.full_window(box, 1.15)
    matrix = augment.window_matrix(window, size)
    crop = cv2.warpAffine(photo, matrix, size[::-1], borderValue=augment.PADDING)
    truth = cv2.warpAffine(
        classes, matrix, size[::-1], flags=cv2.INTER_NEAREST, borderValue=IGNORED
    )
    return crop.astype(np.uint8), truth.astype(np.uint8)


def predict(network: Parser, crop: Pixels, mirrored: bool = False, voted: bool = False) -> Pixels:
    """Class map of the crop's size."""
    with torch.no_grad():
        picture = torch.from_numpy(crop).permute(2, 0, 1)[None].float()
        picture = picture.contiguous(memory_format=torch.channels_last)
        logits = network(picture)
        if mirrored:
            logits = (logits + network(picture.flip(3)).flip(3)) / 2
        if voted:
            nobody = np.zeros((25, 3), np.float32)
            logits = torch.from_numpy(settle(logits[0].numpy(), nobody, crop))[None]
        full = functional.interpolate(logits, crop.shape[:2], mode="bilinear", align_corners=False)
        answer: Pixels = full[0].argmax(0).numpy().astype(np.uint8)
        return answer


def confusion(
    network: Parser,
    photos: list[tuple[Pixels, Pixels]],
    size: tuple[int, int],
    half: bool = False,
    mirrored: bool = False,
    voted: bool = False,
) -> Counts:
    """Counts [truth, answer] over all pixels that are not ignored."""
    counts = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    for photo, labels in photos:
        crop, truth = fixed_crop(photo, labels, size, half)
        answer = predict(network, crop, mirrored, voted)
        counts += counted(truth, answer)
    return counts


def main() -> None:
    """Print one table for whole people and one for upper halves."""
    torch.set_num_threads(threads)
    network = averaged(checkpoint)
    photos = load_split(Path(cache) / f"{split}.npz")
    for half in (False, True):
        result = measures(confusion(network, photos, (height, width), half, flip, votes))
        print("upper halves" if half else "whole people")
        print("\n".join(f"  {name:12s} {value:.3f}" for name, value in result.items()))


if __name__ == "__main__":
    override(globals())
    main()
