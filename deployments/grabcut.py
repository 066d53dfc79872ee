"""What is meant told from what is not, by colours and edges."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.types import Image

ROUNDS = 3


def grabcut(image: Image, seeds: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 where a picture (H×W×3) shows what is meant, 0 elsewhere; the same input gives the same
    answer. `seeds` (H×W) are cv2's GC_BGD, GC_FGD, GC_PR_BGD and GC_PR_FGD; where they name one
    side only, they are the answer.

    Rother, Kolmogorov, Blake, GrabCut, SIGGRAPH 2004.
    """
    labels = np.array(seeds, np.uint8)
    if (labels & 1).any() and not (labels & 1).all():
        cv2.setRNGSeed(1)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        picture = np.ascontiguousarray(image)
        cv2.grabCut(picture, labels, (0, 0, 1, 1), *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.asarray(labels & 1, np.uint8)
