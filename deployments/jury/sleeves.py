"""Are both sleeves equally long?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deployments.jury.evidence import Bools, Evidence
from deployments.types import Joint

STATIONS = 40
"""Places along an arm at which cloth is looked for."""

_ARMS = (
    (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_WRIST),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST),
)


def sleeve_asymmetry(evidence: Evidence) -> float | None:
    """The difference of the two sleeves' lengths, each as a share of its arm, 0 to 1.

    None for lower garments, and where an arm is not seen or lies before the chest, as the cloth
    that is then under it is no sleeve.
    """
    cloth = evidence.cloth
    if cloth is None or evidence.category == "lower":
        return None
    lengths = [sleeve_length(evidence, cloth, joints) for joints in _ARMS]
    if lengths[0] is None or lengths[1] is None:
        return None
    return abs(lengths[0] - lengths[1])


def sleeve_length(
    evidence: Evidence, cloth: Bools, joints: tuple[Joint, Joint, Joint]
) -> float | None:
    """How far along the arm cloth is seen, as a share of the arm."""
    points = [evidence.joint(joint) for joint in joints]
    if any(point is None for point in points):
        return None
    path = np.array(points)
    if _before_chest(evidence, path):
        return None
    stations = along(path)
    height, width = evidence.size
    columns = np.clip(np.round(stations[:, 0]), 0, width - 1).astype(np.int64)
    rows = np.clip(np.round(stations[:, 1]), 0, height - 1).astype(np.int64)
    covered = np.flatnonzero(cloth[rows, columns])
    return 0.0 if not len(covered) else float((covered[-1] + 1) / STATIONS)


def along(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """`STATIONS` points at equal distances along a path of points, N×2."""
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    lengths = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0, lengths[-1], STATIONS)
    return np.stack([np.interp(at, lengths, path[:, k]) for k in (0, 1)], axis=1)


def _before_chest(evidence: Evidence, path: NDArray[np.float64]) -> bool:
    """Whether the elbow or the wrist lies between the lines of the shoulders."""
    left, right = evidence.joint(Joint.LEFT_SHOULDER), evidence.joint(Joint.RIGHT_SHOULDER)
    if left is None or right is None:
        return True
    low, high = sorted((float(left[0]), float(right[0])))
    slack = 0.05 * (high - low)
    return bool(((path[1:, 0] > low + slack) & (path[1:, 0] < high - slack)).any())
