"""The model: DensePose's own network where its weights are, an approximation where they are not."""

from __future__ import annotations

from deployments.densepose.approximate import approximate
from deployments.densepose.parts import Parts
from deployments.types import Image, ParseMap, Pose
from weights.store import Store

APPROXIMATION = "pose-and-parse"


class DensePose:
    """The parts of the body of the person whom the pose names."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self.store, self.device = store, device

    def __call__(self, person: Image, pose: Pose, parse: ParseMap) -> Parts:  # noqa: ARG002
        """Of the photo H×W×3 with its pose 25×3 and its labels H×W."""
        return Parts(approximate(pose, parse), APPROXIMATION)
