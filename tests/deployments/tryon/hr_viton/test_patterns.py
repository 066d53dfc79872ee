"""Neighbourhoods that occur in a label map."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")

from deployments.tryon.hr_viton.patterns import OUTSIDE, patterns_of  # noqa: E402
from tests.deployments.tryon.hr_viton.weights import label_map  # noqa: E402


def test_every_pixel_finds_its_own_neighbourhood() -> None:
    labels = label_map(256, 192, count=2)
    found = patterns_of(labels)
    assert found is not None
    assert len(found.patches) < labels.numel() / 4
    assert len(torch.unique(found.patches.flatten(1), dim=0)) == len(found.patches)
    framed = torch.nn.functional.pad(labels, (2, 2, 2, 2), value=OUTSIDE)
    literal = framed.unfold(1, 5, 1).unfold(2, 5, 1).reshape(-1, 5, 5)
    assert torch.equal(found.patches[found.which], literal)


def test_beyond_the_edge_there_is_no_label() -> None:
    found = patterns_of(torch.zeros(1, 32, 32, dtype=torch.int64))
    assert found is not None
    assert len(found.patches) == 25  # five ways to be near an edge, or not, in each direction
    planes, inside = found.one_hot(torch.float32), found.inside(torch.float32)
    corner = int(found.which[0])
    assert planes[corner, 0].sum() == 9
    assert planes[:, 1:].sum() == 0
    assert inside[corner].sum() == 4


def test_a_map_of_noise_is_not_looked_up() -> None:
    noise = torch.randint(0, 7, (1, 64, 64), generator=torch.Generator().manual_seed(1))
    assert patterns_of(noise) is None
    assert patterns_of(label_map(8, 6)) is None
