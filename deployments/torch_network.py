"""Networks of torch with weights that others published: loaded strictly, or refused by name.

torch is no part of the base install, so this file brings it only when a network is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from deployments.runtime import THREADS
from weights.errors import WeightsCorrupt, WeightsError

WRAPPED = "module."
"""What a network that was trained on several GPUs says before each of its names."""
TOLD = 3
"""Names of a misfit that are told."""


class TorchMissing(WeightsError):
    """The engine runs on torch, which is not installed here."""


def torch_present() -> bool:
    """Whether torch is installed, without bringing it."""
    return find_spec("torch") is not None


def require_torch(engine: str) -> Any:
    """The module, its threads set. Raises TorchMissing."""
    if not torch_present():
        raise TorchMissing(
            f"{engine} runs on torch, which is not installed.", "pip install 'fitting-room[torch]'"
        )
    import torch

    torch.set_num_threads(THREADS)
    return torch


def load_strictly(network: Any, path: Path, device: str = "cpu") -> Any:
    """`network` with the state dict of the file, ready to answer on `device`.

    Nothing in the file is run: tensors and plain containers alone are read. Raises WeightsCorrupt
    where it cannot be read so, or where one name or shape differs.
    """
    return fit_strictly(network, read_state(path), path, device)


def fit_strictly(network: Any, fitted: Mapping[str, Any], path: Path, device: str = "cpu") -> Any:
    """As `load_strictly`, with tensors that were read from the file before."""
    wanted = network.state_dict()
    misfits = [*_misfits(wanted, fitted)]
    if misfits:
        raise WeightsCorrupt(
            f"{path} does not fit {type(network).__name__}: " + "; ".join(misfits),
            "it may be another variant's file, or a whole training state instead of its weights",
        )
    network.load_state_dict(fitted, strict=True)
    return network.eval().requires_grad_(False).to(device)


def read_state(path: Path) -> Mapping[str, Any]:
    """The tensors of a file by name, on the CPU. Raises WeightsCorrupt."""
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle, zip and torch each have their own
        raise WeightsCorrupt(
            f"{path} cannot be read as weights: {error}".splitlines()[0],
            "fetch it again, or save its state dict alone with a current torch",
        ) from error
    if not isinstance(state, Mapping) or not all(torch.is_tensor(one) for one in state.values()):
        raise WeightsCorrupt(f"{path} holds something else than one network's weights.")
    return {name.removeprefix(WRAPPED): tensor for name, tensor in state.items()}


def _misfits(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What is missing, too many or of another shape, the first few of each."""
    # Files of torch 0.4 and older lack the counters of batches, which answer nothing.
    missing = [
        one for one in wanted if one not in found and not one.endswith("num_batches_tracked")
    ]
    extra = [one for one in found if one not in wanted]
    shapes = [
        f"{one} {tuple(found[one].shape)} instead of {tuple(wanted[one].shape)}"
        for one in wanted
        if one in found and found[one].shape != wanted[one].shape
    ]
    kinds = (("missing", missing), ("not known", extra), ("of another shape", shapes))
    return [f"{len(names)} {kind} ({', '.join(names[:TOLD])})" for kind, names in kinds if names]
