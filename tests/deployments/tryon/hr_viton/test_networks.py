"""Checkpoints: loaded whole or refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")

from deployments.tryon.hr_viton import networks  # noqa: E402
from deployments.tryon.hr_viton.condition import ConditionGenerator, Variant  # noqa: E402
from deployments.tryon.hr_viton.generator import SpadeGenerator  # noqa: E402
from deployments.tryon.hr_viton.networks import (  # noqa: E402
    load_condition,
    load_generator,
    picture_of,
    variant_of,
)
from weights.errors import WeightsCorrupt  # noqa: E402


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of a few channels in place of the published ones; whether these have the published
    names and shapes, other tests know."""
    monkeypatch.setattr(networks, "ConditionGenerator", _narrow_condition)
    monkeypatch.setattr(networks, "SpadeGenerator", _narrow_generator)
    monkeypatch.setattr(networks, "_ENCODER_INPUTS", 6 * 8)


def _narrow_condition(variant: Variant) -> Any:
    return ConditionGenerator(variant, width=8)


def _narrow_generator() -> Any:
    return SpadeGenerator(width=4)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "variant", [Variant(), Variant("encoder"), Variant("T1", "conv"), Variant("encoder", "conv")]
)
def test_the_file_says_which_variant_it_is(tmp_path: Path, variant: Variant) -> None:
    made = ConditionGenerator(variant, width=8)
    torch.save(made.state_dict(), tmp_path / "mtviton.pth")
    found = load_condition(tmp_path / "mtviton.pth")
    assert found.variant == variant
    assert not found.training
    for name, tensor in made.state_dict().items():
        assert torch.equal(found.state_dict()[name], tensor), name


def test_the_published_form_is_told_by_its_shapes() -> None:
    for variant in (Variant(), Variant("encoder", "conv")):
        with torch.device("meta"):
            assert variant_of(ConditionGenerator(variant).state_dict()) == variant
    assert variant_of({}) == Variant()


@pytest.mark.usefixtures("small")
def test_older_names_of_the_generator(tmp_path: Path) -> None:
    made = SpadeGenerator(width=4).state_dict()
    older = {f"module.{name.replace('norm_0', 'norm_0.Spade')}": one for name, one in made.items()}
    assert any(".Spade" in name for name in older)
    torch.save(older, tmp_path / "gen.pth")
    found = load_generator(tmp_path / "gen.pth").state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in made.items())


@pytest.mark.usefixtures("small")
def test_a_wrong_file_is_refused_by_its_first_name(tmp_path: Path) -> None:
    file = tmp_path / "gen.pth"
    state = SpadeGenerator(width=4).state_dict()
    other = {name: one for name, one in state.items() if name != "up_1.conv_0.weight_orig"}
    torch.save(other, file)
    with pytest.raises(WeightsCorrupt, match=r"missing \(up_1\.conv_0\.weight_orig\)"):
        load_generator(file)
    torch.save(state | {"up_1.conv_0.bias": torch.zeros(3)}, file)
    with pytest.raises(WeightsCorrupt, match=r"up_1\.conv_0\.bias \(3,\) instead of"):
        load_generator(file)
    with pytest.raises(WeightsCorrupt, match=r"ClothEncoder\.0\.scale\.weight"):
        load_condition(file)
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(WeightsCorrupt, match="cannot be read"):
        load_condition(file)


def test_black_white_and_what_is_beyond() -> None:
    planes = torch.tensor([-1.0, 1.0, 0.0, 9.0]).view(1, 2, 2).expand(3, 2, 2)
    assert picture_of(planes).tolist() == np.repeat([0, 255, 128, 255], 3).reshape(2, 2, 3).tolist()
