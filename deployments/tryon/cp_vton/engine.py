"""`cp-vton`: a top drawn onto a person at 256×192 by two networks, in a fraction of a second.

The published weights know tops alone, people from the head to the hips, and plain grounds. What
they draw outside of the new and the old garment is not used: it is told as `edited`, and the photo
stands there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.batch import Call, answered_together
from deployments.framing import scaled
from deployments.torch_network import require_torch
from deployments.tryon.cp_vton.networks import NAME, Networks, Rendered, Seen
from deployments.tryon.cp_vton.representation import agnostic, laid_out
from deployments.tryon.cp_vton.variant import HEIGHT, VARIANTS, WIDTH, Variant
from deployments.types import (
    CategoryUnsupported,
    Engine,
    GarmentShape,
    Image,
    Label,
    Mask,
    Outcome,
    ParseMap,
    Pose,
    frozen,
)
from weights.errors import WeightsMissing
from weights.store import Store

ENGINE = Engine(NAME, "1.0", "MIT; weights for research alone", commercial_use=False)

OLD = (Label.UPPER_CLOTHES, Label.DRESS, Label.COAT)
KEPT = (
    Label.HAT, Label.HAIR, Label.EYEWEAR, Label.FACE, Label.SCARF, Label.GLOVE, Label.SOCKS,
    Label.LEFT_SHOE, Label.RIGHT_SHOE,
)  # fmt: skip
"""What no new top covers."""
SEEN_SHARE = 0.5
"""Share of the warped garment in the picture from which it is seen there."""


@dataclass(frozen=True)
class Order:
    """One job, ready for the networks."""

    seen: Seen
    parse: ParseMap
    """Of the photo's size."""
    confidence: float
    """In the garment's shape."""
    debug: bool
    milliseconds: float
    """That the preparation took."""


class CpVton:
    """Dresses a person in a top. Takes the best variant whose weights are here.

    Raises LicenceNotAllowed, WeightsMissing, WeightsCorrupt, TorchMissing.
    """

    def __init__(self, store: Store, device: str = "cpu") -> None:
        variant = chosen(store)
        matching = store.path(variant.model, variant.matching_file)
        rendering = store.path(variant.model, variant.try_on_file)
        require_torch(NAME)
        self.variant = variant
        self.engine = replace(ENGINE, version=f"{ENGINE.version}-{variant.name}")
        self._networks = Networks(variant, matching, rendering, device)

    def __call__(
        self,
        person: Image,
        pose: Pose,
        parse: ParseMap,
        garment: Image,
        garment_mask: Mask,
        shape: GarmentShape,
        *,
        debug: bool = False,
        **_indifferent: object,
    ) -> Outcome:
        """The person in the garment, of the photo's size, drawn at 256×192 and enlarged.

        `person` should be a 3:4 window (`framing.upper_window`); anything else is seen distorted.
        The networks draw one picture whatever else is asked (`seed`, `tuck`). Raises
        CategoryUnsupported.
        """
        order = self._order(person, pose, parse, garment, garment_mask, shape, debug=debug)
        (outcome,) = self._drawn([order])
        return outcome

    def together(self, calls: Sequence[Call]) -> list[Outcome | Exception]:
        """As one call after another, by one pass of the networks; a picture differs from that of a
        single call by rounding."""
        return answered_together(calls, self._order, self._drawn)

    def _order(
        self,
        person: Image,
        pose: Pose,
        parse: ParseMap,
        garment: Image,
        garment_mask: Mask,
        shape: GarmentShape,
        *,
        debug: bool = False,
        **_indifferent: object,
    ) -> Order:
        refuse_what_is_no_top(shape)
        start = time.perf_counter()
        small = scaled(person, pose, parse, HEIGHT, WIDTH)
        top, mask = laid_out(garment, garment_mask)
        matched = agnostic(self.variant, *small, self.variant.kept_by_matching)
        rendered = agnostic(self.variant, *small, self.variant.kept_by_try_on)
        took = 1000 * (time.perf_counter() - start)
        return Order(Seen(matched, rendered, top, mask), parse, shape.confidence, debug, took)

    def _drawn(self, orders: Sequence[Order]) -> list[Outcome]:
        start = time.perf_counter()
        drawn = self._networks([order.seen for order in orders])
        took = 1000 * (time.perf_counter() - start)
        return [self._outcome(*pair, took) for pair in zip(orders, drawn, strict=True)]

    def _outcome(self, order: Order, drawn: Rendered, milliseconds: float) -> Outcome:
        size = order.parse.shape
        return Outcome(
            enlarged(drawn.picture, size),
            self.engine,
            {"represent": order.milliseconds, "networks": milliseconds},
            round(float(min(1.0, max(0.0, order.confidence))) ** 0.5, 3),
            intermediates=intermediates(drawn, order.seen.garment) if order.debug else {},
            edited=edited(drawn, order.parse, size),
            kept=frozen(np.isin(order.parse, KEPT).astype(np.uint8)),
        )


def chosen(store: Store) -> Variant:
    """The best variant that is present and allowed. Raises LicenceNotAllowed, WeightsMissing."""
    present = [one for one in VARIANTS.values() if store.present(one.model)]
    for variant in present:
        if store.allowed(variant.model):
            return variant
    first = next(iter(VARIANTS.values()))
    for variant in present or [first]:
        store.allow(variant.model)
    names = ", ".join(one.model for one in VARIANTS.values())
    raise WeightsMissing(
        f"No weights of {NAME} are here: one of {names}",
        f"put {first.matching_file} and {first.try_on_file} into a folder that "
        f"FITTING_ROOM_MIRROR names, then fitting-room weights fetch {first.model}",
    )


def refuse_what_is_no_top(shape: GarmentShape) -> None:
    """Raises CategoryUnsupported."""
    if shape.category != "upper":
        raise CategoryUnsupported(
            f"{NAME} was trained on tops and cannot draw {shape.kind}.",
            "Send engine=drape, or category=upper if it is a top after all.",
        )


def enlarged(picture: Image, size: tuple[int, ...]) -> Image:
    """A picture of 256×192 at `size` (height, width)."""
    method = cv2.INTER_CUBIC if size[0] > HEIGHT else cv2.INTER_AREA
    return frozen(np.asarray(cv2.resize(picture, size[1::-1], interpolation=method), np.uint8))


def edited(drawn: Rendered, parse: ParseMap, size: tuple[int, ...]) -> Mask:
    """255 where the old garment was or the new one is, and 0 elsewhere, of `size`.

    Arms, legs, head and ground are the photo's; an arm that comes out from under an old sleeve is
    drawn, because the photo has none.
    """
    new = (drawn.covered & (drawn.share > SEEN_SHARE)).astype(np.float32)
    fine = cv2.resize(new, size[1::-1], interpolation=cv2.INTER_LINEAR) > 0.5
    region = np.isin(parse, OLD) | (fine & ~np.isin(parse, KEPT))
    return frozen(np.asarray(region * 255, np.uint8))


def intermediates(drawn: Rendered, garment: Image) -> dict[str, Image]:
    """The pictures on the way, at 256×192."""
    return {
        "garment": garment,
        "warped": drawn.warped,
        "share": _grey(drawn.share * 255),
        "rendered": drawn.picture,
    }


def _grey(values: NDArray[np.float32]) -> Image:
    return np.repeat(np.clip(values, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
