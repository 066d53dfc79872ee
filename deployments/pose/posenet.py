"""A second engine: PoseNet, from BodyPix's network.

Method: Papandreou et al., "PersonLab", ECCV 2018: heat maps with short offsets, and displacements
from a joint to its neighbours in the body's tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.pose.body25 import COCO, to_body25
from deployments.pose.landmarks import sigmoid
from deployments.pose.people import Person, largest_first, the_person
from deployments.runtime import session
from deployments.types import Image, Points, Pose
from weights.store import Store

MODEL, FILE = "bodypix", "bodypix_mnv1_x050_s16.onnx"
STRIDE = 16
LONGER_SIDE = 513
SHOULDERS = (5, 6)
MINIMUM_SHOULDER = 0.4
MINIMUM_SCORE = 0.35
TREE = (
    (0, 1), (1, 3), (0, 2), (2, 4), (0, 5), (5, 7), (7, 9), (5, 11),
    (11, 13), (13, 15), (0, 6), (6, 8), (8, 10), (6, 12), (12, 14), (14, 16),
)  # fmt: skip
"""Parent and child of each displacement, in COCO's numbers."""


class PoseNet:
    """Key points of the largest person in a picture, by PoseNet (Apache-2.0): quicker than
    `PoseEstimator`, less exact, and without feet."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self.device = device
        self._session = session(store.path(MODEL, FILE), device)

    def __call__(self, image: Image) -> Pose:
        """25×3. Raises PersonNotFound, PoseUncertain."""
        return the_person(self.detect(image))

    def detect(self, image: Image) -> list[Person]:
        """Everyone who could be made out, the largest first."""
        values, scale = self.preprocess(image)
        return self.postprocess(self.infer(values), scale)

    def preprocess(self, image: Image) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """1×H×W×3 with sides of 16k+1, and what its px measure in the picture's (x, y)."""
        height, width = image.shape[:2]
        longer = max(height, width)
        high, wide = (_fitting(side * LONGER_SIDE / longer) for side in (height, width))
        small = cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA)
        values = (small[None] / 127.5 - 1).astype(np.float32)
        return values, np.array([width / wide, height / high], np.float32)

    def infer(self, values: NDArray[np.float32]) -> Mapping[str, NDArray[np.float32]]:
        names = ["heatmaps", "short_offsets", "displacement_fwd", "displacement_bwd"]
        found: list[Any] = self._session.run(names, {"input": values})
        return {name: output[0] for name, output in zip(names, found, strict=True)}

    def postprocess(
        self, maps: Mapping[str, NDArray[np.float32]], scale: NDArray[np.float32]
    ) -> list[Person]:
        """One person for every shoulder that stands out in the heat maps, each person once."""
        heat = sigmoid(maps["heatmaps"])
        people = []
        for joint in SHOULDERS:
            for cell in _peaks(heat[..., joint], MINIMUM_SHOULDER):
                points, scores = walk(maps, heat, joint, cell)
                if scores.mean() >= MINIMUM_SCORE:
                    size = float(np.ptp(points[scores > 0.2], axis=0).max()) * float(scale.mean())
                    pose = to_body25(points * scale, scores, COCO)
                    people.append(Person(pose, float(scores.mean()), size))
        return largest_first(people)


def _fitting(side: float) -> int:
    return max(1, int(side / STRIDE)) * STRIDE + 1


def _peaks(heat: NDArray[np.float32], least: float) -> list[tuple[int, int]]:
    """Rows and columns of cells that no neighbour exceeds."""
    highest = cv2.dilate(heat, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero((heat >= highest) & (heat >= least))
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def walk(
    maps: Mapping[str, NDArray[np.float32]],
    heat: NDArray[np.float32],
    root: int,
    cell: tuple[int, int],
) -> tuple[Points, NDArray[np.float32]]:
    """17×2 px of the input (x, y) and 17 scores, found from one joint through the body's tree."""
    places: dict[int, NDArray[np.float32]] = {root: _placed(maps, root, cell)}
    while len(places) < heat.shape[-1]:
        for edge, (parent, child) in enumerate(TREE):
            if parent in places and child not in places:
                at = _step(maps["displacement_fwd"], edge, places[parent])
                places[child] = _settled(maps, child, at)
            elif child in places and parent not in places:
                at = _step(maps["displacement_bwd"], edge, places[child])
                places[parent] = _settled(maps, parent, at)
    rows_columns = [_cell(places[joint], heat) for joint in range(heat.shape[-1])]
    scores = [heat[row, column, joint] for joint, (row, column) in enumerate(rows_columns)]
    points = np.array([places[joint][::-1] for joint in range(heat.shape[-1])], np.float32)
    return points, np.array(scores, np.float32)


def _step(
    displacement: NDArray[np.float32], edge: int, at: NDArray[np.float32]
) -> NDArray[np.float32]:
    row, column = _cell(at, displacement)
    pair = displacement[row, column, [edge, edge + len(TREE)]]
    return np.asarray(at + pair, np.float32)


def _settled(
    maps: Mapping[str, NDArray[np.float32]], joint: int, at: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Twice moved to where the short offsets of the nearest cell point."""
    for _ in range(2):
        at = _placed(maps, joint, _cell(at, maps["short_offsets"]))
    return at


def _placed(
    maps: Mapping[str, NDArray[np.float32]], joint: int, cell: tuple[int, int]
) -> NDArray[np.float32]:
    """Row and column in px of the input."""
    offsets = maps["short_offsets"]
    joints = offsets.shape[-1] // 2
    pair = offsets[cell[0], cell[1], [joint, joint + joints]]
    return np.asarray(np.array(cell, np.float32) * STRIDE + pair, np.float32)


def _cell(at: NDArray[np.float32], values: NDArray[np.float32]) -> tuple[int, int]:
    """The cell nearest to a place in px, within the map."""
    row, column = np.clip((at / STRIDE).round(), 0, np.array(values.shape[:2]) - 1).astype(int)
    return int(row), int(column)
