"""Detectron2's checkpoints: pickles, of which only arrays are read.

A pickle may call anything that Python can; this reader lets it make arrays and plain containers.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from weights.errors import WeightsCorrupt

_ALLOWED = {
    ("collections", "OrderedDict"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("_codecs", "encode"),  # how old pickles write the bytes of an array
}

UNUSED = ("pixel_mean", "pixel_std", "proposal_generator.anchor_generator.cell_anchors.")
"""Names that earlier releases of detectron2 stored and that are settings, not weights."""

_HINT = "It may be another model's file; fetch it again: fitting-room weights fetch densepose"


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module.replace("numpy._core", np_core()), name)


def np_core() -> str:
    """What this NumPy calls its inner package: files of newer ones name it otherwise."""
    return "numpy._core" if hasattr(np, "_core") else "numpy.core"


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a checkpoint's `model` by name. Nothing in the file is run.

    Raises WeightsCorrupt.
    """
    try:
        with path.open("rb") as file:
            said = _Reader(file, encoding="latin1").load()
    except Exception as error:  # a damaged pickle raises almost anything
        raise WeightsCorrupt(f"{path} cannot be read as a checkpoint: {error}", _HINT) from error
    model = said.get("model") if isinstance(said, Mapping) else None
    if not isinstance(model, Mapping):
        raise WeightsCorrupt(f"{path} holds no `model`.", _HINT)
    arrays = {str(name): value for name, value in model.items() if not _is_unused(str(name))}
    wrong = [name for name, value in arrays.items() if not isinstance(value, np.ndarray)]
    if wrong:
        raise WeightsCorrupt(f"{path}: {wrong[0]} is no array.", _HINT)
    return arrays


def _is_unused(name: str) -> bool:
    return name.startswith(UNUSED)


def load_strictly(network: Any, path: Path, device: str = "cpu") -> Any:
    """`network` with the checkpoint's weights, ready to answer on `device`.

    Raises WeightsCorrupt with the first name that is missing, not known, or of another shape.
    """
    import torch

    arrays, wanted = read_arrays(path), network.state_dict()
    for name in [*wanted, *arrays]:
        if fault := _fault(name, arrays, wanted):
            raise WeightsCorrupt(f"{path} does not fit DensePose R-CNN R50-FPN: {fault}", _HINT)
    state = {name: torch.from_numpy(np.array(value, np.float32)) for name, value in arrays.items()}
    network.load_state_dict(state, strict=True)
    return network.eval().requires_grad_(False).to(device)


def _fault(name: str, arrays: Mapping[str, NDArray[Any]], wanted: Mapping[str, Any]) -> str:
    if name not in arrays:
        return f"{name} is missing"
    if name not in wanted:
        return f"{name} is not known"
    found, shape = arrays[name].shape, tuple(wanted[name].shape)
    return "" if found == shape else f"{name} has the shape {found} instead of {shape}"
