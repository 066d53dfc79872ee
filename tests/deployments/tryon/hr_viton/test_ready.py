"""The networks made ready to answer give what they gave before."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")

from deployments.tryon.hr_viton.condition import ConditionGenerator, Variant  # noqa: E402
from deployments.tryon.hr_viton.generator import SpadeGenerator  # noqa: E402
from deployments.tryon.hr_viton.noise import SeededNoise  # noqa: E402
from deployments.tryon.hr_viton.patterns import PatternedLevels, patterns_of  # noqa: E402
from deployments.tryon.hr_viton.ready import ready_condition, ready_generator  # noqa: E402
from tests.deployments.tryon.hr_viton.weights import filled, label_map, pictures  # noqa: E402


@pytest.mark.parametrize("variant", [Variant(), Variant("encoder", "conv")])
def test_the_condition_generator(variant: Variant) -> None:
    """In double precision, so that nothing but the arithmetic's order can differ."""
    network = filled(ConditionGenerator(variant, width=8)).double()
    fast = ready_condition(deepcopy(network))
    garment, person = pictures(4, 128, 96).double(), pictures(16, 128, 96).double()
    with torch.inference_mode():
        wanted, found = network(garment, person), fast(garment, person)
    for before, after in zip([*wanted.flows, *wanted[1:]], [*found.flows, *found[1:]], strict=True):
        assert (before - after).abs().max() < 1e-9
    assert not any("norm" in type(one).__name__.lower() for one in fast.modules())
    assert "conv2.0.weight" not in fast.state_dict()


def painted(network: Any, labels: Any, maps: Any, size: tuple[int, int]) -> Any:
    noise = SeededNoise([5], torch.device("cpu"), torch.float64)
    shown = pictures(9, *size).double()
    with torch.inference_mode():
        return network(shown, maps(labels), noise)


@pytest.mark.parametrize("noisy", [False, True], ids=["shapes", "noise"])
def test_the_image_generator(noisy: bool) -> None:
    """With labels that are looked up, and with some that have too many neighbourhoods for it."""
    size = (256, 128)
    labels = label_map(*size)
    if noisy:
        labels = torch.randint(0, 7, labels.shape, generator=torch.Generator().manual_seed(1))
    assert (patterns_of(labels) is None) == noisy
    one_hot = torch.nn.functional.one_hot(labels, 7).permute(0, 3, 1, 2).double()
    network = filled(SpadeGenerator(width=2)).double()
    fast = ready_generator(deepcopy(network))
    wanted = painted(network, one_hot, lambda maps: maps, size)
    found = painted(fast, one_hot, PatternedLevels, size)
    assert wanted.std() > 0.1
    assert (wanted - found).abs().max() < 1e-9
    assert not [name for name in fast.state_dict() if name.endswith("weight_orig")]
