"""What must stay as it was: everything outside the edited region, the face, the hands."""

from __future__ import annotations

import numpy as np

from deployments.jury.evidence import ARMS, Bools, Evidence, eroded
from deployments.types import Joint, Label

HAND_REACH = 0.35
"""Radius of a hand about its middle, in lengths of the forearm."""
HAND_MIDDLE = 0.3
"""How far the middle of the hand lies past the wrist, in lengths of the forearm."""


def same(evidence: Evidence) -> Bools:
    """Where all three bytes of a pixel are the photo's."""
    return np.asarray((evidence.photo == evidence.result).all(axis=2))


def outside_identical(evidence: Evidence) -> float | None:
    """The share of pixels outside the edited region that are byte-identical. It must be 1."""
    return None if evidence.region is None else _share(same(evidence), ~evidence.region)


def edited_share(evidence: Evidence) -> float:
    """The share of the picture that changed: an engine that calls everything its region is seen
    here."""
    return float(1 - same(evidence).mean())


def face_identical(evidence: Evidence) -> float | None:
    """The share of the face that is byte-identical; its outermost pixels, which a collar may
    touch, are left out."""
    face = np.isin(evidence.parse, (Label.FACE, Label.EYEWEAR))
    return _share(same(evidence), eroded(face, evidence.reach(0.006)))


def hands_identical(evidence: Evidence) -> float | None:
    """The share of the hands that is byte-identical, their outermost pixels left out."""
    return _share(same(evidence), eroded(hands(evidence), evidence.reach(0.004)))


def hands(evidence: Evidence) -> Bools:
    """Arm skin about the hands, which lie past the wrists in the direction of the forearms."""
    height, width = evidence.size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    near = np.zeros((height, width), bool)
    for elbow, wrist in (
        (Joint.LEFT_ELBOW, Joint.LEFT_WRIST),
        (Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST),
    ):
        start, end = evidence.joint(elbow), evidence.joint(wrist)
        if start is not None and end is not None:
            middle = end + HAND_MIDDLE * (end - start)
            reach = HAND_REACH * float(np.linalg.norm(end - start))
            near |= (x - middle[0]) ** 2 + (y - middle[1]) ** 2 < reach**2
    return np.asarray(near & np.isin(evidence.parse, ARMS))


def _share(values: Bools, mask: Bools) -> float | None:
    return float(values[mask].mean()) if mask.any() else None
