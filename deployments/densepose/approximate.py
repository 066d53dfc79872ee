"""DensePose's parts without DensePose's network: from the labels and the pose.

The labels say which pixels are the body's and of what kind; the bones say which limb each belongs
to. Of wide clothes and long hair only what lies over the body is taken. What cannot be told from
these: how a limb is turned about its own bone, and what the body is like below a wide skirt.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.densepose.bones import Body, Bone, Limb, body_of, crotch_of
from deployments.densepose.parts import Part
from deployments.skeleton import Point
from deployments.types import BodyParts, Label, ParseMap, Pose, frozen

FINEST = 768
"""Longest side in px of the grid on which limbs are told apart."""
LOOSE_REACH = 1.15
"""How far, in half widths of a limb, wide clothes still count as the body."""
TORSO_RANK = 0.85
"""Pixels over the torso belong to an arm before it that is nearer than so many half widths."""
BARE_SHARE = 0.35
"""Share of a limb's pixels that are bare skin from which the cloth beside it is none of it."""

_Distance = NDArray[np.float32]

_RIGHT_ARM = (Limb.RIGHT_UPPER_ARM, Limb.RIGHT_FOREARM, Limb.RIGHT_HAND)
_LEFT_ARM = (Limb.LEFT_UPPER_ARM, Limb.LEFT_FOREARM, Limb.LEFT_HAND)
_RIGHT_LEG = (Limb.RIGHT_THIGH, Limb.RIGHT_SHIN, Limb.RIGHT_FOOT)
_LEFT_LEG = (Limb.LEFT_THIGH, Limb.LEFT_SHIN, Limb.LEFT_FOOT)
_SLEEVES = (*_RIGHT_ARM[:2], *_LEFT_ARM[:2])
_TROUSERS = (*_RIGHT_LEG[:2], *_LEFT_LEG[:2])

LIMBS: Mapping[Label, tuple[Limb, ...]] = {
    Label.HAT: (Limb.HEAD,),
    Label.HAIR: (Limb.HEAD, Limb.TORSO),
    Label.GLOVE: (Limb.RIGHT_HAND, Limb.LEFT_HAND),
    Label.EYEWEAR: (Limb.HEAD,),
    Label.UPPER_CLOTHES: (Limb.TORSO, *_SLEEVES, Limb.RIGHT_THIGH, Limb.LEFT_THIGH),
    Label.DRESS: (Limb.TORSO, *_SLEEVES, *_TROUSERS),
    Label.COAT: (Limb.TORSO, *_SLEEVES, *_TROUSERS),
    Label.SOCKS: (Limb.RIGHT_SHIN, Limb.LEFT_SHIN, Limb.RIGHT_FOOT, Limb.LEFT_FOOT),
    Label.PANTS: (Limb.TORSO, *_RIGHT_LEG, *_LEFT_LEG),
    Label.TORSO_SKIN: (Limb.TORSO, Limb.HEAD),
    Label.SCARF: (Limb.TORSO, *_SLEEVES, Limb.HEAD),
    Label.SKIRT: (Limb.TORSO, *_TROUSERS),
    Label.FACE: (Limb.HEAD,),
    Label.LEFT_ARM: _LEFT_ARM,
    Label.RIGHT_ARM: _RIGHT_ARM,
    Label.LEFT_LEG: _LEFT_LEG,
    Label.RIGHT_LEG: _RIGHT_LEG,
    Label.LEFT_SHOE: (Limb.LEFT_FOOT,),
    Label.RIGHT_SHOE: (Limb.RIGHT_FOOT,),
}
"""Which limbs the pixels of a label can show; the first stands where there is no bone to tell."""

LOOSE = (
    Label.HAIR, Label.HAT, Label.UPPER_CLOTHES, Label.DRESS, Label.COAT, Label.SCARF, Label.SKIRT,
)  # fmt: skip
_BARE = {Limb.RIGHT_UPPER_ARM: Label.RIGHT_ARM, Limb.RIGHT_FOREARM: Label.RIGHT_ARM,
         Limb.LEFT_UPPER_ARM: Label.LEFT_ARM, Limb.LEFT_FOREARM: Label.LEFT_ARM}  # fmt: skip
_ORDER = tuple(Limb)


def approximate(pose: Pose, parse: ParseMap) -> BodyParts:
    """The 24 parts, uint8 H×W, of the labels H×W and the pose 25×3; an empty pose gives the parts
    that the labels alone can tell."""
    scale = min(1.0, FINEST / max(parse.shape))
    size = (max(1, round(parse.shape[1] * scale)), max(1, round(parse.shape[0] * scale)))
    labels = cv2.resize(parse, size, interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    moved = pose * np.array([scale, scale, 1], np.float32)
    parts = _halves(_limbs(labels, body := body_of(moved, labels.shape)), body)
    if scale < 1:
        whole = cv2.resize(parts, parse.shape[::-1], interpolation=cv2.INTER_NEAREST)
        parts = np.where(parse > 0, whole, 0).astype(np.uint8)
    return frozen(parts)


def _limbs(labels: NDArray[np.uint8], body: Body) -> NDArray[np.uint8]:
    """For each pixel 1 + the limb's number in `_ORDER`, 0 where there is no body."""
    distances = _distances(labels.shape, body)
    found = np.zeros(labels.shape, np.uint8)
    for label, limbs in LIMBS.items():
        place = labels == label
        if place.any():
            found[place] = _nearest(place, labels, limbs, label, distances)
    return found


def _nearest(
    place: NDArray[np.bool_],
    labels: NDArray[np.uint8],
    limbs: tuple[Limb, ...],
    label: Label,
    distances: Mapping[Limb, _Distance],
) -> NDArray[np.uint8]:
    """The limb of each of the pixels of one label."""
    known = [limb for limb in limbs if limb in distances]
    if label in LOOSE:
        known = [limb for limb in known if not _is_bare(limb, labels, distances[limb])]
    numbers = np.array([1 + _ORDER.index(limb) for limb in (known or limbs[:1])], np.uint8)
    if not known:
        return np.broadcast_to(numbers, (int(place.sum()),))
    stack = np.stack([distances[limb][place] for limb in known])
    best: NDArray[np.uint8] = numbers[stack.argmin(0)]
    if label in LOOSE:
        # Where the body itself could not be placed, the label is all that there is to go by.
        rest = 0 if limbs[0] in distances else 1 + _ORDER.index(limbs[0])
        best[stack.min(0) > LOOSE_REACH] = rest
    return best


def _is_bare(limb: Limb, labels: NDArray[np.uint8], distance: _Distance) -> bool:
    """Whether the limb is seen without cloth over it."""
    if limb not in _BARE:
        return False
    inside = labels[(distance < TORSO_RANK) & (labels > 0)]
    return inside.size > 0 and float((inside == _BARE[limb]).mean()) > BARE_SHARE


def _distances(shape: tuple[int, ...], body: Body) -> dict[Limb, _Distance]:
    """Of every pixel to every limb, in half widths. Torso and thighs meet at the groins."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    found = {limb: bone.distance(x, y) for limb, bone in body.bones.items()}
    if body.trunk is not None:
        found[Limb.TORSO] = _to_torso(shape, body.trunk, body.breadth)
    if body.hips is not None:
        below = _below_groins(x, y, body.hips, body)
        for limb in (Limb.RIGHT_THIGH, Limb.LEFT_THIGH):
            found[limb] = np.where(below, found[limb], np.float32(1e3))
        if Limb.TORSO in found:
            found[Limb.TORSO] = np.where(below, np.float32(1e3), found[Limb.TORSO])
    return found


def _to_torso(shape: tuple[int, ...], trunk: Point, breadth: float) -> _Distance:
    outside = np.ones(shape, np.uint8)
    cv2.fillPoly(outside, [trunk.round().astype(np.int32)], 0)
    if outside.all():
        return np.full(shape, 1e3, np.float32)
    gap = cv2.distanceTransform(outside, cv2.DIST_L2, 3)
    return np.asarray(TORSO_RANK + gap / (0.25 * breadth), np.float32)


def _below_groins(x: _Distance, y: _Distance, hips: Point, body: Body) -> NDArray[np.bool_]:
    """Pixels below the two lines from the crotch to the outer ends of the hips."""
    crotch = crotch_of(hips, body.breadth, body.up)
    below = np.zeros(x.shape, bool)
    middle = (x - crotch[0]) * body.left[0] + (y - crotch[1]) * body.left[1]
    for hip, sign in zip(hips, (-1, 1), strict=True):
        outer = hip + sign * 0.22 * body.breadth * body.left
        line = outer - crotch
        normal = np.array([-line[1], line[0]])
        normal = normal if normal @ body.up < 0 else -normal
        side = (x - crotch[0]) * normal[0] + (y - crotch[1]) * normal[1] > 0
        below |= side & (sign * middle >= 0)
    return below


_WHOLE = {
    Limb.RIGHT_HAND: Part.RIGHT_HAND, Limb.LEFT_HAND: Part.LEFT_HAND,
    Limb.RIGHT_FOOT: Part.RIGHT_FOOT, Limb.LEFT_FOOT: Part.LEFT_FOOT,
}  # fmt: skip
_FACING = {
    Limb.TORSO: (Part.TORSO_FRONT, Part.TORSO_BACK),
    Limb.RIGHT_THIGH: (Part.RIGHT_THIGH_FRONT, Part.RIGHT_THIGH_BACK),
    Limb.LEFT_THIGH: (Part.LEFT_THIGH_FRONT, Part.LEFT_THIGH_BACK),
    Limb.RIGHT_SHIN: (Part.RIGHT_SHIN_FRONT, Part.RIGHT_SHIN_BACK),
    Limb.LEFT_SHIN: (Part.LEFT_SHIN_FRONT, Part.LEFT_SHIN_BACK),
}
_ALONG = {
    Limb.RIGHT_UPPER_ARM: (Part.RIGHT_UPPER_ARM_INNER, Part.RIGHT_UPPER_ARM_OUTER),
    Limb.LEFT_UPPER_ARM: (Part.LEFT_UPPER_ARM_INNER, Part.LEFT_UPPER_ARM_OUTER),
    Limb.RIGHT_FOREARM: (Part.RIGHT_FOREARM_INNER, Part.RIGHT_FOREARM_OUTER),
    Limb.LEFT_FOREARM: (Part.LEFT_FOREARM_INNER, Part.LEFT_FOREARM_OUTER),
}


def _halves(limbs: NDArray[np.uint8], body: Body) -> NDArray[np.uint8]:
    """DensePose's parts of a map of limbs."""
    parts = np.zeros(limbs.shape, np.uint8)
    for number, limb in enumerate(_ORDER, start=1):
        rows, columns = np.nonzero(limbs == number)
        if limb in _WHOLE:
            parts[rows, columns] = _WHOLE[limb]
        elif limb in _FACING:
            parts[rows, columns] = _FACING[limb][0 if body.front else 1]
        elif limb in _ALONG:
            inner = _is_inner(columns, rows, limb, body)
            parts[rows, columns] = np.where(inner, *_ALONG[limb])
        else:
            is_left = _is_left_of_face(columns, rows, body)
            parts[rows, columns] = np.where(is_left, Part.HEAD_LEFT, Part.HEAD_RIGHT)
    return parts


def _is_inner(
    x: NDArray[np.intp], y: NDArray[np.intp], limb: Limb, body: Body
) -> NDArray[np.bool_]:
    """Which pixels are at the body's side of an arm's bone. An arm that is laid across the body
    shows more of its outer half."""
    bone = body.bones.get(limb)
    inwards = -body.left if "left" in limb.value else body.left
    if bone is None:
        return np.ones(x.shape, bool)
    across = inwards - (inwards @ bone.direction) * bone.direction
    length = float(np.linalg.norm(across))
    if length < 0.3:
        return np.zeros(x.shape, bool)
    shift = max(0.0, float(inwards @ bone.direction)) * bone.start_radius
    aside = ((x - bone.start[0]) * across[0] + (y - bone.start[1]) * across[1]) / length
    return np.asarray(aside > shift)


def _is_left_of_face(x: NDArray[np.intp], y: NDArray[np.intp], body: Body) -> NDArray[np.bool_]:
    head: Bone | None = body.bones.get(Limb.HEAD)
    if body.face is None or head is None:
        return np.zeros(x.shape, bool)
    along = head.direction
    across = np.array([-along[1], along[0]])
    across = across if across @ body.left > 0 else -across
    return np.asarray((x - body.face[0]) * across[0] + (y - body.face[1]) * across[1] > 0)
