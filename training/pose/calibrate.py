"""Fits the curve of `deployments/pose/confidence.py`, judges it, and draws it.

    python -m training.pose.calibrate --people photos ccp/photos --nobody clothing/train \\
        --plot docs/pictures/confidence.png

Two numbers stand for a picture: how certain BlazePose is that there is a person, and how well it
saw shoulders, elbows, wrists and hips. A logistic curve over both is fitted to half of the pictures
(Platt, "Probabilistic outputs for support vector machines", 1999, with his smoothed targets) and
judged on the other half. A photo of people counts four times: as it is and darkened, with people in
it; cut down to the head and to the legs, with nobody in it who could be dressed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from deployments.pose.confidence import features_of
from deployments.pose.detector import Detector
from deployments.pose.estimator import MODEL, PoseEstimator
from deployments.pose.people import Person
from deployments.types import Image, Joint, frozen
from training.pose.plot import draw
from weights.store import Store

Floats = NDArray[np.float64]

ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
LEAST_DETECTION = 0.1
"""Detections are looked at from here on, so that what is hardly a person is in the fit too."""
LONGEST = 1024
DARK = 0.3
STEPS, EASE = 100, 1e-4
CELLS = 10


@dataclass(frozen=True)
class Sample:
    """One picture: its three features, None where nothing at all was detected."""

    kind: str
    features: Floats | None
    dressable: bool


class Finder:
    """The surest person of a picture, however unsure."""

    def __init__(self, store: Store) -> None:
        self._detect = Detector(store.path(MODEL, "pose_detection.tflite"), LEAST_DETECTION)
        self._estimator = PoseEstimator(store)

    def __call__(self, image: Image) -> Person | None:
        found = sorted(self._detect(image), key=lambda one: -one.score)[:2]
        people = [self._estimator.person_at(image, one) for one in found]
        return max(people, key=lambda person: person.score, default=None)


def of_people(find: Finder, photo: Image) -> Iterator[Sample]:
    """The photo as it is, darkened, and the two cuts that nobody can be dressed in."""
    person = find(photo)
    yield _sample("people", person, True)
    yield _sample("people, dark", find(frozen((photo * DARK).astype(np.uint8))), True)
    if person is None:
        return
    pose, height = person.pose, photo.shape[0]
    chin = int(pose[Joint.NOSE, 1] + 0.5 * (pose[Joint.NECK, 1] - pose[Joint.NOSE, 1]))
    knees = int(max(pose[Joint.RIGHT_KNEE, 1], pose[Joint.LEFT_KNEE, 1]))
    if pose[Joint.NOSE, 2] > 0 and 40 < chin < height:
        yield _sample("heads", find(frozen(photo[:chin])), False)
    if 0 < knees < height - 40:
        yield _sample("legs", find(frozen(photo[knees:])), False)


def _sample(kind: str, person: Person | None, dressable: bool) -> Sample:
    return Sample(kind, None if person is None else features_of(person), dressable)


def pictures(folders: Iterable[Path], most: int) -> Iterator[Image]:
    """At most so many of each folder, evenly taken."""
    for folder in folders:
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
        for path in files[:: max(1, len(files) // most)]:
            image = np.asarray(PIL.Image.open(path).convert("RGB"))
            scale = min(1.0, LONGEST / max(image.shape[:2]))
            small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            yield frozen(small.astype(np.uint8))


def fitted(features: Floats, dressable: NDArray[np.bool_]) -> Floats:
    """Three weights of the logistic curve over features N×3, by Newton's method. Both classes
    count the same."""
    positive, negative = int(dressable.sum()), int((~dressable).sum())
    target = np.where(dressable, (positive + 1) / (positive + 2), 1 / (negative + 2))
    share = np.where(dressable, 0.5 / positive, 0.5 / negative)
    weights = np.zeros(features.shape[1])
    for _ in range(STEPS):
        chance = chances(features, weights)
        slope = features.T @ (share * (chance - target)) + EASE * weights
        bend = (features * (share * chance * (1 - chance))[:, None]).T @ features
        weights -= np.linalg.solve(bend + EASE * np.eye(len(weights)), slope)
    return weights


def chances(features: Floats, weights: Floats) -> Floats:
    """The curve, N of 0…1."""
    return np.asarray(1 / (1 + np.exp(-features @ weights)), np.float64)


def reliability(chance: Floats, dressable: NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """For each tenth of the confidence that occurs: what it says on average, what was true, and how
    many pictures."""
    cell = np.minimum((chance * CELLS).astype(int), CELLS - 1)
    return [
        (float(chance[cell == one].mean()), float(dressable[cell == one].mean()), int(count))
        for one, count in enumerate(np.bincount(cell, minlength=CELLS))
        if count
    ]


def main() -> None:
    """Measure, fit on every other picture, judge on the rest, print and draw."""
    parser = argparse.ArgumentParser(description="Fit the confidence of poses.")
    parser.add_argument("--people", type=Path, nargs="+", required=True)
    parser.add_argument("--nobody", type=Path, nargs="+", required=True)
    parser.add_argument("--most", type=int, default=150, help="pictures of each folder")
    parser.add_argument("--plot", type=Path, required=True)
    asked = parser.parse_args()
    find = Finder(Store.from_environment())
    samples = [
        one for photo in pictures(asked.people, asked.most) for one in of_people(find, photo)
    ]
    for photo in pictures(asked.nobody, asked.most):
        samples.append(_sample("garments", find(photo), False))
    report(samples, asked.plot)


def report(samples: list[Sample], plot: Path) -> None:
    """What is not detected has confidence 0 and is judged, and has no say in the fit."""
    seen = [one for one in samples if one.features is not None]
    features = np.array([one.features for one in seen])
    dressable = np.array([one.dressable for one in seen])
    weights = fitted(features[::2], dressable[::2])
    told = chances(features, weights)
    everyone: dict[str, list[float]] = {one.kind: [] for one in samples}
    found = iter(told)
    for one in samples:
        everyone[one.kind].append(0.0 if one.features is None else float(next(found)))
    print("CERTAINTY, SEEN, OFFSET =", ", ".join(f"{one:.3f}" for one in weights))
    for kind, values in everyone.items():
        low = np.percentile(values, [1, 5, 50, 95, 99])
        print(
            f"{kind:13} {len(values):4}  below 0.1: {np.mean(np.array(values) < 0.1):.3f}",
            low.round(3),
        )
    cells = reliability(told[1::2], dressable[1::2])
    for says, true, count in cells:
        print(f"says {says:.2f}  is {true:.2f}  of {count}")
    brier = float(np.mean((told[1::2] - dressable[1::2]) ** 2))
    print(f"Brier score {brier:.4f} on {len(told[1::2])} pictures that the fit has not seen")
    draw(plot, everyone, cells)


if __name__ == "__main__":
    main()
