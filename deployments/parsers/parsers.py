"""The parsers by their names: each is built when it is first asked for, and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from deployments.parsing import Parsing
from deployments.types import Image, ParseMap, Pose
from weights.errors import UnknownModel
from weights.store import Store

Parser: TypeAlias = Callable[[Image, Pose], ParseMap]

OWN, GRAPHONOMY = "parser", "graphonomy"


def names(store: Store) -> tuple[str, ...]:
    """Every parser that a job may ask for, ours first: entries of the manifest."""
    added = [spec.name for spec in store.specs().values() if spec.parser is not None]
    return (OWN, GRAPHONOMY, *added)


class Parsers:
    """Human parsing by the parser that is asked for."""

    def __init__(self, store: Store, device: str = "cpu") -> None:
        self._store, self._device = store, device
        self._own = Parsing(store, device)
        self._built: dict[str, Parser] = {OWN: self._own}

    def __call__(
        self, image: Image, pose: Pose, parser: str = OWN, *, swift: bool = False
    ) -> ParseMap:
        """Labels of the photo, uint8 H×W, read-only. `pose` names the person; `swift` shows our
        own parser a smaller picture.

        Raises PersonNotFound, and what stands in a parser's way: UnknownModel, LicenceNotAllowed,
        WeightsMissing, WeightsCorrupt, TorchMissing.
        """
        if parser == OWN and swift:
            return self._own(image, pose, swift=True)
        if parser not in self._built:
            self._built[parser] = self._build(parser)
        return self._built[parser](image, pose)

    def _build(self, name: str) -> Parser:
        if name not in names(self._store):
            raise UnknownModel(
                f"no parser is called {name[:64]!r}", f"there are {', '.join(names(self._store))}"
            )
        spec = self._store.spec(name).parser
        if spec is not None:
            from deployments.parsers.onnx_parser import OnnxParser

            return OnnxParser(self._store, self._device, name, spec)
        from deployments.torch_network import require_torch

        self._store.allow(name)
        require_torch("Graphonomy")
        from deployments.parsers.graphonomy import GraphonomyParser

        return GraphonomyParser(self._store, self._device)
