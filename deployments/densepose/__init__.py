"""Which part of the body's surface each pixel shows: DensePose's 24 parts."""

from __future__ import annotations

from deployments.densepose.densepose import DensePose
from deployments.densepose.parts import Part, Parts, colours

__all__ = ["DensePose", "Part", "Parts", "colours"]
