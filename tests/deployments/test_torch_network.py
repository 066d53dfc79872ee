"""Weights of others: they fit to the last name, or are refused by name."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from deployments import torch_network
from weights.errors import WeightsCorrupt


def test_without_torch_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_network, "find_spec", lambda _: None)
    assert not torch_network.torch_present()
    with pytest.raises(torch_network.TorchMissing) as caught:
        torch_network.require_torch("cp-vton")
    assert "cp-vton" in caught.value.message
    assert caught.value.hint == "pip install 'fitting-room[torch]'"


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")


def network(torch: Any) -> Any:
    return torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))


def saved(torch: Any, folder: Path, state: Any) -> Path:
    torch.save(state, folder / "weights.pth")
    return folder / "weights.pth"


def test_what_fits_is_loaded_and_ready(torch: Any, tmp_path: Path) -> None:
    source = network(torch)
    loaded = torch_network.load_strictly(
        network(torch), saved(torch, tmp_path, source.state_dict())
    )
    assert (loaded[0].weight == source[0].weight).all()
    assert not loaded.training
    assert not loaded[0].weight.requires_grad


def test_names_of_several_gpus_and_files_of_old_versions_fit(torch: Any, tmp_path: Path) -> None:
    state = {
        f"module.{name}": value
        for name, value in network(torch).state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    torch_network.load_strictly(network(torch), saved(torch, tmp_path, state))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda state: state.pop("0.bias"), "1 missing (0.bias)"),
        (lambda state: state.update(more=state["0.bias"]), "1 not known (more)"),
        (lambda state: state.update({"0.bias": state["0.weight"]}), "of another shape"),
    ],
)
def test_what_does_not_fit_is_named(torch: Any, tmp_path: Path, change: Any, told: str) -> None:
    state = dict(network(torch).state_dict())
    change(state)
    with pytest.raises(WeightsCorrupt) as caught:
        torch_network.load_strictly(network(torch), saved(torch, tmp_path, state))
    assert told in caught.value.message
    assert caught.value.hint


class Trap:
    """Would leave a file if it were unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return Path.touch, (self.target,)


def test_nothing_in_a_file_is_run(torch: Any, tmp_path: Path) -> None:
    target = tmp_path / "sprung"
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps({"0.bias": Trap(target)}))
    with pytest.raises(WeightsCorrupt):
        torch_network.load_strictly(network(torch), path)
    saved(torch, tmp_path, {"0.bias": Trap(target)})
    with pytest.raises(WeightsCorrupt):
        torch_network.load_strictly(network(torch), path)
    assert not target.exists()


@pytest.mark.parametrize("state", [[1, 2], {"epoch": 3}])
def test_what_is_no_state_dict_is_refused(torch: Any, tmp_path: Path, state: Any) -> None:
    with pytest.raises(WeightsCorrupt):
        torch_network.load_strictly(network(torch), saved(torch, tmp_path, state))
