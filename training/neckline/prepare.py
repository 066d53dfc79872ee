"""Cut the necks out of the photos of tops of Grigorev's Clothing dataset, with their front edges.

    python -m training.neckline.prepare --clothing=CLOTHING --out=CACHE

CLOTHING holds `train` and `validation` (CC0). `seen.tsv` names the photos whose front edge is
known. Masks and outlines are the shipped readers' own, errors and all: the network will meet no
others.
Writes train.npz and validation.npz to CACHE.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.garment_mask import GarmentMask
from deployments.garment_net import GarmentNet
from deployments.garment_shape.halves import Told, top_halves, with_its_sleeves
from deployments.garment_shape.opening import neck_view
from deployments.garment_shape.outline import upright
from deployments.types import ModelError
from training.neckline.augment import Neck
from training.neckline.labels import read_table
from training.parser.configuration import override
from training.parser.prepare import read_rgb
from weights.store import Store

clothing = "clothing"
out = "cache"
side = 256  # px of a neck in the cache
override(globals())

FINE = 4  # binary digits of a px that a filled outline keeps


@cache
def readers() -> tuple[Any, Any]:
    """What finds a garment's mask, and what it is."""
    store = Store.from_environment()
    return GarmentMask(store), GarmentNet(store)


def filled(points: NDArray[np.floating], size: int) -> NDArray[np.uint8]:
    """What a front's edge and the line between its ends enclose, 0 or 255."""
    ring = np.round(points * (1 << FINE)).astype(np.int32)
    blank = np.zeros((size, size), np.uint8)
    return np.asarray(cv2.fillPoly(blank, [ring], (255,), cv2.LINE_8, FINE), np.uint8)


def neck_of(photo: Path, edge: NDArray[np.float64]) -> Neck:
    """The neck in a photo. `ModelError` where no garment is found there."""
    picture = read_rgb(photo)
    masks, net = readers()
    outline, reading = upright(masks(picture).mask), net(picture)
    told = Told(reading.category, reading.sleeve)
    halves = top_halves(outline, hooded=told.hooded)
    outline, halves, _ = with_its_sleeves(picture, outline, halves, told)
    view = neck_view(picture, outline, *halves, size=side)
    matrix = np.vstack([view.matrix, [0, 0, 1]]) @ np.vstack([outline.matrix, [0, 0, 1]])
    points = edge * [picture.shape[1], picture.shape[0]]
    placed = points @ matrix[:2, :2].T + matrix[:2, 2]
    return Neck(view.picture, filled(placed, side))


def necks(split: str) -> list[Neck]:
    """All of a split whose edge is known and whose garment is found."""
    found = []
    for name, edge in read_table().items():
        if name.startswith(split):
            try:
                found.append(neck_of(Path(clothing) / name, edge))
            except ModelError as reason:
                print(f"{name}: {reason}")
    return found


def main() -> None:
    """Write both splits."""
    Path(out).mkdir(parents=True, exist_ok=True)
    for split in ("train", "validation"):
        found = necks(split)
        pictures = np.stack([neck.picture for neck in found])
        openings = np.stack([neck.opening for neck in found])
        np.savez(Path(out) / f"{split}.npz", pictures=pictures, openings=openings)
        print(f"{split}: {len(found)} necks")


if __name__ == "__main__":
    main()
