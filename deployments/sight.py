"""How an engine looks at a photo: which part of it, and what it must not see in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Framing: TypeAlias = Literal["upper", "figure"]

SMALL_GARMENT = 512
"""Px of the longer side."""


@dataclass(frozen=True)
class Sight:
    """What is done for an engine where the request leaves it open."""

    framing: Framing = "figure"
    """What a crop holds: head, arms and trunk, or the whole person."""
    crop: bool = False
    check_occlusion: bool = False
    """Whether an arm in front of the torso is beyond the engine."""
    small_garment: bool = False
    """Whether the garment's picture shrinks to SMALL_GARMENT before anything looks at it: what
    draws small needs no fine outline."""
    swift: bool = False
    """Whether the labels may come from a smaller picture of the person."""

    @property
    def how(self) -> Mapping[str, bool]:
        """What the parser is told beside its pictures."""
        return {"swift": True} if self.swift else {}

    def asked(self, crop: bool | None, check_occlusion: bool | None) -> Sight:
        """This, with what the request does not leave open."""
        return replace(
            self,
            crop=self.crop if crop is None else crop,
            check_occlusion=self.check_occlusion if check_occlusion is None else check_occlusion,
        )
