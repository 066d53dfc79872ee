"""Cuts the person out of a photo."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.guided_filter import follow_edges
from deployments.matting import VARIANTS, Matting
from deployments.pieces import Pieces
from deployments.runtime import interpreter
from deployments.types import CutOut, Image, Joint, Mask, PersonNotFound, Pose, frozen
from weights.store import Store

ISNET, SELFIE = "isnet", "selfie-segmentation"
SELFIE_SIZE = 256
SOLID = 96
"""Alpha from which a pixel counts when parts of a mask are told apart."""
SMALLEST = 0.004
"""Share of the picture; a mask below it is nobody."""
REACH = 0.75
"""What lies farther from the bones than this many times the torso's length is not this person's."""
BONES = (
    (Joint.NOSE, Joint.NECK),
    (Joint.NECK, Joint.RIGHT_SHOULDER),
    (Joint.NECK, Joint.LEFT_SHOULDER),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW),
    (Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST),
    (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW),
    (Joint.LEFT_ELBOW, Joint.LEFT_WRIST),
    (Joint.NECK, Joint.MID_HIP),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_HIP),
    (Joint.LEFT_SHOULDER, Joint.LEFT_HIP),
    (Joint.RIGHT_HIP, Joint.RIGHT_KNEE),
    (Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE),
    (Joint.LEFT_HIP, Joint.LEFT_KNEE),
    (Joint.LEFT_KNEE, Joint.LEFT_ANKLE),
)
LEGS = (
    (Joint.RIGHT_ANKLE, Joint.RIGHT_KNEE, Joint.RIGHT_HIP),
    (Joint.LEFT_ANKLE, Joint.LEFT_KNEE, Joint.LEFT_HIP),
)
HINT = "take a photo in which the person stands out from what is behind"


class PersonMask:
    """A person's alpha: by ISNet where its weights are here, else by MediaPipe's selfie
    segmentation with its outline moved onto the photo's edges. The answer names the method.
    """

    def __init__(self, store: Store, device: str = "cpu") -> None:
        fine = any(store.usable(variant.model) for variant in VARIANTS)
        self.method = ISNET if fine else SELFIE
        self._matte = Matting(store, device) if fine else SelfieSegmentation(store)

    def __call__(self, image: Image, pose: Pose | None = None) -> CutOut:
        """The person in `image` (H×W×3); with a pose, that person and nobody else whose outline is
        apart. Raises PersonNotFound where nothing stands out."""
        mask = self._matte(image)
        kept = near_the_bones(mask, pose) if pose is not None else main_parts(mask)
        if np.count_nonzero(kept >= SOLID) < SMALLEST * kept.size:
            raise PersonNotFound("nobody stands out in the picture", HINT)
        return CutOut(frozen(kept), self.method)


class SelfieSegmentation:
    """MediaPipe's general selfie segmentation (Apache-2.0): coarse, quick and small."""

    def __init__(self, store: Store) -> None:
        self._model = interpreter(store.path("selfie", "selfie_segmentation.tflite"))
        self._input = self._model.get_input_details()[0]["index"]
        self._output = self._model.get_output_details()[0]["index"]

    def __call__(self, image: Image) -> Mask:
        """Alpha (H×W) of people near the camera."""
        size = (SELFIE_SIZE, SELFIE_SIZE)
        square = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        self._model.set_tensor(self._input, (square[None] / 255).astype(np.float32))
        self._model.invoke()
        found = self._model.get_tensor(self._output)[0, :, :, 0]
        return frozen(self._refined(found, image))

    def _refined(self, found: NDArray[np.float32], image: Image) -> Mask:
        height, width = image.shape[:2]
        sharpened = np.clip((found - 0.25) / 0.5, 0, 1) * 255
        enlarged = cv2.resize(sharpened, (width, height), interpolation=cv2.INTER_CUBIC)
        alpha = np.asarray(np.clip(enlarged, 0, 255), np.uint8)
        return follow_edges(alpha, image, max(2, min(height, width) // 60), 0.02)


def main_parts(mask: Mask, least: float = 0.1) -> Mask:
    """The mask without parts that are much smaller than its largest one."""
    parts = _parts(mask)
    if not len(parts):
        return mask
    return _only(mask, parts, parts.areas >= least * parts.areas.max())


def near_the_bones(mask: Mask, pose: Pose) -> Mask:
    """The parts of the mask that this person's bones run through, as far as a body, its clothes and
    its bags reach. Legs are thought to go on straight down where they were not seen."""
    bones = _drawn_bones(mask, pose)
    if not bones.any():
        return main_parts(mask)
    parts = _parts(mask)
    kept = _only(mask, parts, parts.counted(bones > 0) > 0)
    away = cv2.distanceTransform(np.asarray(bones == 0, np.uint8), cv2.DIST_L2, 5)
    reach = REACH * _torso_length(pose)
    if not np.isfinite(reach):  # legs alone: nothing tells how large the person is
        return kept
    fade = np.clip((1.1 * reach - away) / (0.1 * reach + 1), 0, 1)
    return np.asarray(kept * fade, np.uint8)


def _drawn_bones(mask: Mask, pose: Pose) -> NDArray[np.uint8]:
    drawn = np.zeros(mask.shape, np.uint8)
    for start, end in BONES:
        if pose[start, 2] > 0 and pose[end, 2] > 0:
            ends = np.clip(pose[[start, end], :2].round(), -30000, 30000).astype(int)
            cv2.line(drawn, tuple(ends[0].tolist()), tuple(ends[1].tolist()), 1, 2)
    for leg in LEGS:
        last = next((joint for joint in leg if pose[joint, 2] > 0), None)
        if last is not None:
            x, y = np.clip(pose[last, :2].round(), -30000, 30000).astype(int).tolist()
            cv2.line(drawn, (x, y), (x, mask.shape[0]), 1, 2)
    return drawn


def _torso_length(pose: Pose) -> float:
    """Px from neck to hips, or what the shoulders' width tells of it."""
    if pose[Joint.NECK, 2] > 0 and pose[Joint.MID_HIP, 2] > 0:
        return float(np.linalg.norm(pose[Joint.NECK, :2] - pose[Joint.MID_HIP, :2]))
    shoulders = pose[Joint.LEFT_SHOULDER, :2] - pose[Joint.RIGHT_SHOULDER, :2]
    seen = pose[[Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER], 2].all()
    return 1.5 * float(np.linalg.norm(shoulders)) if seen else float("inf")


def _parts(mask: Mask) -> Pieces:
    """What hangs together."""
    return Pieces.of(np.asarray(mask >= SOLID), connectivity=4)


def _only(mask: Mask, parts: Pieces, which: NDArray[np.bool_]) -> Mask:
    """The mask at the chosen parts and in the soft rim round them."""
    solid = parts.chosen(which).astype(np.uint8)
    rim = 2 * max(3, min(mask.shape) // 60) + 1
    around = cv2.dilate(solid, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (rim, rim)))
    others = (parts.numbers > 0) & (solid == 0)
    return np.asarray(np.where((around > 0) & ~others, mask, 0), np.uint8)
