"""What the jury is shown of one try-on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.types import Category, Image, Joint, Label, ParseMap, Pose

Floats: TypeAlias = NDArray[np.floating[Any]]
Bools: TypeAlias = NDArray[np.bool_]
Box: TypeAlias = tuple[int, int, int, int]
"""x0, y0, x1, y1 in px; the right and lower edge are outside."""

TOPS = (Label.UPPER_CLOTHES, Label.COAT, Label.DRESS)
"""Without belts, straps and scarves, which may stay where they are."""
BOTTOMS = (Label.PANTS, Label.SKIRT)
ARMS = (Label.LEFT_ARM, Label.RIGHT_ARM)
LEGS = (Label.LEFT_LEG, Label.RIGHT_LEG)
SKIN = (Label.FACE, Label.TORSO_SKIN, *ARMS, *LEGS)

LONG_DRESS, ABOUT_HIPS = 0.4, 0.1
"""Shares of the length from neck to hips: what ends so little below the hips is a long top, and a
skirt may begin so far above them."""

REPLACED: Mapping[str, tuple[Label, ...]] = {
    "upper": TOPS,
    "lower": BOTTOMS,
    "dress": (*TOPS, *BOTTOMS),
}
"""What a new garment takes the place of."""

WORN: Mapping[str, tuple[Label, ...]] = {
    "upper": TOPS,
    "lower": BOTTOMS,
    "dress": (Label.DRESS, *TOPS, Label.SKIRT),
}
"""What a parser may call a new garment when it is worn. A dress over bare legs reads as a top and a
skirt as well."""


@dataclass(frozen=True)
class Evidence:
    """One try-on: what went in, what came out, and the pictures on the way.

    All pictures but `garment` have the photo's size. `steps` are the intermediates of an `Outcome`;
    what an engine does not tell is not there, and the measures that need it have no number.
    """

    photo: Image
    result: Image
    pose: Pose
    parse: ParseMap
    """Of the photo."""
    parse_again: ParseMap
    """Of the result, with the photo's pose."""
    garment: Image
    category: Category
    steps: Mapping[str, Image] = field(default_factory=dict)
    truth: Image | None = None
    """The person in the very garment, in the photo's pose."""
    truth_parse: ParseMap | None = None
    logo: Box | None = None
    """In the garment's picture."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.photo.shape[0], self.photo.shape[1]

    def step(self, name: str) -> Floats | None:
        """A grey intermediate, H×W, 0 to 1; None where the engine has none of that name."""
        picture = self.steps.get(name)
        return None if picture is None else picture[..., 0].astype(np.float32) / 255

    @cached_property
    def cloth(self) -> Bools | None:
        """Where the new garment is seen."""
        told = self.step("cloth")
        if told is not None:
            return np.asarray(told > 0.5)
        alpha, kept = self.step("alpha"), self.step("kept")
        if alpha is None:
            return None
        return np.asarray((alpha if kept is None else alpha * (1 - kept)) > 0.5)

    @cached_property
    def pure_cloth(self) -> Bools | None:
        """Where nothing but the new garment is seen, its edge left out."""
        return None if self.cloth is None else eroded(self.cloth, self.reach(0.006))

    @cached_property
    def region(self) -> Bools | None:
        """Where the engine says that it changed something."""
        region = self.step("region")
        return None if region is None else np.asarray(region > 0)

    @cached_property
    def old(self) -> Bools:
        """The garment that is replaced. Under a new top the lower half of a dress goes on as a
        skirt."""
        replaced = np.isin(self.parse, REPLACED[self.category])
        return replaced & ~self._skirt_of_a_dress if self.category == "upper" else replaced

    @cached_property
    def _skirt_of_a_dress(self) -> Bools:
        """What lies below the hips of a dress that reaches far beyond them."""
        dress = self.parse == Label.DRESS
        hips, neck = self.joint(Joint.MID_HIP), self.joint(Joint.NECK)
        if hips is None or neck is None or not dress.any():
            return np.zeros_like(dress)
        ends = float(np.percentile(np.nonzero(dress)[0], 98))
        if ends < hips[1] + LONG_DRESS * (hips[1] - neck[1]):
            return np.zeros_like(dress)
        below = np.arange(dress.shape[0])[:, None] > hips[1] - ABOUT_HIPS * (hips[1] - neck[1])
        return np.asarray(dress & below, np.bool_)

    @cached_property
    def person(self) -> Bools:
        """The person in the photo."""
        return np.asarray(self.parse != Label.BACKGROUND)

    def reach(self, share: float) -> int:
        """A distance in px as a share of the picture's longer side, at least 1."""
        return max(1, round(share * max(self.size)))

    def joint(self, joint: Joint) -> NDArray[np.float64] | None:
        """x and y in px, None where it was not seen."""
        x, y, score = self.pose[joint]
        return None if score < 0.1 else np.array([x, y], np.float64)


def eroded(mask: Bools, reach: int) -> Bools:
    """Without the outermost `reach` px."""
    return np.asarray(cv2.erode(mask.astype(np.uint8), _disc(reach)) > 0)


def widened(mask: Bools, reach: int) -> Bools:
    """With `reach` px more on all sides."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _disc(reach)) > 0)


def _disc(reach: int) -> NDArray[np.uint8]:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(disc, np.uint8)


def sample(values: NDArray[Any], mask: Bools, most: int = 20_000) -> NDArray[Any]:
    """Values under a mask, N×…: at most `most` of them, evenly spread."""
    chosen = np.flatnonzero(mask)
    if len(chosen) > most:
        chosen = chosen[np.linspace(0, len(chosen) - 1, most).astype(np.int64)]
    return np.asarray(values.reshape(mask.size, -1)[chosen])
