"""Decode Clothing Co-Parsing once, so that the training loop need not.

    python -m training.parser.prepare --ccp=CCP --clothing=CLOTHING --out=CACHE

CCP is the folder with `photos/`, `annotations/` and `label_list.mat` (Apache-2.0); CLOTHING the
folder of Grigorev's clothing dataset (CC0), whose rooms and floors serve as backgrounds.
Writes CACHE/train.npz, CACHE/validation.npz and CACHE/rooms.npz. Every tenth photo (0005, 0015,
...) validates and is never trained on; 0905-1004 are a test set that nobody opens.

CCP calls many a skirt under a shirt "dress", and some a denim jacket "jeans"; `mend` says what is
done about it. CACHE/validation_as_labelled.npz keeps the labels as they came, so that both can be
measured.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from scipy.io import loadmat

from training.parser.configuration import override
from training.parser.labels import CLASSES, IGNORED, lookup

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


def save(path: Path, arrays: dict[str, Pixels]) -> None:
    """An uncompressed npz: it loads at the speed of the disk."""
    np.savez(path, allow_pickle=False, **arrays)


def mend(classes: Pixels) -> Pixels:
    """Names that cannot be right, judged by their place between crown (0) and sole (1).

    A "dress" that hardly shows above 0.36 is a skirt: a dress covers the chest. "Trousers" above
    0.32 are not looked at: nobody wears them there.
    """
    rows = np.flatnonzero(((classes > 0) & (classes != IGNORED)).any(1))
    place = (np.arange(len(classes)) - rows[0]) / (rows[-1] - rows[0] + 1)
    mended = classes.copy()
    dress = classes == CLASSES.index("dress")
    if dress.any() and dress[place < 0.36].sum() < 0.1 * dress.sum():
        mended[dress] = CLASSES.index("skirt")
    mended[(classes == CLASSES.index("trousers")) & (place < 0.32)[:, None]] = IGNORED
    return mended


def prepare_people(root: Path, target: Path) -> None:
    """Photos and class maps of both splits."""
    names = [str(entry[0]) for entry in loadmat(str(root / "label_list.mat"))["label_list"][0]]
    table = lookup(names)
    trained: dict[str, Pixels] = {}
    held_out: dict[str, Pixels] = {}
    as_labelled: dict[str, Pixels] = {}
    for number in range(1, labelled + 1):
        ids = loadmat(str(root / f"annotations/pixel-level/{number:04d}.mat"))["groundtruth"]
        if not ids.any():
            continue  # 0536 carries no label at all
        split = held_out if is_validation(number) else trained
        photo, classes = read_rgb(root / f"photos/{number:04d}.jpg"), table[ids]
        split[f"{number:04d}_photo"] = photo
        split[f"{number:04d}_classes"] = mend(classes)
        if is_validation(number):
            as_labelled |= {f"{number:04d}_photo": photo, f"{number:04d}_classes": classes}
    save(target / "train.npz", trained)
    save(target / "validation.npz", held_out)
    save(target / "validation_as_labelled.npz", as_labelled)


def prepare_rooms(root: Path, target: Path) -> None:
    """Photos of garments on floors, beds and hangers: background, whatever lies in it."""
    paths = sorted((root / "train").rglob("*.jpg"))
    kept: dict[str, Pixels] = {}
    for path in paths[:: max(1, len(paths) // rooms)][:rooms]:
        photo = read_rgb(path)
        scale = min(1.0, room_size / max(photo.shape[:2]))
        small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        kept[path.stem] = small.astype(np.uint8)
    save(target / "rooms.npz", kept)


if __name__ == "__main__":
    target = Path(out)
    target.mkdir(parents=True, exist_ok=True)
    prepare_people(Path(ccp), target)
    if clothing:
        prepare_rooms(Path(clothing), target)
