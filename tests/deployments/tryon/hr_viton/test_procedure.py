"""The steps between the networks, each against a plain statement of it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")

from deployments.labels import HR_VITON_GROUPS  # noqa: E402
from deployments.tryon.hr_viton.condition import Condition, ConditionGenerator  # noqa: E402
from deployments.tryon.hr_viton.generator import SpadeGenerator  # noqa: E402
from deployments.tryon.hr_viton.noise import SeededNoise  # noqa: E402
from deployments.tryon.hr_viton.procedure import (  # noqa: E402
    LABEL_OF_CLASS,
    Painted,
    Procedure,
    Shown,
    blurred,
    bounded,
    dressed,
    labels_of,
    warp,
)
from tests.deployments.tryon.hr_viton.weights import filled, pictures  # noqa: E402

SIZE = (256, 128)


def shown(count: int = 1) -> Shown:
    parse = pictures(13, *SIZE, count=count).argmax(1)
    return Shown(
        garment=pictures(3, *SIZE, count=count),
        garment_mask=(pictures(1, *SIZE, count=count) > 0).float(),
        agnostic_parse=torch.nn.functional.one_hot(parse, 13).permute(0, 3, 1, 2).float(),
        densepose=pictures(3, *SIZE, count=count).flip(2),
        agnostic=pictures(3, *SIZE, count=count).flip(3),
    )


@pytest.fixture(scope="module")
def networks() -> tuple[Any, Any]:
    return filled(ConditionGenerator(width=8)), filled(SpadeGenerator(width=4))


def run(networks: tuple[Any, Any], seeds: list[int], chosen: Procedure) -> Painted:
    noise = SeededNoise(seeds, torch.device("cpu"), torch.float32)
    with torch.inference_mode():
        return dressed(*networks, shown(len(seeds)), noise, chosen)


def test_the_blur_is_a_gaussian_with_nothing_beyond_the_edge() -> None:
    planes = pictures(2, 40, 30)
    found = blurred(planes)[0]
    for plane, after in zip(planes[0].numpy(), found.numpy(), strict=True):
        wide = cv2.copyMakeBorder(plane, 7, 7, 7, 7, cv2.BORDER_CONSTANT, value=0)
        wanted = cv2.GaussianBlur(wide, (15, 15), 3)[7:-7, 7:-7]
        assert np.abs(wanted - after).max() < 1e-6


def test_the_garment_s_class_is_bounded_by_its_mask() -> None:
    scores, mask = torch.ones(1, 13, 4, 4), torch.full((1, 1, 4, 4), 0.7)
    mask[..., 0] = 0.2
    told = Condition([], scores, torch.zeros(1, 3, 4, 4), mask)
    for composition, inside, outside in [
        ("warp_grad", 0.7, 0.2), ("detach", 1.0, 0.0), ("no_composition", 1.0, 1.0),
    ]:  # fmt: skip
        found = bounded(told, composition)  # type: ignore[arg-type]
        assert found[0, 3, 0, 1] == pytest.approx(inside)
        assert found[0, 3, 0, 0] == pytest.approx(outside)
        assert (found[:, [0, 1, 2, *range(4, 13)]] == 1).all()


def test_every_class_has_its_label() -> None:
    """Background, garment, hair, both arms and noise by themselves; the rest is pasted back."""
    assert len(LABEL_OF_CLASS) == len(HR_VITON_GROUPS)
    alone = {0: 0, 3: 2, 1: 3, 5: 4, 6: 5, 12: 6}
    assert all(LABEL_OF_CLASS[one] == alone.get(one, 1) for one in range(13))
    scores = torch.eye(13)[None, :, :, None]
    assert labels_of(scores)[0, :, 0].tolist() == list(LABEL_OF_CLASS)


def test_the_garment_is_sampled_at_full_size() -> None:
    """One column of the flow's 96 is 1 / 47.5 of the garment's half-width."""
    flow = torch.zeros(1, 2, 128, 96)
    flow[:, 0] = 1.0
    size = (512, 384)
    seen = Shown(
        torch.linspace(-1, 1, 384).expand(1, 3, *size),
        torch.ones(1, 1, *size),
        *[torch.zeros(0)] * 3,
    )
    still, _ = warp(seen, torch.zeros_like(flow))
    moved, mask = warp(seen, flow)
    middle = (moved - still)[0, 0, 256, 100:284]
    assert middle.mean() == pytest.approx(1 / 47.5, rel=0.01)
    assert (mask - 1).abs().max() < 1e-5


def test_arms_and_hair_are_cut_out_of_the_garment(networks: tuple[Any, Any]) -> None:
    plain = run(networks, [1], Procedure(occlusion=False))
    cut = run(networks, [1], Procedure(occlusion=True))
    hidden = torch.softmax(plain.scores, 1)[:, [1, 2, 5, 6, 7, 8, 9, 10, 11, 12]].sum(1)
    assert torch.allclose(cut.warped_mask[:, 0], plain.warped_mask[:, 0] * (1 - hidden), atol=1e-5)
    white = plain.warped * cut.warped_mask + (1 - cut.warped_mask)
    assert torch.allclose(cut.warped, white, atol=1e-5)
    assert not torch.equal(cut.picture, plain.picture)


def test_a_job_does_not_know_what_it_is_drawn_beside(networks: tuple[Any, Any]) -> None:
    """The second of two has other pictures; the first is what it is alone."""
    alone, both = run(networks, [7], Procedure()), run(networks, [7, 8], Procedure())
    assert both.picture.shape == (2, 3, *SIZE)
    assert torch.allclose(alone.picture[0], both.picture[0], atol=1e-3)


def test_the_same_seed_is_the_same_picture(networks: tuple[Any, Any]) -> None:
    first, again, other = (run(networks, [seed], Procedure()) for seed in (3, 3, 4))
    assert torch.equal(first.picture, again.picture)
    assert not torch.equal(first.picture, other.picture)
    assert torch.equal(first.labels, other.labels)
