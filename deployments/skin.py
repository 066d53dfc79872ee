"""Whose skin is it: face, neck and chest, left or right arm, left or right leg.

The parser sees skin as one class; the pose tells its parts. Limbs are capsules round the bones,
with half widths relative to the distance of the shoulders; the face ends at a curve through the
chin that is estimated from eyes, nose and neck.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.pieces import Pieces
from deployments.types import Joint, Label, Mask, ParseMap, Pose

Vector = NDArray[np.float64]

SEEN = 0.1
"""Score from which a key point counts as seen."""

FINEST = 512
"""Longest side in pixels of the grid on which skin is divided: no edge that is seen runs there."""

# Anthropometric means, in distances between the pupils (63 mm; chin 117 mm below the eyes).
CHIN_BELOW_EYES = 1.85
FACE_HALF_WIDTH = 1.15
# The tip of the nose lies at about 0.4 of the way from the eyes to the chin, the chin at about
# 0.55 of the way from the eyes to the hollow between the collar bones.
CHIN_PER_NOSE = 2.6
CHIN_PER_NECK = 0.55


@dataclass(frozen=True)
class Capsule:
    """A bone with flesh on it: points nearer to the segment than `radius` are inside."""

    label: Label
    start: Vector
    end: Vector
    radius: float
    fading: float = 0.0
    """Added to the distance towards the end: how unlikely bare skin becomes there."""

    def distance(self, points: Vector) -> Vector:
        """Distance of N×2 points to the segment, in radii."""
        axis = self.end - self.start
        length = float(axis @ axis)
        along = np.clip((points - self.start) @ axis / max(length, 1e-6), 0, 1)
        nearest = self.start + along[:, None] * axis
        gap: Vector = np.linalg.norm(points - nearest, axis=1) / self.radius
        return gap + self.fading * np.clip(2 * along - 0.4, 0, 1)


def joint(pose: Pose, name: Joint) -> Vector | None:
    """Position in pixels, or None where it was not seen."""
    x, y, score = pose[name]
    return np.array([x, y], np.float64) if score > SEEN else None


def shoulder_distance(pose: Pose) -> float:
    """Breadth of the body in pixels, guessed from longer bones where it is seen from the side."""
    pairs = (
        (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER, 1.0),
        (Joint.NECK, Joint.MID_HIP, 0.65),
        (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, 1.1),
        (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW, 1.1),
        (Joint.LEFT_EYE, Joint.RIGHT_EYE, 5.0),
    )
    spans: list[float] = []
    for first, second, share in pairs:
        a, b = joint(pose, first), joint(pose, second)
        if a is not None and b is not None:
            spans.append(share * float(np.linalg.norm(a - b)))
    return max([*spans, 1.0])


@dataclass(frozen=True)
class Face:
    """Where the face is: origin between the eyes, `down` towards the chin, lengths in pixels."""

    origin: Vector
    down: Vector
    pupils: float
    chin: float

    def contains(self, points: Vector) -> NDArray[np.bool_]:
        """Which of N×2 points lie above the jaw, not further off than a head is big."""
        offset = points - self.origin
        depth = offset @ self.down
        aside = np.abs(offset @ np.array([-self.down[1], self.down[0]])) / self.pupils
        # The jaw climbs from the chin to the ears.
        rise = 0.66 * np.minimum(aside, 1.25) ** 2 * self.pupils
        near = (aside < 2.6) & (depth > -3.0 * self.chin)
        return np.asarray(near & (depth < self.chin - rise))


def face_of(pose: Pose) -> Face | None:
    """The face's frame, or None where neither eyes nor ears and nose were seen."""
    centre, span = _eyes(pose)
    nose, neck = joint(pose, Joint.NOSE), joint(pose, Joint.NECK)
    if centre is None:
        return None
    below = neck if neck is not None else nose
    if below is None:
        below = centre + np.array([0.0, 1.0])
    down = below - centre
    if nose is not None and neck is not None:
        # A nose that points aside turns the face's axis only a little.
        down = down / max(float(np.linalg.norm(down)), 1e-6)
        tilt = nose - centre
        down = down + 0.5 * tilt / max(float(np.linalg.norm(neck - centre)), 1e-6)
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    guesses = [CHIN_BELOW_EYES * span] if span > 0 else []
    if nose is not None:
        guesses.append(CHIN_PER_NOSE * float(np.linalg.norm(nose - centre)))
    if neck is not None:
        guesses.append(CHIN_PER_NECK * float(np.linalg.norm(neck - centre)))
    chin = float(np.median(guesses)) if guesses else 0.0
    if chin <= 0:
        return None
    return Face(centre, down, max(span, chin / CHIN_BELOW_EYES), chin)


def _eyes(pose: Pose) -> tuple[Vector | None, float]:
    """Point between the eyes and their distance; ears stand in for eyes that are not seen."""
    left, right = joint(pose, Joint.LEFT_EYE), joint(pose, Joint.RIGHT_EYE)
    if left is not None and right is not None:
        return (left + right) / 2, float(np.linalg.norm(left - right))
    one = left if left is not None else right
    if one is not None:
        return one, 0.0
    left, right = joint(pose, Joint.LEFT_EAR), joint(pose, Joint.RIGHT_EAR)
    if left is not None and right is not None:
        return (left + right) / 2, 0.42 * float(np.linalg.norm(left - right))
    one = left if left is not None else right
    return (one, 0.0) if one is not None else (joint(pose, Joint.NOSE), 0.0)


def _chain(
    pose: Pose, label: Label, names: tuple[Joint, ...], radii: tuple[float, ...], tip: float
) -> Iterator[Capsule]:
    """Capsules along a limb; the last bone is lengthened by `tip` of itself (hand, foot)."""
    points = [joint(pose, name) for name in names]
    for start, end, radius in zip(points, points[1:], radii, strict=False):
        if start is not None and end is not None:
            yield Capsule(label, start, end, radius)
    if len(points) > 1 and points[-2] is not None and points[-1] is not None:
        reach = points[-1] + tip * (points[-1] - points[-2])
        yield Capsule(label, points[-1], reach, radii[-1])


def limbs(pose: Pose) -> list[Capsule]:
    """Arms with hands, legs with feet."""
    broad = shoulder_distance(pose)
    arm, leg = (0.17 * broad, 0.14 * broad, 0.17 * broad), (0.28 * broad, 0.2 * broad, 0.16 * broad)
    left_arm = (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_WRIST)
    right_arm = (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST)
    left_leg = (Joint.LEFT_HIP, Joint.LEFT_KNEE, Joint.LEFT_ANKLE)
    right_leg = (Joint.RIGHT_HIP, Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE)
    return [
        *_chain(pose, Label.LEFT_ARM, left_arm, arm, 0.65),
        *_chain(pose, Label.RIGHT_ARM, right_arm, arm, 0.65),
        *_chain(pose, Label.LEFT_LEG, left_leg, leg, 0.2),
        *_chain(pose, Label.RIGHT_LEG, right_leg, leg, 0.2),
        *_feet(pose, 0.16 * broad),
    ]


def _feet(pose: Pose, radius: float) -> Iterator[Capsule]:
    for label, names in (
        (Label.LEFT_LEG, (Joint.LEFT_HEEL, Joint.LEFT_BIG_TOE)),
        (Label.RIGHT_LEG, (Joint.RIGHT_HEEL, Joint.RIGHT_BIG_TOE)),
    ):
        heel, toe = joint(pose, names[0]), joint(pose, names[1])
        if heel is not None and toe is not None:
            yield Capsule(label, heel, toe, radius)


def torso(pose: Pose, face: Face | None) -> list[Capsule]:
    """Neck, collar bones and chest; bare skin grows unlikely towards the hips."""
    broad = shoulder_distance(pose)
    left, right = joint(pose, Joint.LEFT_SHOULDER), joint(pose, Joint.RIGHT_SHOULDER)
    neck, hip = joint(pose, Joint.NECK), joint(pose, Joint.MID_HIP)
    parts = []
    if neck is not None:
        below = hip if hip is not None else neck + np.array([0.0, 1.5 * broad])
        parts.append(Capsule(Label.TORSO_SKIN, neck, below, 0.36 * broad, fading=0.8))
        if face is not None:
            chin = face.origin + face.chin * face.down
            parts.append(Capsule(Label.TORSO_SKIN, chin, neck, 0.24 * broad))
    if left is not None and right is not None:
        inset = 0.16 * (right - left)
        parts.append(Capsule(Label.TORSO_SKIN, left + inset, right - inset, 0.2 * broad))
    return parts


def split_skin(skin: Mask, pose: Pose) -> ParseMap:
    """Labels of the skin's pixels, 0 elsewhere.

    `skin`: uint8 H×W, not 0 where skin is. With no key point at all everything is FACE above the
    middle of the skin and TORSO_SKIN below: a parse map must not lose skin.
    """
    stride = max(1, round(max(skin.shape) / FINEST))
    labels = np.zeros((-(-skin.shape[0] // stride), -(-skin.shape[1] // stride)), np.uint8)
    coarse = cv2.dilate(skin, np.ones((2 * stride + 1,) * 2, np.uint8))[::stride, ::stride]
    rows, columns = np.nonzero(coarse)
    if not len(rows):
        return np.zeros_like(skin)
    points = np.column_stack([columns, rows]).astype(np.float64) * stride
    face = face_of(pose)
    parts = [*limbs(pose), *torso(pose, face)]
    if parts:
        scores = np.stack([part.distance(points) for part in parts])
        names = np.array([part.label for part in parts], np.uint8)
        chosen, best = names[scores.argmin(0)], scores.min(0)
    else:
        middle = (rows.min() + rows.max()) / 2
        chosen = np.where(rows < middle, Label.FACE, Label.TORSO_SKIN).astype(np.uint8)
        best = np.full(len(rows), np.inf)
    if face is not None:
        arms = (chosen == Label.LEFT_ARM) | (chosen == Label.RIGHT_ARM)
        # A hand at the cheek stays a hand where the bones run right through it.
        chosen[face.contains(points) & ~(arms & (best < 0.8))] = Label.FACE
    labels[rows, columns] = chosen
    _keep_hands(labels)
    fine = np.repeat(np.repeat(labels, stride, 0), stride, 1)[: skin.shape[0], : skin.shape[1]]
    return np.where(skin > 0, fine, 0).astype(np.uint8)


def _keep_hands(labels: ParseMap) -> None:
    """Fingers that lie on the thigh belong to the arm: a piece of skin that is mostly arm has no
    leg in it. Changes `labels`."""
    legs = np.isin(labels, (Label.LEFT_LEG, Label.RIGHT_LEG))
    pieces = Pieces.of(labels)
    for number in np.flatnonzero(pieces.counted(legs)) + 1:
        here = pieces.numbers == number
        sizes = {arm: int((labels[here] == arm).sum()) for arm in (Label.LEFT_ARM, Label.RIGHT_ARM)}
        larger = max(sizes, key=lambda arm: sizes[arm])
        if (legs & here).sum() < 0.5 * sizes[larger]:
            labels[legs & here] = larger


def split_sides(mask: Mask, pose: Pose, left: Label, right: Label) -> ParseMap:
    """Shoes (or whatever belongs to legs) by the nearer leg, 0 outside the mask.

    Where no leg was seen, the person is taken to face the camera: their left is at the right.
    """
    labels = np.zeros(mask.shape, np.uint8)
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return labels
    points = np.column_stack([columns, rows]).astype(np.float64)
    legs = [part for part in limbs(pose) if part.label in {Label.LEFT_LEG, Label.RIGHT_LEG}]
    gaps = {
        side: np.min([leg.distance(points) for leg in legs if leg.label == side], axis=0)
        for side in {leg.label for leg in legs}
    }
    if len(gaps) == 2:
        nearer_left = gaps[Label.LEFT_LEG] < gaps[Label.RIGHT_LEG]
    else:
        nearer_left = columns > columns.mean()
    labels[rows, columns] = np.where(nearer_left, left, right)
    return labels
