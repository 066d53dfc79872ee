"""A top laid flat: its picture and the lines along which its two layers are sewn or left open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.types import GarmentShape
from training.figures.body import Points

Pixels = NDArray[np.uint8]
SIDES = (-1, 1)
"""-1: the wearer's right, which is at the left of the picture."""
NAMES = {-1: "right", 1: "left"}


class BadFlat(Exception):
    """The outline cannot be a top: its corners do not follow each other as they must."""


@dataclass(frozen=True)
class Flat:
    """All in px of the picture (continuous: a pixel's centre is at .5).

    `neckline` runs along the front edge of the neck opening from the picture's left to its right;
    its ends are where collar and shoulder meet. `marks`: tip, armpit and hem of each side, named
    as in GarmentShape. `sleeves`: by side the middle line from the armhole to the cuff, and
    `cuffs` the cuff's outer and inner end; both empty for a sleeveless top.
    """

    picture: Pixels
    texture: Pixels
    """What the cloth looks like when it is worn: the picture, or the same without its creases."""
    mask: Pixels
    neckline: Points
    marks: Mapping[str, Points]
    sleeves: Mapping[int, Points]
    cuffs: Mapping[int, tuple[Points, Points]]

    @property
    def chest(self) -> float:
        return float(np.linalg.norm(self.marks["armpit_left"] - self.marks["armpit_right"]))

    @property
    def hem(self) -> float:
        return float(np.linalg.norm(self.marks["hem_left"] - self.marks["hem_right"]))

    @property
    def slant(self) -> float:
        """Radians by which the garment lies turned in its picture (clockwise)."""
        right, down = np.sum(
            [
                self.marks[f"{name}_left"] - self.marks[f"{name}_right"]
                for name in ("shoulder", "armpit", "hem")
            ],
            axis=0,
        )
        return float(np.arctan2(down, right))


def from_shape(picture: Pixels, mask: Pixels, shape: GarmentShape) -> Flat:
    """Raises BadFlat where the shape lacks what a top needs."""
    if shape.neckline is None or shape.is_open:
        raise BadFlat("no neckline")
    marks = {
        f"{name}_{side}": np.array(shape.landmarks[f"{name}_{side}"], np.float64)
        for name in ("shoulder", "armpit", "hem")
        for side in ("left", "right")
    }
    tubes = {-1: shape.right_tube, 1: shape.left_tube}
    sleeves: dict[int, Points] = {}
    cuffs: dict[int, tuple[Points, Points]] = {}
    for side, tube in tubes.items():
        if tube is not None and tube.cuff is not None:
            sleeves[side] = np.asarray(tube.centre, np.float64)
            outer, inner = tube.cuff.astype(np.float64)
            cuffs[side] = (outer, inner)
    if len(sleeves) == 1:
        raise BadFlat("one sleeve")
    line = np.asarray(shape.neckline, np.float64)
    return Flat(picture, picture, mask, line, marks, sleeves, cuffs)


def save(flat: Flat, path: Path) -> None:
    arrays: dict[str, Any] = {f"mark_{name}": place for name, place in flat.marks.items()}
    for side, line in flat.sleeves.items():
        arrays[f"sleeve_{NAMES[side]}"] = line
        arrays[f"cuff_{NAMES[side]}"] = np.stack(flat.cuffs[side])
    np.savez_compressed(
        path,
        picture=flat.picture,
        texture=flat.texture,
        mask=flat.mask,
        neckline=flat.neckline,
        **arrays,
    )


def load(path: Path) -> Flat:
    with np.load(path) as kept:
        marks = {n.removeprefix("mark_"): kept[n] for n in kept.files if n.startswith("mark_")}
        sided = [side for side in SIDES if f"sleeve_{NAMES[side]}" in kept.files]
        cuffs = {side: kept[f"cuff_{NAMES[side]}"] for side in sided}
        return Flat(
            kept["picture"],
            kept["texture"],
            kept["mask"],
            kept["neckline"],
            marks,
            {side: kept[f"sleeve_{NAMES[side]}"] for side in sided},
            {side: (ends[0], ends[1]) for side, ends in cuffs.items()},
        )


def resized(flat: Flat, wider: float, longer: float, way: int) -> Flat:
    """The same flat in a picture wider and longer by these factors, rounded to whole px; `way`: of
    cv2's ways to interpolate."""
    size = round(flat.mask.shape[1] * wider), round(flat.mask.shape[0] * longer)
    by = np.array([size[0] / flat.mask.shape[1], size[1] / flat.mask.shape[0]])
    return replace(
        flat,
        picture=np.asarray(cv2.resize(flat.picture, size, interpolation=way), np.uint8),
        texture=np.asarray(cv2.resize(flat.texture, size, interpolation=way), np.uint8),
        mask=np.asarray(cv2.resize(flat.mask, size, interpolation=way), np.uint8),
        neckline=flat.neckline * by,
        marks={name: place * by for name, place in flat.marks.items()},
        sleeves={side: line * by for side, line in flat.sleeves.items()},
        cuffs={side: (a * by, b * by) for side, (a, b) in flat.cuffs.items()},
    )


def enlarged(flat: Flat, width: float) -> Flat:
    """The same flat with a chest at least `width` px wide."""
    times = width / flat.chest
    return resized(flat, times, times, cv2.INTER_CUBIC) if times > 1 else flat
