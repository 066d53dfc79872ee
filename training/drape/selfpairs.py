"""Self-pairs: what somebody wears, taken off, laid flat, and ready to be put on again.

    python -m training.parser.prepare --ccp=CCP --out=CACHE
    python -m training.drape.selfpairs --cache=CACHE --split=validation --count=40 --out=PAIRS

The engine's own flow, from the photo to a plain garment drawn flat, is followed forwards: each
pixel of the worn garment lands where the engine would fetch it. What was hidden is filled in from
what lies round it. The truth of such a pair is the photo itself.

PAIRS/pairs.csv has the columns person, garment, truth, category, group.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from deployments.garment_shape import GarmentShaper
from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import Body, find_frame, measure
from deployments.tryon.drape.dressing import Dressing, dress_lower, dress_upper
from deployments.tryon.drape.fill import push_pull
from deployments.tryon.drape.legs import measure_legs, require_legs
from deployments.tryon.drape.relabel import corrected
from deployments.tryon.drape.scene import Scene, make_scene
from deployments.tryon.drape.warp import Cloth
from deployments.types import Category, Image, Label, ModelError
from training.drape.people import Wearer, find_poses, wearers
from training.drape.template import Template, draw_lower, draw_upper, worn_labels
from training.parser.configuration import override
from weights.store import Store

cache = "cache"  # of training/parser/prepare.py
split = "validation"  # which of its files
count = 40  # pairs
out = "pairs"
override(globals())

LEAST_WORN = 0.012
"""Share of the photo that a garment must take."""
PHOTO_SIDE = 1024
"""Px of the longer side of a garment's picture, as it comes from a camera."""
GROUNDS = np.array([[245, 245, 245], [96, 98, 102], [196, 178, 150], [70, 110, 150]], np.float32)
CLEAR = 120.0
"""Sum of the differences in three channels from which a colour stands out from a ground."""
READINGS = 2
"""How often the flat garment is read as the engine will read it, and laid out anew by that."""
LEAST_SEEN = 0.6
"""Share of the laid-out garment that must have been seen on the wearer."""


@dataclass(frozen=True)
class SelfPair:
    """A worn garment laid flat."""

    wearer: Wearer
    category: Category
    garment: Image
    template: Template
    seen: float
    """Share of the garment that the photo shows."""
    unit: float
    """The body's unit, px of the garment's picture."""


def category_of(wearer: Wearer) -> Category:
    """What the upper body wears: a dress where most of it is one, else a top."""
    counts = np.bincount(wearer.parse.ravel(), minlength=20)
    tops = counts[Label.UPPER_CLOTHES] + counts[Label.COAT]
    return "dress" if counts[Label.DRESS] > 1.5 * tops else "upper"


def lay_flat(
    wearer: Wearer,
    category: Category,
    least: float = LEAST_SEEN,
    reader: GarmentShaper | None = None,
) -> SelfPair | None:
    """What is worn, laid flat; None where too little of it shows or the engine refuses.

    With a `reader` it is laid out by the landmarks that the engine will read off the picture, in
    a picture as large as photos of garments are; else by those that it was drawn with.
    """
    try:
        scene = make_scene(wearer.photo, wearer.pose, wearer.parse)
        if category != "upper":
            require_legs(scene)
    except ModelError:
        return None
    scene = corrected(scene, find_frame(scene), category)
    worn = np.isin(scene.parse, worn_labels(category))
    if worn.mean() < LEAST_WORN:
        return None
    body = measure(scene)
    side = PHOTO_SIDE if reader is not None else 0
    template = (
        draw_lower(scene, body, side)
        if category == "lower"
        else draw_upper(scene, body, category, side)
    )
    picture, seen = unwarp(scene, dress(scene, body, template), template, worn)
    if reader is not None:
        for _ in range(READINGS):
            template = replace(template, shape=reader(picture, template.mask, category))
            picture, seen = unwarp(scene, dress(scene, body, template), template, worn)
    if seen < least:
        return None
    unit = body.unit * scene.magnification * template.zoom
    return SelfPair(wearer, category, picture, template, seen, unit)


def dress(scene: Scene, body: Body, template: Template, picture: Image | None = None) -> Dressing:
    """The engine's dressing for a drawn garment."""
    shape, mask = template.shape, template.mask
    if picture is None:
        picture = np.repeat(mask[..., None], 3, axis=2)
    if shape.category == "lower":
        return dress_lower(scene, body, measure_legs(scene, body), shape, picture, mask)
    return dress_upper(scene, body, shape, picture, mask)


def unwarp(
    scene: Scene, dressing: Dressing, template: Template, worn: Bools
) -> tuple[Image, float]:
    """The worn garment's colours in the picture of the flat one, and the share that was seen."""
    height, width = template.mask.shape
    total, mass = np.zeros((height * width, 3)), np.zeros(height * width)
    clean = cv2.erode(worn.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=2) > 0
    over = [part.cloth for part in (*dressing.legs, *dressing.sleeves)]
    hidden = (
        np.maximum.reduce([np.zeros_like(over[0].alpha), *(c.alpha for c in over)]) if over else 0.0
    )
    layers = [(cloth, cloth.alpha > 0.5) for cloth in over]
    if dressing.torso is not None:
        layers.append((dressing.torso, (dressing.torso.alpha > 0.3) & (np.asarray(hidden) < 0.5)))
    size = tuple(math.ceil(template.zoom) * side for side in scene.full_size[::-1])
    photo = np.asarray(cv2.resize(scene.photo, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    for cloth, where in layers:
        near = cv2.resize((where & clean).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        _splat(photo, cloth, near > 0, width, total, mass)
    weights = np.clip(mass, 0, 1).astype(np.float32).reshape(height, width)
    mean = (total / np.maximum(mass, 1e-6)[:, None]).astype(np.float32)
    filled = push_pull(mean.reshape(height, width, 3), np.where(weights > 0.15, weights, 0))
    inside = template.mask > 127
    seen = float((cv2.dilate(weights, np.ones((3, 3)))[inside] > 0.3).mean())
    picture = np.where(inside[..., None], filled, ground_for(filled[inside]))
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8), seen


def _splat(
    photo: Image, cloth: Cloth, where: Bools, width: int, total: Floats, mass: Floats
) -> None:
    """Add the photo's pixels to the four px round the places that the flow gives them."""
    y, x = np.nonzero(where)
    flow = cv2.resize(cloth.flow, photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)[y, x]
    height = len(mass) // width
    low = np.floor(flow).astype(int)
    for dx in (0, 1):
        for dy in (0, 1):
            place = low + np.array([dx, dy])
            inside = ((place >= 0) & (place < (width, height))).all(axis=1)
            share = np.prod(1 - np.abs(flow - place), axis=1)[inside]
            index = place[inside, 1] * width + place[inside, 0]
            mass += np.bincount(index, share, len(mass))
            for k in range(3):
                total[:, k] += np.bincount(index, share * photo[y, x, k][inside], len(mass))


def ground_for(cloth: Floats) -> Floats:
    """A plain ground that the garment stands out from."""
    near = [float((np.abs(cloth - ground).sum(axis=1) < CLEAR).mean()) for ground in GROUNDS]
    return np.asarray(GROUNDS[int(np.argmin(near))])


def group_of(pair: SelfPair) -> str:
    """A name for the like of it in a report."""
    shape = pair.template.shape
    return f"{shape.kind}-{shape.sleeve}" if pair.category != "lower" else shape.kind


def write_pair(folder: Path, pair: SelfPair) -> dict[str, str]:
    """Write one pair's pictures; answer its line of the table."""
    name = f"{pair.wearer.name}_{pair.category}"
    person, garment = f"{name}_person.jpg", f"{name}_garment.png"
    bgr = cv2.cvtColor(pair.wearer.photo, cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(folder / person), bgr, [cv2.IMWRITE_JPEG_QUALITY, 97])
    cv2.imwrite(str(folder / garment), cv2.cvtColor(pair.garment, cv2.COLOR_RGB2BGR))
    return {
        "person": person,
        "garment": garment,
        "truth": person,
        "category": pair.category,
        "group": group_of(pair),
    }


def main() -> None:
    """Write the pairs; every third asks for the lower garment."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    file = Path(cache) / f"{split}.npz"
    rows: list[dict[str, str]] = []
    reader = GarmentShaper(Store.from_environment())
    for number, wearer in enumerate(wearers(file, find_poses(file, folder / "poses.npz"))):
        category: Category = "lower" if number % 3 == 2 else category_of(wearer)
        pair = lay_flat(wearer, category, reader=reader)
        if pair is not None:
            rows.append(write_pair(folder, pair))
        if len(rows) == count:
            break
    with (folder / "pairs.csv").open("w", newline="") as table:
        writer = csv.DictWriter(table, ["person", "garment", "truth", "category", "group"])
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
