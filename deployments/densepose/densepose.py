"""The model: DensePose's own network where its weights are, an approximation where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deployments.densepose.approximate import approximate
from deployments.densepose.parts import Parts
from deployments.torch_network import torch_present
from deployments.types import Image, ParseMap, Pose
from weights.store import Store

if TYPE_CHECKING:
    from deployments.densepose.estimator import Estimator

MODEL = "densepose"
APPROXIMATION = "pose-and-parse"


class DensePose:
    """The parts of the body of the person whom the pose names.

    Without the network's weights, or torch, or where the operator's policy does not allow them, the
    parts are approximated, and the answer's method says so.
    """

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self._estimator: Estimator | None = None
        if torch_present() and store.usable(MODEL):
            from deployments.densepose.estimator import Estimator

            self._estimator = Estimator(store, device)

    def __call__(self, person: Image, pose: Pose, parse: ParseMap) -> Parts:
        """Of the photo H×W×3 with its pose 25×3 and its labels H×W, from which an approximation is
        made."""
        if self._estimator is None:
            return Parts(approximate(pose, parse), APPROXIMATION)
        return Parts(self._estimator(person, pose), MODEL)
