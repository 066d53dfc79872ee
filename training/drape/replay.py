"""Samples from the whole engine, nothing given and nobody disguised.

    python -m training.drape.replay --cache=CACHE --out=SAMPLES --name=worn-0
    python -m training.drape.replay --cache=CACHE --split=validation --out=SAMPLES --name=engine-0
    python -m training.drape.replay --cache=CACHE --clothing=CLOTHING/train --out=SAMPLES \
        --name=unpaired-0

Without `clothing`: self-pairs, photo to picture, everything found anew; uint8 N×256×192×14 as
`prepare.py` writes them. With it (a folder of folders of garments, CC0): people in garments that
they never wore, N×256×192×10, the planes alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
import numpy.typing as npt

from deployments.garment_shape import GarmentShaper
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.layers import Composed
from deployments.tryon.drape.refine import Refiner, Window, cropped, find_window, planes
from deployments.tryon.drape.regions import Regions
from deployments.tryon.drape.scene import Scene
from deployments.types import Category, Image, ModelError, ParseMap
from graph import Studio
from serve_app.intake import decode
from training.drape.people import Wearer, find_poses, wearers
from training.drape.selfpairs import SelfPair, category_of, lay_flat
from training.drape.template import worn_labels
from training.parser.configuration import override
from weights.store import Store

cache = "cache"  # of training/parser/prepare.py
split = "train"
clothing = ""  # folder of folders of garments; "" puts people's own clothes on them again
out = "samples"
name = "worn-0"
most = 200  # photos
seed = 7
override(globals())

Pixels = npt.NDArray[np.uint8]
LOWER = ("pants", "shorts", "skirt")
"""Folders of the Clothing dataset that hold lower garments."""


@dataclass(frozen=True)
class Seen:
    """What the refiner was shown."""

    planes: Pixels
    window: Window
    cloth: Floats
    """H×W: how much of each pixel is the new garment."""


@contextmanager
def watched(seen: list[Seen]) -> Iterator[None]:
    """Within it the refiner changes nothing and notes what it is shown."""

    def note(
        _: Refiner, scene: Scene, body: Body, regions: Regions, composed: Composed
    ) -> Composed:
        window = find_window(scene, body, composed)
        if window is not None:
            shown = planes(scene, body, regions, composed, window)
            seen.append(Seen(shown, window, composed.shares[..., 0]))
        return composed

    with mock.patch.object(Refiner, "__call__", note):
        yield


def replayed(studio: Studio, person: Image, garment: Image, category: Category) -> Seen | None:
    """What the engine made of it; None where it refused or drew nothing."""
    seen: list[Seen] = []
    try:
        with watched(seen):
            studio.tryon(person, garment, category=category)
    except ModelError:
        return None
    return seen[-1] if seen else None


def lesson(seen: Seen, photo: Image, labels: ParseMap, category: Category) -> Pixels:
    """One sample with its truth, 256×192×14."""
    same = np.isin(labels, worn_labels(category)) & (seen.cloth > 0.6)
    truth = cropped(photo.astype(np.float32), seen.window, 127.0)
    teaches = 255 * cropped(same.astype(np.float32), seen.window)
    rest = np.clip(np.dstack([truth, teaches]) + 0.5, 0, 255).astype(np.uint8)
    return np.dstack([seen.planes, rest])


def paired(studio: Studio, people: Iterator[Wearer]) -> Iterator[Pixels]:
    """People in their own clothes; of every third the lower garment."""
    reader = GarmentShaper(Store.from_environment())
    for number, wearer in enumerate(people):
        category: Category = "lower" if number % 3 == 2 else category_of(wearer)
        pair: SelfPair | None = lay_flat(wearer, category, reader=reader)
        seen = replayed(studio, wearer.photo, pair.garment, category) if pair is not None else None
        if seen is not None:
            yield lesson(seen, wearer.photo, studio.parsing(wearer.photo), category)


def unpaired(studio: Studio, people: Iterator[Wearer]) -> Iterator[Pixels]:
    """People in others' clothes, drawn at random."""
    rng = np.random.default_rng(seed)
    folders = sorted(folder for folder in Path(clothing).iterdir() if folder.is_dir())
    for wearer in people:
        folder = folders[rng.integers(len(folders))]
        files = sorted(folder.iterdir())
        garment = decode(files[rng.integers(len(files))].read_bytes())
        category: Category = "dress" if folder.name == "dress" else "upper"
        category = "lower" if folder.name in LOWER else category
        seen = replayed(studio, wearer.photo, garment, category)
        if seen is not None:
            yield seen.planes


def main() -> None:
    """Write one file of samples."""
    folder, file = Path(out), Path(cache) / f"{split}.npz"
    folder.mkdir(parents=True, exist_ok=True)
    poses = find_poses(file, folder / f"poses-{split}.npz")
    chosen = np.random.default_rng(seed).permutation(sorted(poses))[:most]
    people = wearers(file, {key: poses[key] for key in chosen})
    studio = Studio(Store.from_environment(), "cpu")
    made = list((unpaired if clothing else paired)(studio, people))
    np.save(folder / f"{name}.npy", np.stack(made))
    print(f"{len(made)} samples of {len(chosen)} photos")


if __name__ == "__main__":
    cv2.setNumThreads(1)
    main()
