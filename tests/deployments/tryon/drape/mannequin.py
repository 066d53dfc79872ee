"""A drawn person and drawn garments, with the labels, joints and landmarks that belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.types import (
    GarmentShape,
    Image,
    Joint,
    Label,
    Mask,
    ParseMap,
    Pose,
    Sleeve,
    Tube,
    frozen,
)

SKIN = (214, 170, 140)
RED = (200, 30, 40)
BLUE = (30, 60, 200)
NAVY = (40, 42, 60)
GROUND = (226, 228, 230)

JOINTS: dict[int, tuple[float, float]] = {
    Joint.NOSE: (96, 34),
    Joint.NECK: (96, 72),
    Joint.RIGHT_SHOULDER: (66, 74),
    Joint.LEFT_SHOULDER: (126, 74),
    Joint.RIGHT_ELBOW: (56, 122),
    Joint.LEFT_ELBOW: (136, 122),
    Joint.RIGHT_WRIST: (50, 166),
    Joint.LEFT_WRIST: (142, 166),
    Joint.MID_HIP: (96, 166),
    Joint.RIGHT_HIP: (80, 166),
    Joint.LEFT_HIP: (112, 166),
    Joint.RIGHT_KNEE: (80, 236),
    Joint.LEFT_KNEE: (112, 236),
    Joint.RIGHT_ANKLE: (80, 300),
    Joint.LEFT_ANKLE: (112, 300),
}
"""In a picture 192 px wide and 256 px (upper body) or 336 px (whole body) high."""


@dataclass(frozen=True)
class Mannequin:
    photo: Image
    pose: Pose
    parse: ParseMap


class _Painter:
    def __init__(self, height: int, width: int, scale: float) -> None:
        self.photo = np.full((height, width, 3), GROUND, np.uint8)
        self.parse = np.zeros((height, width), np.uint8)
        self.scale = scale

    def _points(self, points: Sequence[tuple[float, float]]) -> NDArray[np.int32]:
        return np.round(np.array(points) * self.scale).astype(np.int32)

    def area(
        self, points: Sequence[tuple[float, float]], colour: tuple[int, int, int], label: Label
    ) -> None:
        cv2.fillPoly(self.photo, [self._points(points)], colour)
        cv2.fillPoly(self.parse, [self._points(points)], (int(label),))

    def rod(
        self,
        points: Sequence[tuple[float, float]],
        thickness: float,
        colour: tuple[int, int, int],
        label: Label,
    ) -> None:
        size = max(1, round(thickness * self.scale))
        cv2.polylines(self.photo, [self._points(points)], False, colour, size)
        cv2.polylines(self.parse, [self._points(points)], False, (int(label),), size)

    def disc(
        self, centre: tuple[float, float], radius: float, colour: tuple[int, int, int], label: Label
    ) -> None:
        x, y = self._points([centre])[0]
        cv2.circle(self.photo, (int(x), int(y)), round(radius * self.scale), colour, -1)
        cv2.circle(self.parse, (int(x), int(y)), round(radius * self.scale), (int(label),), -1)


def mannequin(
    *,
    scale: float = 2.0,
    top: tuple[int, int, int] = RED,
    long_sleeves: bool = False,
    whole: bool = False,
    arm_across: bool = False,
    missing: tuple[int, ...] = (),
) -> Mannequin:
    """A person who stands straight: head, neck, top, arms, trousers."""
    joints = dict(JOINTS)
    if arm_across:
        joints[Joint.RIGHT_WRIST] = (100, 134)
    painter = _Painter(round((336 if whole else 256) * scale), round(192 * scale), scale)
    painter.rod([(96, 40), (96, 76)], 20, SKIN, Label.TORSO_SKIN)
    painter.disc((96, 24), 21, (60, 40, 30), Label.HAIR)
    painter.disc((96, 32), 17, SKIN, Label.FACE)
    for x in (80, 112):
        painter.rod([(x, 166), (x, 310)], 29, NAVY, Label.PANTS)
    painter.area([(66, 150), (126, 150), (128, 184), (64, 184)], NAVY, Label.PANTS)
    torso = [(86, 62), (106, 62), (128, 68), (124, 110), (122, 140), (124, 158)]
    painter.area(torso + [(192 - x, y) for x, y in reversed(torso)], top, Label.UPPER_CLOTHES)
    painter.disc((96, 62), 9.5, SKIN, Label.TORSO_SKIN)
    painter.disc((96, 32), 17, SKIN, Label.FACE)
    for side, arm in (("LEFT", Label.LEFT_ARM), ("RIGHT", Label.RIGHT_ARM)):
        shoulder, elbow, wrist = (
            joints[Joint[f"{side}_{name}"]] for name in ("SHOULDER", "ELBOW", "WRIST")
        )
        hand = (wrist[0] + 0.2 * (wrist[0] - elbow[0]), wrist[1] + 0.2 * (wrist[1] - elbow[1]))
        middle = ((shoulder[0] + elbow[0]) / 2, (shoulder[1] + elbow[1]) / 2)
        painter.rod([shoulder, elbow, wrist, hand], 13, SKIN, arm)
        sleeve = [shoulder, elbow, wrist] if long_sleeves else [shoulder, middle]
        painter.rod(sleeve, 15, top, Label.UPPER_CLOTHES)
    pose = np.zeros((25, 3), np.float32)
    for joint, place in joints.items():
        if joint not in missing and place[1] * scale < painter.photo.shape[0]:
            pose[joint] = (place[0] * scale, place[1] * scale, 0.9)
    pose.setflags(write=False)
    return Mannequin(frozen(painter.photo), pose, frozen(painter.parse))


def _mark_pairs(
    pairs: Mapping[str, tuple[float, float]], width: float
) -> dict[str, tuple[float, float]]:
    marks = {}
    for name, (x, y) in pairs.items():
        marks[f"{name}_right"] = (x, y)
        marks[f"{name}_left"] = (width - x, y)
    return marks


def _tube(points: list[tuple[float, float]], halves: list[float]) -> Tube:
    share = np.linspace(0, len(points) - 1, 12)
    index = np.arange(len(points))
    columns = [np.interp(share, index, [p[k] for p in points]) for k in (0, 1)]
    half = np.interp(share, index, halves).astype(np.float32)
    return Tube(np.stack(columns, axis=-1).astype(np.float32), half)


def _mirrored(tube: Tube, width: float) -> Tube:
    centre = tube.centre * np.array([-1, 1], np.float32) + np.array([width, 0], np.float32)
    return Tube(centre.astype(np.float32), tube.half_width)


LOGO = (140, 150, 160, 190)
"""Left, top, right and bottom of the print on the drawn top."""


def top(
    sleeve: Sleeve = "short", colour: tuple[int, int, int] = BLUE, *, dress: bool = False
) -> tuple[Image, Mask, GarmentShape]:
    """A top laid flat in a picture of 300×400 px, a print on its chest: picture, mask, shape."""
    height = 390 if dress else 400
    hem = height - 30
    picture, mask = np.full((height, 300, 3), 244, np.uint8), np.zeros((height, 300), np.uint8)
    half = [(124, 50), (88, 64), (92, 140), (94, 220), (88 if not dress else 60, hem)]
    body = half + [(300 - x, y) for x, y in reversed(half)]
    tube = None
    if sleeve == "short":
        tube = _tube([(88, 102), (66, 128), (48, 150)], [38, 30, 26])
    elif sleeve == "long":
        tube = _tube([(88, 102), (58, 200), (34, 330)], [38, 24, 17])
    outlines = [body]
    if tube is not None:
        along = np.gradient(tube.centre, axis=0)
        normal = np.stack([-along[:, 1], along[:, 0]], axis=-1)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        edges = [tube.centre + s * normal * tube.half_width[:, None] for s in (1, -1)]
        right = [tuple(p) for p in np.concatenate([edges[0], edges[1][::-1]])]
        outlines += [right, [(300 - x, y) for x, y in right]]
    for outline in outlines:
        cv2.fillPoly(mask, [np.round(np.array(outline)).astype(np.int32)], (255,))
    opening = np.array([(124, 50), (130, 72), (150, 80), (170, 72), (176, 50)], np.int32)
    cv2.fillPoly(mask, [opening], (0,))
    picture[mask > 0] = colour
    left, upper, right_edge, lower = LOGO
    picture[upper:lower, left:right_edge] = 255
    picture[upper + 8 : upper + 18, left:right_edge] = 0
    picture[upper + 24 : lower - 4, left + 2 : left + 9] = (220, 30, 30)
    pairs = {
        "neck": (124, 50),
        "shoulder": (88, 64),
        "armpit": (92, 140),
        "waist": (94, 220),
        "hem": half[-1],
    }
    marks = {**_mark_pairs(pairs, 300), "neck_front": (150.0, 80.0)}
    shape = GarmentShape(
        category="dress" if dress else "upper",
        kind="dress" if dress else "top",
        sleeve=sleeve,
        landmarks=marks,
        left_tube=None if tube is None else _mirrored(tube, 300),
        right_tube=tube,
        neckline=opening.astype(np.float32),
        is_open=False,
        confidence=0.9,
    )
    return frozen(picture), frozen(mask), shape


def trousers(
    colour: tuple[int, int, int] = (40, 140, 60), *, short: bool = False
) -> tuple[Image, Mask, GarmentShape]:
    """Trousers or shorts laid flat in a picture of 240×480 px: picture, mask, shape."""
    picture, mask = np.full((480, 240, 3), 244, np.uint8), np.zeros((480, 240), np.uint8)
    hem = 220 if short else 450
    half = [(80, 30), (66, 90), (62, 150), (70, hem), (112, hem), (120, 150)]
    outline = half + [(240 - x, y) for x, y in reversed(half)]
    cv2.fillPoly(mask, [np.array(outline, np.int32)], (255,))
    picture[mask > 0] = colour
    tube = _tube([(91, 150), (91, hem)], [29, 21])
    pairs = {"waist": (80, 30), "hip": (66, 90), "hem": (70, hem)}
    marks = _mark_pairs(pairs, 240)
    marks |= {"hem_right_inner": (112, hem), "hem_left_inner": (128, hem), "crotch": (120, 150)}
    shape = GarmentShape(
        category="lower",
        kind="shorts" if short else "trousers",
        sleeve="none",
        landmarks=marks,
        left_tube=_mirrored(tube, 240),
        right_tube=tube,
        neckline=None,
        is_open=False,
        confidence=0.9,
    )
    return frozen(picture), frozen(mask), shape


def skirt(
    colour: tuple[int, int, int] = (150, 40, 120), *, hem: tuple[float, float] = (50, 160)
) -> tuple[Image, Mask, GarmentShape]:
    """A skirt laid flat in a picture of 240×300 px, the right corner of its hem at `hem`: picture,
    mask, shape."""
    picture, mask = np.full((300, 240, 3), 244, np.uint8), np.zeros((300, 240), np.uint8)
    half = [(80, 30), (66, 90), hem]
    outline = half + [(240 - x, y) for x, y in reversed(half)]
    cv2.fillPoly(mask, [np.round(np.array(outline)).astype(np.int32)], (255,))
    picture[mask > 0] = colour
    marks = _mark_pairs({"waist": (80, 30), "hip": (66, 90), "hem": hem}, 240)
    shape = GarmentShape(
        category="lower",
        kind="skirt",
        sleeve="none",
        landmarks=marks,
        left_tube=None,
        right_tube=None,
        neckline=None,
        is_open=False,
        confidence=0.9,
    )
    return frozen(picture), frozen(mask), shape
