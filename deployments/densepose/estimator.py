"""The parts by DensePose's own network, of the person whom a pose names."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from deployments.densepose.checkpoint import load_strictly
from deployments.densepose.network import DensePoseNetwork, parts_of
from deployments.densepose.regions import overlaps
from deployments.types import BodyParts, Image, Pose, frozen
from weights.store import Store

MODEL, FILE = "densepose", "model_final_162be9.pkl"
MEAN = (103.53, 116.28, 123.675)
"""Of ImageNet's pictures, BGR; nothing is divided by."""
SHORTER, LONGEST = 800, 1333
"""The sides in px that the network was tested with."""
MULTIPLE = 32
LEAST_OVERLAP = 0.25
"""Of a found person with the pose's box; with less, the network has found somebody else."""
ROOM = 0.1
"""Of a box that is made of key points: heads, hands and feet reach beyond them."""


class Estimator:
    """DensePose R-CNN at work."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self._device = device
        self._network: Any = load_strictly(DensePoseNetwork(), store.path(MODEL, FILE), device)

    def __call__(self, person: Image, pose: Pose) -> BodyParts:
        """Parts, uint8 H×W, of a photo H×W×3 and its pose 25×3."""
        values, scale = self.preprocess(person)
        box = box_of(pose, person.shape)
        return self.postprocess(self.infer(values, scale, person.shape, box), person.shape)

    def preprocess(self, person: Image) -> tuple[NDArray[np.float32], float]:
        """The network's input 1×3×H×W, and how many of its px are one of the photo's."""
        height, width = person.shape[:2]
        scale = min(SHORTER / min(height, width), LONGEST / max(height, width))
        size = (int(width * scale + 0.5), int(height * scale + 0.5))
        small = cv2.resize(
            person, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        )
        padded = [(0, -side % MULTIPLE) for side in small.shape[:2]]
        values = np.pad(small[..., ::-1] - np.array(MEAN, np.float32), [*padded, (0, 0)])
        return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32), scale

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def infer(
        self,
        values: NDArray[np.float32],
        scale: float,
        shape: tuple[int, ...],
        box: NDArray[np.float32],
    ) -> tuple[tuple[int, int, int, int], NDArray[np.uint8]]:
        """The person's box in px of the photo (left, top, width, height), and the parts in it."""
        height, width = (int(side * scale + 0.5) for side in shape[:2])
        people, levels = self._network(torch.from_numpy(values).to(self._device), height, width)
        meant = torch.from_numpy(box * scale).to(self._device)
        common = overlaps(meant, people.boxes) if len(people.boxes) else people.scores
        if len(common) and float(common.max()) >= LEAST_OVERLAP:
            meant = people.boxes[common.argmax()]
        charts = self._network.parts(levels, meant[None])
        left, top, right, bottom = (float(value) / scale for value in meant)
        where = (int(left), int(top), int(right - left), int(bottom - top))
        return where, parts_of(charts, where[3], where[2]).cpu().numpy()

    def postprocess(
        self,
        found: tuple[tuple[int, int, int, int], NDArray[np.uint8]],
        shape: tuple[int, ...],
    ) -> BodyParts:
        """Of the whole photo."""
        (left, top, *_), inside = found
        parts = np.zeros(shape[:2], np.uint8)
        place = parts[top : top + inside.shape[0], left : left + inside.shape[1]]
        place[:] = inside[: place.shape[0], : place.shape[1]]
        return frozen(parts)


def box_of(pose: Pose, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Left, top, right, bottom of the key points with room, inside a picture of `shape`; of an
    empty pose the whole picture."""
    seen = pose[(pose[:, 2] > 0) & np.isfinite(pose).all(1), :2]
    limit = np.array([shape[1], shape[0]], np.float32)
    if len(seen) < 2:
        return np.array([0, 0, *limit], np.float32)
    room = ROOM * np.ptp(seen, axis=0).max()
    corners = np.clip([seen.min(0) - room, seen.max(0) + room], 0, limit)
    if (corners[1] - corners[0] < 2).any():
        return np.array([0, 0, *limit], np.float32)
    return np.asarray(corners.reshape(4), np.float32)
