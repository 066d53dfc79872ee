"""Photos as anime: one model, many styles."""

from __future__ import annotations

from collections import OrderedDict

from deployments.anime.animegan import AnimeGan, SquareAnimeGan
from deployments.anime.cel import paint
from deployments.anime.look import CEL, INK, LOOKS, PASTEL, Look
from deployments.anime.styles import (
    NETWORK_STYLES,
    STYLES,
    NetworkStyle,
    Packing,
    Style,
    look_style,
)
from deployments.types import Engine, Image, ModelError
from weights.store import Store

__all__ = ["CEL", "INK", "LOOKS", "PASTEL", "STYLES", "Anime", "Look", "Style", "StyleUnknown"]

_KEPT = 2


class StyleUnknown(ModelError):
    """No style has that name."""


class Anime:
    """Draws photos as anime.

    `cel`, `ink` and `pastel` are painted by our own code and always there. `cute`, `hayao` and
    `shinkai` are AnimeGANv3's and need its weights, which may not be used commercially. Networks
    are loaded when first asked for; the two used last are kept.

    `max_side` is the longest side, in px, of what a network is given: a larger photo is drawn
    smaller and enlarged again, and `warnings` says so. Memory grows with the area: about 1 GB at
    1280×960.
    """

    def __init__(self, store: Store, device: str = "cpu", *, max_side: int = 1280) -> None:
        self._store = store
        self._device = device
        self._max_side = max_side
        self._networks: OrderedDict[str, AnimeGan | SquareAnimeGan] = OrderedDict()

    def __call__(self, image: Image, style: str = CEL.name) -> Image:
        """`image` (H×W×3) drawn in `style`, at the same size.

        Raises StyleUnknown; for the network styles also WeightsMissing, WeightsCorrupt and
        LicenceNotAllowed.
        """
        if style in LOOKS:
            return paint(image, LOOKS[style])
        return self._network(self._packing(_network_style(style)))(image)

    def styles(self) -> list[Style]:
        """All styles, the default first."""
        own = [look_style(look) for look in LOOKS.values()]
        return own + [self._described(style) for style in NETWORK_STYLES.values()]

    def engine(self, style: str = CEL.name) -> Engine:
        """What answers for `style` here. Raises StyleUnknown."""
        if style in LOOKS:
            return Engine(style, "1", "Apache-2.0", commercial_use=True)
        packing = self._packing(_network_style(style))
        spec = self._store.spec(packing.model)
        return Engine(packing.model, "3", spec.licence, spec.commercial_use)

    def warnings(self, image: Image, style: str = CEL.name) -> tuple[str, ...]:
        """What is to be told about `image` drawn in `style`. Raises StyleUnknown."""
        if style in LOOKS:
            return ()
        limit = self._limit(self._packing(_network_style(style)))
        longest = max(image.shape[:2])
        if longest <= limit:
            return ()
        return (
            f"The style {style} draws at most {limit} px along the longer side: this photo of "
            f"{longest} px was drawn smaller and enlarged again, so it is softer.",
        )

    def _limit(self, packing: Packing) -> int:
        return 512 if _is_square(packing) else self._max_side

    def _packing(self, style: NetworkStyle) -> Packing:
        """The first file for `style` that can be used here, else the one to fetch."""
        usable = (packing for packing in style.packings if self._store.usable(packing.model))
        return next(usable, style.packings[0])

    def _described(self, style: NetworkStyle) -> Style:
        packing = self._packing(style)
        spec = self._store.spec(packing.model)
        return Style(
            style.name,
            style.title,
            packing.model,
            spec.licence,
            spec.commercial_use,
            self._store.usable(packing.model),
        )

    def _network(self, packing: Packing) -> AnimeGan | SquareAnimeGan:
        """The network in `packing`, from those kept or newly loaded."""
        network = self._networks.pop(packing.model, None) or self._loaded(packing)
        self._networks[packing.model] = network
        while len(self._networks) > _KEPT:
            self._networks.popitem(last=False)
        return network

    def _loaded(self, packing: Packing) -> AnimeGan | SquareAnimeGan:
        path = self._store.path(packing.model, packing.file)
        if _is_square(packing):
            return SquareAnimeGan(path)
        return AnimeGan(path, self._device, multiple=packing.multiple, max_side=self._max_side)


def _is_square(packing: Packing) -> bool:
    return packing.file.endswith(".tflite")


def _network_style(name: str) -> NetworkStyle:
    if name not in NETWORK_STYLES:
        raise StyleUnknown(f"no style is called {name!r}", f"one of {', '.join(STYLES)}")
    return NETWORK_STYLES[name]
