"""The person without the old garment: the agnostic photo and the agnostic parse map.

Geometry: the data preparation of HR-VITON (Lee et al., ECCV 2022), which its networks were trained
with, in pixels of a picture of 1024×768; for other sizes all of it is scaled. Where key points are
missing (the rule knows none such, and masks the corner of the picture for them) they are guessed,
and the old garment's own pixels are taken away too, so that none of it shows through.
"""

from __future__ import annotations

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageDraw

from deployments.skeleton import LEFT_ARM, RIGHT_ARM, Skeleton, skeleton_of
from deployments.types import Image, Joint, Label, ParseMap, Pose, frozen

HEIGHT, WIDTH = 1024, 768
GREY = (128, 128, 128)

UPPER = (Label.UPPER_CLOTHES, Label.DRESS, Label.COAT)
HEAD = (Label.EYEWEAR, Label.FACE)
LOWER = (
    Label.PANTS, Label.SKIRT, Label.LEFT_LEG, Label.RIGHT_LEG, Label.LEFT_SHOE, Label.RIGHT_SHOE,
)  # fmt: skip
ARMS = ((Label.LEFT_ARM, LEFT_ARM), (Label.RIGHT_ARM, RIGHT_ARM))

ARM_WIDTH, JOINT_RADIUS, WRIST_RADIUS = 100, 150, 40
"""Of the agnostic parse map, in px at 1024×768."""


def agnostic_photo(person: Image, parse_lip: ParseMap, pose: Pose) -> Image:
    """The photo with torso, neck and arms grey, uint8 H×W×3; head, hands and lower body stay.

    `parse_lip` H×W labels (LIP's or ours: the two that differ are not looked at), `pose` 25×3.
    """
    skeleton = skeleton_of(pose, person.shape)
    drawn = PIL.Image.fromarray(person)
    scale = scale_of(person.shape)
    if skeleton is not None:
        radius = (int(skeleton.breadth / scale / 16) + 1) * scale
        _Brush(drawn, GREY).body(skeleton, radius)
    canvas = np.array(drawn)
    if skeleton is None or skeleton.guessed:
        canvas[_grown(np.isin(parse_lip, UPPER), round(6 * scale))] = GREY
    if skeleton is not None:
        for label, joints in ARMS:
            arm = PIL.Image.new("L", drawn.size, 0)
            _Brush(arm, 255).arm(skeleton, joints, radius)
            hand = (parse_lip == label) & (np.asarray(arm) == 0)
            canvas[hand] = person[hand]
    kept = np.isin(parse_lip, HEAD + LOWER)
    canvas[kept] = person[kept]
    return frozen(canvas)


def agnostic_parse(parse_lip: ParseMap, pose: Pose) -> ParseMap:
    """The labels without upper garments, neck and arms, uint8 H×W; hands stay.

    `parse_lip` H×W labels (LIP's, or ours with the skin of the neck, which becomes background).
    """
    scale = scale_of(parse_lip.shape)
    skeleton = skeleton_of(pose, parse_lip.shape)
    labels = np.array(parse_lip)
    if skeleton is not None:
        for label, joints in ARMS:
            arm = PIL.Image.new("L", parse_lip.shape[::-1], 0)
            _Brush(arm, 255).reach(skeleton, joints, scale)
            labels[(parse_lip == label) & (np.asarray(arm) > 0)] = Label.BACKGROUND
    labels[np.isin(parse_lip, (*UPPER, Label.TORSO_SKIN))] = Label.BACKGROUND
    return frozen(labels)


def scale_of(shape: tuple[int, ...]) -> float:
    """How large a picture (height, width, ...) is beside one of 1024×768."""
    return min(shape[0] / HEIGHT, shape[1] / WIDTH)


def _grown(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    if reach < 1:
        return mask
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc) > 0)


class _Brush:
    """Draws with one colour. `unit` is what the rule measures everything in: a sixteenth of the
    distance of the shoulders, in px."""

    def __init__(self, canvas: PIL.Image.Image, colour: int | tuple[int, int, int]) -> None:
        self._draw = ImageDraw.Draw(canvas)
        self._colour = colour

    def body(self, skeleton: Skeleton, unit: float) -> None:
        """Torso, neck, shoulders and arms, in the order of the rule."""
        for hip in (Joint.RIGHT_HIP, Joint.LEFT_HIP):
            self._ellipse(skeleton.at(hip), 3 * unit, 6 * unit)
        self._line(skeleton, Joint.RIGHT_SHOULDER, Joint.RIGHT_HIP, 6 * unit)
        self._line(skeleton, Joint.LEFT_SHOULDER, Joint.LEFT_HIP, 6 * unit)
        self._line(skeleton, Joint.RIGHT_HIP, Joint.LEFT_HIP, 12 * unit)
        corners = (Joint.RIGHT_SHOULDER, Joint.LEFT_SHOULDER, Joint.LEFT_HIP, Joint.RIGHT_HIP)
        self._draw.polygon([skeleton.at(corner) for corner in corners], self._colour, self._colour)
        x, y = skeleton.at(Joint.NECK)
        neck = (x - 5 * unit, y - 9 * unit, x + 5 * unit, y)
        self._draw.rectangle(neck, self._colour, self._colour)
        self._line(skeleton, Joint.RIGHT_SHOULDER, Joint.LEFT_SHOULDER, 12 * unit)
        for shoulder in (Joint.RIGHT_SHOULDER, Joint.LEFT_SHOULDER):
            self._ellipse(skeleton.at(shoulder), 5 * unit, 6 * unit)
        for joints in (RIGHT_ARM, LEFT_ARM):
            for start, end in skeleton.bones(joints):
                self._line(skeleton, start, end, 10 * unit)
                self._ellipse(skeleton.at(end), 5 * unit, 5 * unit)

    def arm(self, skeleton: Skeleton, joints: tuple[Joint, ...], unit: float) -> None:
        """One arm, thinner at its last joint: what is beyond is the hand."""
        last = joints[0]
        self._ellipse(skeleton.at(last), 5 * unit, 6 * unit)
        for start, last in skeleton.bones(joints):
            self._line(skeleton, start, last, 10 * unit)
            if last != joints[-1]:
                self._ellipse(skeleton.at(last), 5 * unit, 5 * unit)
        self._ellipse(skeleton.at(last), 4 * unit, 4 * unit)

    def reach(self, skeleton: Skeleton, joints: tuple[Joint, ...], scale: float) -> None:
        """Where an arm is taken out of the labels: from the other shoulder to the wrist."""
        other = RIGHT_ARM if joints is LEFT_ARM else LEFT_ARM
        for start, end in ((other[0], joints[0]), *skeleton.bones(joints)):
            self._line(skeleton, start, end, ARM_WIDTH * scale)
            radius = scale * (WRIST_RADIUS if end == joints[-1] else JOINT_RADIUS)
            self._ellipse(skeleton.at(end), radius, radius)

    def _line(self, skeleton: Skeleton, start: Joint, end: Joint, width: float) -> None:
        ends = [skeleton.at(start), skeleton.at(end)]
        self._draw.line(ends, self._colour, width=max(1, round(width)))

    def _ellipse(self, centre: tuple[float, float], across: float, down: float) -> None:
        x, y = centre
        box = (x - across, y - down, x + across, y + down)
        self._draw.ellipse(box, self._colour, self._colour)
