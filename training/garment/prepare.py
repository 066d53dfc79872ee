"""Decode Grigorev's Clothing dataset and its masks once, so that the training loop need not.

    python -m training.garment.prepare --clothing=CLOTHING --ccp=CCP --masks=MASKS --out=CACHE

CLOTHING holds `train` and `validation` (CC0), CCP the street photos of Clothing Co-Parsing
(Apache-2.0), of which what is no clothing serves as pictures without a garment. MASKS keeps ISNet's
answers, one PNG a photo, and is filled where it lacks one (`compute`); `seen.tsv` says which of
them are good, and what else was seen. Sleeveless tops are cut from the training photos
(`recut.py`). Writes train.npz, validation.npz and nothing.npz to CACHE.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from training.garment.augment import Photo, load_photos
from training.garment.labels import CATEGORIES, Seen, read_table
from training.garment.recut import RECUT, Marks, recut
from training.parser.configuration import override
from training.parser.prepare import read_rgb

clothing = "clothing"
ccp = ""  # "" leaves the street photos out
masks = "masks"
out = "cache"
compute = True  # False leaves photos without a mask in MASKS without one
side = 320  # px of a photo's longer side in the cache
nothing_each = 400  # pictures without a garment
override(globals())

Pixels = npt.NDArray[np.uint8]
UNSEEN = Seen(mask_is_good=False)


def smaller(picture: Pixels, longest: int) -> Pixels:
    """At most `longest` px on its longer side."""
    scale = min(longest / max(picture.shape[:2]), 1.0)
    return np.asarray(
        cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )


def mask_file(split: str, photo: Path) -> Path:
    """Where the mask of a photo is kept."""
    return Path(masks) / f"{split}_{photo.parent.name}_{photo.stem}_m.png"


@cache
def teacher() -> Any:
    """ISNet, loaded once."""
    from deployments.matting import Matting
    from weights.store import Store

    return Matting(Store.from_environment())


def teacher_mask(picture: Pixels) -> Pixels:
    """ISNet's answer, cleaned; all zeros where it sees nothing."""
    from deployments.garment_mask import cut_without_network
    from deployments.types import GarmentNotFound

    try:
        return np.array(cut_without_network(picture, teacher()).mask)
    except GarmentNotFound:
        return np.zeros(picture.shape[:2], np.uint8)


def mask_of(split: str, photo: Path, picture: Pixels) -> Pixels | None:
    """The kept mask, or a new one."""
    path = mask_file(split, photo)
    if not path.exists() and compute:
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), teacher_mask(picture))
    found = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.exists() else None
    return None if found is None else np.asarray(found, np.uint8)


def split_arrays(split: str) -> dict[str, npt.NDArray[np.generic]]:
    """Photos as RGBA (alpha: the mask) in one flat array, and what is known of each."""
    table, pixels, sizes, known = read_table(), [], [], []
    for photo in sorted((Path(clothing) / split).glob("*/*")):
        picture = read_rgb(photo)
        seen = table.get(f"{split}/{photo.parent.name}/{photo.name}", UNSEEN)
        mask = mask_of(split, photo, picture) if seen.mask_is_good else None
        alpha = np.zeros(picture.shape[:2], np.uint8) if mask is None else mask
        both = smaller(np.dstack([picture, alpha]), side)
        pixels.append(both.ravel())
        sizes.append(both.shape[:2])
        category = CATEGORIES.index(photo.parent.name)
        known.append((category, seen.sleeve, seen.neckline, seen.length, mask is not None))
    return {
        "pixels": np.concatenate(pixels),
        "sizes": np.array(sizes, np.int32),
        "known": np.array(known, np.int8),
    }


@cache
def shaper() -> Any:
    """What finds the places of a garment's seams."""
    from deployments.garment_shape.shaper import GarmentShaper
    from weights.store import Store

    return GarmentShaper(Store.from_environment())


def marks_of(photo: Photo) -> Marks:
    """The landmarks of a photo of a top or a dress that has a mask."""
    picture, mask = photo.pixels[..., :3].copy(), photo.pixels[..., 3].copy()
    found: Marks = shaper()(picture, mask, "upper").landmarks
    return found


def recut_photos(photos: list[Photo]) -> list[Photo]:
    """A sleeveless or a short top of every masked t-shirt, longsleeve and dress."""
    rng = np.random.default_rng(1)
    found = [
        recut(rng, photo, marks_of(photo), photos, side)
        for photo in photos
        if photo.masked and photo.labels[0] in RECUT
    ]
    return [photo for photo in found if photo is not None]


def with_photos(
    arrays: dict[str, npt.NDArray[np.generic]], photos: list[Photo]
) -> dict[str, npt.NDArray[np.generic]]:
    """The arrays of `split_arrays` with more photos at the end."""
    more: dict[str, list[npt.NDArray[np.generic]]] = {
        "pixels": [photo.pixels.ravel() for photo in photos],
        "sizes": [np.array([photo.pixels.shape[:2]], np.int32) for photo in photos],
        "known": [np.array([(*photo.labels, photo.masked)], np.int8) for photo in photos],
    }
    return {name: np.concatenate([arrays[name], *added]) for name, added in more.items()}


def street_pieces() -> list[Pixels]:
    """Pieces of street photos in which nobody stands, and faces."""
    from scipy.io import loadmat

    found: list[Pixels] = []
    rng = np.random.default_rng(0)
    names = [str(name[0]) for name in loadmat(Path(ccp) / "label_list.mat")["label_list"][0]]
    living = [names.index(name) for name in ("hair", "skin", "hat", "glasses", "sunglasses")]
    clothes = [i for i, name in enumerate(names) if i and i not in living and name != "null"]
    for number in range(1, 905):
        if number % 10 == 5 or len(found) >= nothing_each:
            continue
        photo = read_rgb(Path(ccp) / "photos" / f"{number:04d}.jpg")
        path = Path(ccp) / "annotations" / "pixel-level" / f"{number:04d}.mat"
        truth = np.asarray(loadmat(path)["groundtruth"])
        hair = truth == names.index("hair")
        if number % 3 == 0 and hair.any():
            head = around(photo, hair, float(rng.uniform(1.1, 1.9)))
            dressed = np.isin(around(truth, hair, 1.0), clothes).mean() > 0.2
            piece = None if dressed else head
        else:
            piece = empty_piece(photo, truth > 0, rng)
        if piece is not None:
            found.append(smaller(piece, side))
    return found


def around(values: npt.NDArray[np.generic], shown: npt.NDArray[np.bool_], grow: float) -> Pixels:
    """A square about what is shown."""
    rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
    half = grow * max(rows[-1] - rows[0], columns[-1] - columns[0], 20) / 2
    y, x = (rows[0] + rows[-1]) / 2, (columns[0] + columns[-1]) / 2
    top, left = max(int(y - half), 0), max(int(x - half), 0)
    return np.asarray(values[top : int(y + half) + 1, left : int(x + half) + 1], np.uint8)


def empty_piece(
    photo: Pixels, person: npt.NDArray[np.bool_], rng: np.random.Generator
) -> Pixels | None:
    """A piece that holds nobody, of ten tries; None where none of them does."""
    height, width = person.shape
    for _ in range(10):
        tall, wide = (int(n * rng.uniform(0.25, 0.6)) for n in (height, width))
        top, left = int(rng.integers(height - tall)), int(rng.integers(width - wide))
        if not person[top : top + tall, left : left + wide].any():
            return photo[top : top + tall, left : left + wide]
    return None


def main() -> None:
    """Write the three files."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "validation"):
        np.savez(folder / f"{split}.npz", **split_arrays(split), allow_pickle=False)
    train = folder / "train.npz"
    tops = recut_photos(load_photos(str(train)))
    with np.load(train) as stored:
        both = with_photos(dict(stored), tops)
    np.savez(train, **both, allow_pickle=False)
    pieces = street_pieces() if ccp else []
    numbered = {str(i): piece for i, piece in enumerate(pieces)}
    np.savez(folder / "nothing.npz", allow_pickle=False, **numbered)


if __name__ == "__main__":
    main()
