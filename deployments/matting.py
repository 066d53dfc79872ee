"""Cuts out what a picture is of: ISNet.

Network: Qin et al., "Highly Accurate Dichotomous Image Segmentation", ECCV 2022 (Apache-2.0).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.guided_filter import follow_edges
from deployments.heap import trim_heap
from deployments.resized_graph import resized_graph
from deployments.runtime import session
from deployments.types import Image, Mask, frozen
from weights.store import Store

EXPORTED_SIZE = 1024
SIZE = 512
"""Px of the square that the network sees. Against parse maps of 12 studio photos the outline was
better at 512 (IoU 0.982) than at the 1024 it was exported for (0.962), at a quarter of the cost;
the sharpness comes from the guided filter at full size."""
IDLE_SECONDS = 120.0
"""The network is dropped after this much rest: it holds 300 MB and is loaded again in a second."""
EDGE_RADIUS = 1 / 160
"""Of the shorter side: how far the outline may move onto the picture's own edge."""
EDGE_SOFTNESS = 0.015
FAINTEST, FULLEST = 0.08, 0.92
"""Alpha below is none, above is all: haze from a small map enlarged."""


@dataclass(frozen=True)
class Variant:
    """One conversion of the network, and how it wants its input: (x - mean) / scale."""

    model: str
    file: str
    mean: float
    scale: float


VARIANTS = (
    Variant("isnet", "isnet.onnx", 128, 256),
    Variant("isnet-general", "isnet-general-use.onnx", 127.5, 255),
)


class Matting:
    """An alpha of what stands out in a picture: a person, or a garment laid flat.

    The network is loaded when it is first asked, and dropped after `idle_seconds` of rest. Raises
    WeightsMissing when built without any variant's files here.
    """

    def __init__(
        self,
        store: Store,
        device: str = "cpu",
        *,
        size: int = SIZE,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.variant = next((one for one in VARIANTS if store.usable(one.model)), VARIANTS[0])
        self._path = store.path(self.variant.model, self.variant.file)
        self._device = device
        self._size = size
        self._idle_seconds = idle_seconds
        self._session: Any = None
        self._lock = threading.Lock()
        self._last_used = 0.0
        self._watcher: threading.Timer | None = None

    def __call__(self, image: Image) -> Mask:
        """Alpha (H×W) of what stands out in `image` (H×W×3)."""
        return self.postprocess(self.infer(self.preprocess(image)), image)

    def preprocess(self, image: Image) -> NDArray[np.float32]:
        """1×3×S×S: stretched to a square."""
        square = cv2.resize(image, (self._size, self._size), interpolation=cv2.INTER_AREA)
        values = (square.astype(np.float32) - self.variant.mean) / self.variant.scale
        return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)

    def infer(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """S×S, from 0 to 1."""
        with self._lock:
            network = self._loaded()
            found = network.run(None, {network.get_inputs()[0].name: values})[0]
            self._last_used = time.monotonic()
            self._watch()
        return np.asarray(found[0, 0], np.float32)

    def postprocess(self, found: NDArray[np.float32], image: Image) -> Mask:
        """The alpha at the picture's size, its outline on the picture's edges."""
        height, width = image.shape[:2]
        enlarged = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
        steeper = (enlarged - FAINTEST) / (FULLEST - FAINTEST)
        alpha = (np.clip(steeper, 0, 1) * 255 + 0.5).astype(np.uint8)
        radius = max(1, round(min(height, width) * EDGE_RADIUS))
        return frozen(follow_edges(alpha, image, radius, EDGE_SOFTNESS))

    def is_loaded(self) -> bool:
        """Whether the network takes memory now."""
        return self._session is not None

    def release(self) -> None:
        """Drops the network now; the next call loads it again."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        self._session = None
        trim_heap()

    def _loaded(self) -> Any:
        if self._session is None:
            with resized_graph(self._path, EXPORTED_SIZE, self._size) as path:
                self._session = session(path, self._device)
            trim_heap()
        return self._session

    def _watch(self) -> None:
        """Looks in after the rest that lets the network go."""
        if self._watcher is None and self._idle_seconds > 0:
            self._watcher = threading.Timer(self._idle_seconds, self._look_in)
            self._watcher.daemon = True
            self._watcher.start()

    def _look_in(self) -> None:
        with self._lock:
            self._watcher = None
            if time.monotonic() - self._last_used >= self._idle_seconds:
                self._drop()
            elif self._session is not None:
                self._watch()
