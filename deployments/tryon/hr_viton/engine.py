"""The engine: a person and a garment as pictures in, the dressed person out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from deployments.agnostic import UPPER
from deployments.batch import Call, answered_together
from deployments.densepose.parts import Parts
from deployments.torch_network import require_torch
from deployments.tryon.hr_viton.preparation import FAST, FULL, Prepared, prepare
from deployments.types import (
    CategoryUnsupported,
    Engine,
    GarmentShape,
    Image,
    Mask,
    Outcome,
    ParseMap,
    Pose,
)
from weights.store import Store

if TYPE_CHECKING:
    from deployments.tryon.hr_viton.procedure import Painted

NAME = "hr-viton"
CONDITION_FILE, GENERATOR_FILE = "mtviton.pth", "gen.pth"
ENGINE = Engine(NAME, "1.0", "CC BY-NC 4.0", commercial_use=False)

SEEN_SHARE = 0.01
"""Share of the old garment from which it is seen that some is left."""


@dataclass(frozen=True)
class Order:
    """One job, ready for the networks."""

    prepared: Prepared
    shape: GarmentShape
    parts: Parts
    milliseconds: float
    """That the preparation took."""
    seed: int = 0
    fast: bool = False
    occlusion: bool = True
    debug: bool = False


class HrViton:
    """Dresses a person in a top.

    Raises LicenceNotAllowed, WeightsMissing, WeightsCorrupt, TorchMissing.
    """

    def __init__(self, store: Store, device: str = "cpu") -> None:
        condition = store.path(NAME, CONDITION_FILE)
        generator = store.path(NAME, GENERATOR_FILE)
        require_torch(NAME)
        from deployments.tryon.hr_viton.networks import Networks

        self.engine = ENGINE
        self._networks = Networks(condition, generator, device)

    def __call__(
        self,
        person: Image,
        pose: Pose,
        parse: ParseMap,
        garment: Image,
        garment_mask: Mask,
        shape: GarmentShape,
        parts: Parts,
        *,
        seed: int = 0,
        fast: bool = False,
        occlusion: bool = True,
        debug: bool = False,
    ) -> Outcome:
        """The person in the garment, of the photo's size; drawn at 1024×768, or `fast` at 512×384.

        `person` is best a window from the head to the hips (`framing.upper_window`), which is what
        the networks were trained on. `occlusion` cuts arms and hair out of the garment before it is
        painted. The same input with the same `seed` gives the same bytes on one machine. `debug`
        adds the twelve pictures as `panel`. Raises CategoryUnsupported.
        """
        order = self._order(
            person,
            pose,
            parse,
            garment,
            garment_mask,
            shape,
            parts,
            seed=seed,
            fast=fast,
            occlusion=occlusion,
            debug=debug,
        )
        (outcome,) = self._drawn([order])
        return outcome

    def together(self, calls: Sequence[Call]) -> list[Outcome | Exception]:
        """As one call after another, those of one working size by one pass of the networks. Each
        has the noise of its own seed; a picture differs from that of a single call by rounding."""
        return answered_together(
            calls, self._order, self._drawn, lambda order: (order.fast, order.occlusion)
        )

    def _order(
        self,
        person: Image,
        pose: Pose,
        parse: ParseMap,
        garment: Image,
        garment_mask: Mask,
        shape: GarmentShape,
        parts: Parts,
        **options: Any,
    ) -> Order:
        refuse_what_is_no_top(shape)
        start = time.perf_counter()
        size = FAST if options.get("fast") else FULL
        prepared = prepare(person, pose, parse, parts, garment, garment_mask, size)
        return Order(prepared, shape, parts, 1000 * (time.perf_counter() - start), **options)

    def _drawn(self, orders: Sequence[Order]) -> list[Outcome]:
        """Of one working size and procedure."""
        from deployments.tryon.hr_viton.procedure import Procedure

        start = time.perf_counter()
        painted = self._networks(
            [order.prepared for order in orders],
            [order.seed for order in orders],
            Procedure(occlusion=orders[0].occlusion),
        )
        took = 1000 * (time.perf_counter() - start)
        return [
            self._outcome(order, painted.sample(number), took)
            for number, order in enumerate(orders)
        ]

    def _outcome(self, order: Order, painted: Painted, milliseconds: float) -> Outcome:
        from deployments.tryon.hr_viton.networks import picture_of
        from deployments.tryon.hr_viton.panel import edited

        prepared = order.prepared
        drawn = picture_of(painted.picture[0])
        region = edited(prepared, painted.labels[0].cpu().numpy())
        enlarging = prepared.fit.shape[0] > len(drawn)
        return Outcome(
            prepared.fit.taken_out(drawn, cv2.INTER_CUBIC if enlarging else cv2.INTER_AREA),
            self.engine,
            {"prepare": order.milliseconds, "networks": milliseconds},
            round(float(np.clip(order.shape.confidence, 0, 1)) ** 0.5, 3),
            warnings_for(order.parts, left_of(prepared.parse, region)),
            intermediates(prepared, painted, drawn) if order.debug else {},
            edited=prepared.fit.taken_out(region, cv2.INTER_NEAREST),
        )


def refuse_what_is_no_top(shape: GarmentShape) -> None:
    """Raises CategoryUnsupported."""
    if shape.category != "upper":
        raise CategoryUnsupported(
            f"{NAME} was trained on tops and cannot draw {shape.kind}.",
            "Send engine=drape, or category=upper if it is a top after all.",
        )


def warnings_for(parts: Parts, left: float) -> tuple[str, ...]:
    """A lesser method's body parts are named as such. So is an old garment of which a share `left`
    shows: the rule that the networks were trained with hides a top, and not all of a long coat."""
    lesser = () if parts.method == "densepose" else (f"LesserBodyParts: {parts.method}",)
    return lesser if left < SEEN_SHARE else (*lesser, "OldGarmentLeft")


def left_of(parse: ParseMap, region: Mask) -> float:
    """The share of the old garment, 0 to 1, that lies outside of what was edited."""
    old = np.isin(parse, UPPER)
    return float((old & (region == 0)).sum() / max(old.sum(), 1))


def intermediates(prepared: Prepared, painted: Painted, drawn: Image) -> dict[str, Image]:
    """The pictures on the way, at the working size, and all twelve of the authors' in one."""
    from deployments.tryon.hr_viton.networks import picture_of
    from deployments.tryon.hr_viton.panel import panel

    warped = picture_of(painted.warped[0])
    mask = (painted.warped_mask[0, 0] * 255 + 0.5).clamp(0, 255).byte().cpu().numpy()
    classes = painted.scores[0].argmax(0).cpu().numpy()
    return {
        "agnostic": prepared.agnostic,
        "densepose": prepared.densepose,
        "warped": warped,
        "drawn": drawn,
        "panel": panel(prepared, warped, mask, classes, drawn),
    }
