"""The condition generator: its form, its names, what it computes."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")

from deployments.tryon.hr_viton.condition import (  # noqa: E402
    ConditionGenerator,
    Variant,
    sampled,
    sampling_grid,
)
from tests.deployments.tryon.hr_viton.weights import filled, pictures  # noqa: E402

VARIANTS = {
    Variant(): ("hr_viton_tocg", 262, 47_431_697),
    Variant("encoder"): ("hr_viton_tocg_encoder_variant", 262, 47_385_617),
    Variant(out_layer="conv"): ("hr_viton_tocg_convout_variant", 264, 47_605_847),
}
"""The list of names, and how many entries and weights the published classes have."""

MEANS = {
    ("T1", "relu"): (1.09048, 0.404577, 0.630101),
    ("T1", "conv"): (0.807564, 0.797954, 0.637149),
    ("encoder", "relu"): (1.07632, 0.381391, 0.629791),
    ("encoder", "conv"): (0.787315, 0.699472, 0.636801),
}
"""Of the last flow, the scores and the warped garment, all absolute, by the published code with the
weights of `filled` at a width of 8 and a size of 128×96."""


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: f"{one.warped}-{one.out_layer}")
def test_as_many_weights_as_published(variant: Variant) -> None:
    _, entries, weights = VARIANTS[variant]
    with torch.device("meta"):
        network = ConditionGenerator(variant)
    assert len(network.state_dict()) == entries
    assert sum(one.numel() for one in network.parameters()) == weights


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: f"{one.warped}-{one.out_layer}")
def test_every_name_and_shape_is_the_published_one(variant: Variant, shared: Path) -> None:
    listed = (shared / "facts" / "keys" / f"{VARIANTS[variant][0]}.txt").read_text()
    with torch.device("meta"):
        state = ConditionGenerator(variant).state_dict()
    own = [
        f"{name} {tuple(one.shape)} {str(one.dtype).removeprefix('torch.')}"
        for name, one in state.items()
    ]
    assert sorted(own) == sorted(listed.splitlines())


@pytest.mark.parametrize("warped", ["T1", "encoder"])
@pytest.mark.parametrize("out_layer", ["relu", "conv"])
def test_what_the_published_code_computes(warped: str, out_layer: str) -> None:
    network = filled(ConditionGenerator(Variant(warped, out_layer), width=8))  # type: ignore[arg-type]
    with torch.inference_mode():
        told = network(pictures(4, 128, 96), pictures(16, 128, 96))
    assert [tuple(flow.shape[2:]) for flow in told.flows] == [
        (4, 3), (8, 6), (16, 12), (32, 24), (64, 48),
    ]  # fmt: skip
    assert told.scores.shape == (1, 13, 128, 96)
    assert told.mask.shape == (1, 1, 128, 96)
    found = [float(one.abs().mean()) for one in (told.flows[-1], told.scores, told.cloth)]
    assert found == pytest.approx(MEANS[warped, out_layer], rel=1e-3)


def test_without_a_flow_the_picture_is_the_published_grid_s() -> None:
    """Corner to corner in the grid, outer edge to outer edge in the sampling: a little larger."""
    picture = pictures(1, 32, 24)
    places = sampling_grid(torch.zeros(1, 2, 32, 24))
    assert places[0, 0, 0].tolist() == [-1, -1]
    assert places[0, -1, -1].tolist() == [1, 1]
    seen = sampled(picture, places)
    assert seen[0, 0, 0, 0] == picture[0, 0, 0, 0]
    assert seen[0, 0, -1, -1] == picture[0, 0, -1, -1]
    ramp = torch.arange(24.0).expand(1, 1, 32, 24)
    # Column 6 of the grid lies at -1 + 2 · 6 / 23, and there the outer edges have 24 columns.
    wanted = (6 * 2 / 23) * 24 / 2 - 0.5
    assert float(sampled(ramp, places)[0, 0, 9, 6]) == pytest.approx(wanted, abs=1e-5)


def test_a_flow_counts_in_pixels_of_the_coarser_grid() -> None:
    """One column of 12 in a grid of 24 is 2 / 11 of the half-widths that sampling counts in."""
    flow = torch.zeros(1, 2, 32, 24)
    flow[:, 0] = 1.0
    moved = sampling_grid(flow) - sampling_grid(torch.zeros_like(flow))
    assert moved[..., 0].mean() == pytest.approx(1 / ((12 - 1) / 2), abs=1e-6)
    assert moved[..., 1].abs().max() == 0
    fine = sampling_grid(flow, unit=(16, 8)) - sampling_grid(torch.zeros_like(flow))
    assert fine[..., 0].mean() == pytest.approx(1 / 3.5, abs=1e-6)
