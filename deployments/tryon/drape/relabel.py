"""A parse map put right where its labels contradict the picture or the task."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import Frame
from deployments.tryon.drape.scene import ARMS, Scene
from deployments.types import Category, Label

LONG_TOP = 1.4
"""A dress that ends above this share of the hips' depth is a top."""


def corrected(scene: Scene, frame: Frame, category: Category) -> Scene:
    """The scene with sleeves that were taken for skin called clothes, and a dress split into a top
    and a skirt where the new garment replaces only one of them."""
    labels = scene.labels.copy()
    labels[_sleeves_called_skin(scene)] = Label.UPPER_CLOTHES
    if category != "dress":
        _split_dress(labels, frame, 0.98 if category == "upper" else 0.72)
    return replace(scene, labels=labels)


def _split_dress(labels: np.ndarray, frame: Frame, share: float) -> None:
    dress = labels == Label.DRESS
    if not dress.any():
        return
    height, width = labels.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    _, below = frame.coordinates(np.stack([x, y], axis=-1))
    ends = float(np.percentile(below[dress], 98))
    labels[dress] = Label.UPPER_CLOTHES
    if ends > LONG_TOP * frame.hips:
        labels[dress & (below > share * frame.hips)] = Label.SKIRT


def _sleeves_called_skin(scene: Scene) -> Bools:
    """Pixels labelled as an arm that have the old top's colour and not the face's."""
    arms = scene.marked(*ARMS)
    lab = cv2.cvtColor(scene.small / 255, cv2.COLOR_RGB2LAB).astype(np.float32)
    top = scene.marked(Label.UPPER_CLOTHES, Label.COAT, Label.DRESS)
    face = scene.marked(Label.FACE)
    nothing = np.zeros_like(arms)
    if min(arms.sum(), top.sum(), face.sum()) < 60:
        return nothing
    to_top, to_skin = _distance(lab, top), _distance(lab, face)
    cloth = arms & (to_top < 0.55 * to_skin) & (to_skin > 18)
    smooth = cv2.medianBlur(cloth.astype(np.uint8), 5) > 0
    return np.asarray(smooth & arms) if smooth.sum() > 0.08 * arms.sum() else nothing


def _distance(lab: Floats, region: Bools) -> Floats:
    """Colour distance to the median of a region, lightness counting half."""
    usual = np.median(lab[region], axis=0)
    return np.asarray(np.linalg.norm((lab - usual) * (0.5, 1, 1), axis=-1), np.float32)
