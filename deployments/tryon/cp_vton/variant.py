"""The variants of CP-VTON whose weights exist: the same two networks with other inputs.

Sources: Wang and others, "Toward Characteristic-Preserving Image-based Virtual Try-On Network"
(ECCV 2018), github.com/sergeywong/cp-vton; Minar and others, "CP-VTON+" (CVPR workshops 2020),
github.com/minar09/cp-vton-plus; github.com/GrayXu/Virtual-Try-On-Flask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from deployments.types import Label

HEIGHT, WIDTH = 256, 192
"""Px of every picture that the networks see."""

_CROWN = frozenset({Label.HAT, Label.EYEWEAR, Label.FACE})
_HEAD = _CROWN | {Label.HAIR}


@dataclass(frozen=True)
class Variant:
    """What one pair of weights was trained on."""

    name: str
    model: str
    """Its entry in `weights/manifest.toml`."""
    joints: Literal["coco", "lip"]
    """COCO's 18 key points in OpenPose's order, or LIP's 16."""
    radius: int
    """Half side, in px, of the square that marks a key point."""
    kept_by_matching: frozenset[Label]
    """Labels whose pixels the geometric matching sees."""
    kept_by_try_on: frozenset[Label]
    """Labels whose pixels the try-on network sees."""
    skin_is_body: bool = False
    """The body's shape comes from the whole person; LIP's labels leave neck and chest out."""
    legs_are_trousers: bool = False
    matches_mask: bool = False
    """The matching sees the garment's mask instead of its colours."""
    sees_warped_mask: bool = False
    """The try-on network sees the warped mask too."""

    @property
    def matching_file(self) -> str:
        """The geometric matching's file in that entry."""
        return f"{self.model}-gmm.pth"

    @property
    def try_on_file(self) -> str:
        """The try-on network's file in that entry."""
        return f"{self.model}-tom.pth"

    @property
    def agnostic_channels(self) -> int:
        """One of shape, three of colour, one for each key point."""
        return 4 + (18 if self.joints == "coco" else 16)

    @property
    def garment_channels(self) -> int:
        """Those of the garment as the matching sees it."""
        return 1 if self.matches_mask else 3

    @property
    def try_on_channels(self) -> int:
        """Those of all that the try-on network sees."""
        return self.agnostic_channels + (4 if self.sees_warped_mask else 3)


PLUS = Variant(
    "plus",
    "cp-vton-plus",
    "coco",
    radius=5,
    kept_by_matching=_CROWN,
    kept_by_try_on=_HEAD | {Label.PANTS, Label.SKIRT, Label.LEFT_LEG, Label.RIGHT_LEG},
    skin_is_body=True,
    matches_mask=True,
    sees_warped_mask=True,
)
ORIGINAL = Variant(
    "original", "cp-vton", "coco", radius=5, kept_by_matching=_HEAD, kept_by_try_on=_HEAD
)
LIP = Variant(
    "lip",
    "cp-vton-lip",
    "lip",
    radius=3,
    kept_by_matching=_HEAD | {Label.PANTS},
    kept_by_try_on=_HEAD | {Label.PANTS},
    legs_are_trousers=True,
)

VARIANTS: Mapping[str, Variant] = {one.name: one for one in (PLUS, LIP, ORIGINAL)}
"""The best first: the engine takes the first whose weights are here."""
