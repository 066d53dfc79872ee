"""People with labels and poses, from the cache that `training/parser/prepare.py` writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from deployments.parsing import labels_of
from deployments.pose import PoseEstimator
from deployments.types import Image, ParseMap, Pose, frozen
from training.parser.labels import CLASSES, IGNORED
from weights.store import Store

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Wearer:
    """Somebody in the clothes that are taken off and put on again."""

    name: str
    photo: Image
    parse: ParseMap
    pose: Pose


def wearers(file: Path, poses: dict[str, Pose]) -> Iterator[Wearer]:
    """The people of one split whose pose is known, in the order of the file."""
    with np.load(file) as split:
        names = sorted(key.removesuffix("_photo") for key in split.files if key.endswith("_photo"))
        for name in names:
            if name in poses:
                photo, classes = split[f"{name}_photo"], split[f"{name}_classes"]
                yield Wearer(
                    name, frozen(photo), frozen(parse_of(classes, poses[name])), poses[name]
                )


def parse_of(classes: Pixels, pose: Pose) -> ParseMap:
    """The 20 labels of a class map.

    What is ignored (a suit is jacket and trousers in one) takes the nearest label that is known.
    """
    unknown = classes == IGNORED
    known = np.where(unknown, 255, 0).astype(np.uint8)
    if unknown.any() and not unknown.all():
        nearest = cv2.distanceTransformWithLabels(
            known, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
        )[1]
        table = np.zeros(int(nearest.max()) + 1, np.uint8)
        table[nearest[~unknown]] = classes[~unknown]
        classes = table[nearest]
    return labels_of(np.minimum(classes, len(CLASSES) - 1).astype(np.uint8), pose)


def find_poses(file: Path, kept: Path) -> dict[str, Pose]:
    """Poses of the photos in which one clear person was found, by name; kept in a file."""
    if not kept.exists():
        estimator, found = PoseEstimator(Store.from_environment()), {}
        with np.load(file) as split:
            for key in split.files:
                if key.endswith("_photo") and (people := estimator.detect(frozen(split[key]))):
                    found[key.removesuffix("_photo")] = people[0].pose
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, allow_pickle=False, **found)
    with np.load(kept) as stored:
        return {name: stored[name] for name in stored.files}
