"""Decode Clothing Co-Parsing once, so that the training loop need not.

    python -m training.parser.prepare --ccp=CCP --clothing=CLOTHING --out=CACHE

CCP is the folder with `photos/`, `annotations/` and `label_list.mat` (Apache-2.0); CLOTHING the
folder of Grigorev's clothing dataset (CC0), whose rooms and floors serve as backgrounds.
Writes CACHE/train.npz, CACHE/validation.npz and CACHE/rooms.npz. Every tenth photo (0005, 0015,
...) validates and is never trained on; 0905-1004 are a test set that nobody opens.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from scipy.io import loadmat

from training.parser.configuration import override
from training.parser.labels import lookup

ccp = "ccp"  # Clothing Co-Parsing
clothing = ""  # garments photographed at home; "" leaves the rooms out
out = "cache"
labelled = 904  # photos 0001..0904 have pixel labels
rooms = 300  # how many background photos to keep
room_size = 512  # their longest side, pixels
override(globals())

Pixels = npt.NDArray[np.uint8]


def is_validation(number: int) -> bool:
    """True for the photos that are never trained on."""
    return number % 10 == 5


def read_rgb(path: Path) -> Pixels:
    """A photo as uint8 HxWx3 RGB."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise FileNotFoundError(path)
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB).astype(np.uint8)


def prepare_people(root: Path, target: Path) -> None:
    """Photos and class maps of both splits."""
    names = [str(entry[0]) for entry in loadmat(str(root / "label_list.mat"))["label_list"][0]]
    table = lookup(names)
    splits: dict[bool, dict[str, Pixels]] = {False: {}, True: {}}
    for number in range(1, labelled + 1):
        ids = loadmat(str(root / f"annotations/pixel-level/{number:04d}.mat"))["groundtruth"]
        if not ids.any():
            continue  # 0536 carries no label at all
        split = splits[is_validation(number)]
        split[f"{number:04d}_photo"] = read_rgb(root / f"photos/{number:04d}.jpg")
        split[f"{number:04d}_classes"] = table[ids]
    np.savez(target / "train.npz", **splits[False])
    np.savez(target / "validation.npz", **splits[True])


def prepare_rooms(root: Path, target: Path) -> None:
    """Photos of garments on floors, beds and hangers: background, whatever lies in it."""
    paths = sorted((root / "train").rglob("*.jpg"))
    kept: dict[str, Pixels] = {}
    for path in paths[:: max(1, len(paths) // rooms)][:rooms]:
        photo = read_rgb(path)
        scale = min(1.0, room_size / max(photo.shape[:2]))
        small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        kept[path.stem] = small.astype(np.uint8)
    np.savez(target / "rooms.npz", **kept)


if __name__ == "__main__":
    target = Path(out)
    target.mkdir(parents=True, exist_ok=True)
    prepare_people(Path(ccp), target)
    if clothing:
        prepare_rooms(Path(clothing), target)
