"""What the networks are shown of a person and a garment, as pictures of the working size.

Data preparation of HR-VITON (Lee et al., arXiv 2206.14180) and VITON-HD (Choi et al., arXiv
2103.16874). A person's picture of another shape than 3:4 gets its edges continued, so that
nobody is stretched; `Fit` is the way there and back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.agnostic import agnostic_parse, agnostic_photo
from deployments.densepose.parts import Parts, colours
from deployments.framing import scaled
from deployments.labels import to_lip
from deployments.types import Image, Mask, ParseMap, Pose, frozen

_Picture = TypeVar("_Picture", bound=NDArray[np.uint8])

FULL = (1024, 768)
"""Height and width that the published weights were trained at."""
FAST = (512, 384)
FILLED = 0.92
"""Of the height or width that the garment takes of its picture, as in the training data."""
WHITE = 255


@dataclass(frozen=True)
class Fit:
    """A picture of `shape` (height, width) in the middle of one of 3:4, in whole px."""

    shape: tuple[int, int]
    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> Fit:
        """The smallest 3:4 picture round one of this shape (height, width, ...)."""
        height, width = shape[:2]
        tall = max(height, -(-width * 4 // 3))
        wide = max(width, -(-height * 3 // 4))
        tall, wide = (tall, width) if tall > height else (height, wide)
        above, before = (tall - height) // 2, (wide - width) // 2
        return cls((height, width), above, tall - height - above, before, wide - width - before)

    def grown(self, picture: _Picture, *, edge: bool) -> _Picture:
        """With its edges continued, or without `edge` with nothing (0) beyond them."""
        border = cv2.BORDER_REPLICATE if edge else cv2.BORDER_CONSTANT
        sides = (self.top, self.bottom, self.left, self.right)
        made: _Picture = cv2.copyMakeBorder(picture, *sides, border, value=0)  # type: ignore[assignment]
        return made

    def moved(self, pose: Pose) -> Pose:
        """The key points in px of the grown picture; those that were not seen stay 0, 0, 0."""
        seen = pose.copy()
        seen[pose[:, 2] > 0, :2] += (self.left, self.top)
        return seen

    def taken_out(self, picture: NDArray[np.uint8], method: int) -> NDArray[np.uint8]:
        """What lies in the middle of a grown picture of any size, at this picture's own size."""
        height, width = self.shape
        tall, wide = height + self.top + self.bottom, width + self.left + self.right
        whole = cv2.resize(picture, (wide, tall), interpolation=method)
        return frozen(
            np.asarray(whole[self.top : self.top + height, self.left : self.left + width], np.uint8)
        )


@dataclass(frozen=True)
class Prepared:
    """Everything that the networks are shown, H×W each, all of one working size."""

    person: Image
    pose: Pose
    parse: ParseMap
    agnostic: Image
    agnostic_parse: ParseMap
    densepose: Image
    garment: Image
    garment_mask: Mask
    """0 and 255."""
    fit: Fit


def prepare(
    person: Image,
    pose: Pose,
    parse: ParseMap,
    parts: Parts,
    garment: Image,
    garment_mask: Mask,
    size: tuple[int, int] = FULL,
) -> Prepared:
    """All pictures at `size`, (height, width), both multiples of 128."""
    fit = Fit.of(person.shape)
    grown = fit.grown(person, edge=True), fit.moved(pose), fit.grown(parse, edge=False)
    photo, joints, labels = scaled(*grown, *size)
    lip = to_lip(labels)
    body = fit.grown(parts.parts, edge=False)
    small = cv2.resize(body, size[::-1], interpolation=cv2.INTER_NEAREST)
    cloth, mask = laid_out(garment, garment_mask, size)
    return Prepared(
        person=photo,
        pose=joints,
        parse=labels,
        agnostic=agnostic_photo(photo, lip, joints),
        agnostic_parse=agnostic_parse(lip, joints),
        densepose=colours(np.asarray(small, np.uint8)),
        garment=cloth,
        garment_mask=mask,
        fit=fit,
    )


def laid_out(garment: Image, mask: Mask, size: tuple[int, int]) -> tuple[Image, Mask]:
    """The garment alone, on white, in the middle of a picture of `size`; its mask of 0 and 255."""
    rows, columns = (np.flatnonzero((mask > 127).any(axis)) for axis in (1, 0))
    if not len(rows):
        rows, columns = np.arange(mask.shape[0]), np.arange(mask.shape[1])
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    cover = mask[box].astype(np.float32) / 255
    alone: NDArray[np.float32] = np.dstack([garment[box] * cover[..., None], WHITE * cover])
    scale = FILLED * min(size[0] / cover.shape[0], size[1] / cover.shape[1])
    move = (np.array(size[::-1]) - scale * np.array(cover.shape[::-1])) / 2
    if scale < 1:  # what shrinks is averaged
        small = cv2.resize(alone, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        alone = np.asarray(small, np.float32)
        scale = 1.0
    move += (scale - 1) / 2  # it is pixels' edges that are scaled, and their middles that are told
    there = np.array([[scale, 0, move[0]], [0, scale, move[1]]])
    laid = cv2.warpAffine(alone, there, size[::-1], flags=cv2.INTER_LINEAR)
    picture = laid[..., :3] + (WHITE - laid[..., 3:])
    solid = np.where(laid[..., 3] >= 127.5, np.uint8(255), np.uint8(0))
    return frozen(np.clip(picture + 0.5, 0, 255).astype(np.uint8)), frozen(solid)
