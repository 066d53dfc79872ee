"""The image generator: its form, its names, what it computes."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")

from deployments.tryon.hr_viton.generator import SpadeGenerator  # noqa: E402
from deployments.tryon.hr_viton.noise import SeededNoise  # noqa: E402
from tests.deployments.tryon.hr_viton.weights import filled, label_map, pictures  # noqa: E402

MEAN, SPREAD, CORNER = 0.624395, 0.696292, 0.935784
"""Of the picture's absolute values, its standard deviation and one pixel, by the published code
with the weights of `filled` at a width of 4 and the noise of seed 5."""


def test_as_many_weights_as_published() -> None:
    with torch.device("meta"):
        network = SpadeGenerator()
    assert len(network.state_dict()) == 264
    assert sum(one.numel() for one in network.parameters()) == 100_481_987


def test_every_name_and_shape_is_the_published_one(shared: Path) -> None:
    listed = (shared / "facts" / "keys" / "hr_viton_gen.txt").read_text()
    with torch.device("meta"):
        state = SpadeGenerator().state_dict()
    own = [
        f"{name} {tuple(one.shape)} {str(one.dtype).removeprefix('torch.')}"
        for name, one in state.items()
    ]
    assert sorted(own) == sorted(listed.splitlines())


def test_what_the_published_code_computes() -> None:
    network = filled(SpadeGenerator(width=4))
    labels = torch.nn.functional.one_hot(label_map(256, 128), 7).permute(0, 3, 1, 2).float()
    noise = SeededNoise([5], torch.device("cpu"), torch.float32)
    with torch.inference_mode():
        picture = network(pictures(9, 256, 128), labels, noise)
    assert picture.shape == (1, 3, 256, 128)
    assert float(picture.abs().mean()) == pytest.approx(MEAN, rel=1e-3)
    assert float(picture.std()) == pytest.approx(SPREAD, rel=1e-3)
    assert float(picture[0, 1, 40, 30]) == pytest.approx(CORNER, abs=1e-3)


def test_noise_is_each_sample_s_own() -> None:
    together = SeededNoise([3, 4], torch.device("cpu"), torch.float32)
    alone = SeededNoise([4], torch.device("cpu"), torch.float32)
    for _ in range(3):
        both, one = together(6, 8), alone(6, 8)
        assert both.shape == (2, 1, 6, 8)
        assert torch.equal(both[1], one[0])
        assert not torch.equal(both[0], both[1])


def test_noise_lies_as_the_published_code_draws_it() -> None:
    drawn = torch.randn(1, 8, 6, 1, generator=torch.Generator().manual_seed(9))
    noise = SeededNoise([9], torch.device("cpu"), torch.float32)
    assert torch.equal(noise(6, 8), drawn.transpose(1, 3))
