"""What needs torch: the network, the losses, the measures. Skipped where torch is not installed."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[train]'")

from training.garment import augment, evaluate, train  # noqa: E402
from training.garment.labels import HEADS, UNKNOWN  # noqa: E402
from training.garment.network import GarmentNet  # noqa: E402


@pytest.fixture(scope="module")
def network() -> GarmentNet:
    torch.manual_seed(0)
    fresh = GarmentNet()
    fresh.eval()
    return fresh


def test_the_network_is_small_and_answers_at_half_the_size(network: GarmentNet) -> None:
    assert sum(p.numel() for p in network.parameters()) < 2_900_000  # 6 MB in half precision
    with torch.no_grad():
        mask, told = network(torch.zeros(2, 3, 64, 96))
    assert mask.shape == (2, 32, 48)
    assert {name: tuple(logits.shape) for name, logits in told.items()} == {
        name: (2, len(names)) for name, names in HEADS.items()
    }


def test_the_mask_loss_is_small_for_the_truth_and_blind_to_the_unknown() -> None:
    target = torch.zeros(1, 8, 8, dtype=torch.uint8)
    target[:, 2:6, 2:6] = 254
    right = torch.where(target > 127, 20.0, -20.0)
    assert float(train.mask_loss(right, target)) < 0.01
    assert float(train.mask_loss(-right, target)) > 5
    unknown = torch.full_like(target, augment.IGNORED)
    assert float(train.mask_loss(right, unknown)) == 0


def test_unknown_labels_cost_nothing() -> None:
    told = {name: torch.randn(2, len(names)) for name, names in HEADS.items()}
    nothing_known = torch.full((2, len(HEADS)), UNKNOWN)
    assert float(train.label_loss(told, nothing_known)) == 0
    one_known = nothing_known.clone()
    one_known[0, 0] = 3
    assert float(train.label_loss(told, one_known)) > 0


def test_frozen_blocks_get_no_gradient() -> None:
    fresh = GarmentNet()
    train.set_training(fresh)
    mask, told = fresh(torch.rand(2, 3, 32, 32) * 255)
    (mask.mean() + told["category"].mean()).backward()
    assert fresh.encoder.stem[1].weight.grad is None
    assert fresh.encoder.blocks[train.frozen].body[0][1].weight.grad is not None
    assert fresh.heads.weight.grad is not None


def test_measures_on_a_photo(network: GarmentNet) -> None:
    pixels = np.zeros((40, 30, 4), np.uint8)
    photo = augment.Photo(pixels, (0, UNKNOWN, UNKNOWN, UNKNOWN), masked=False)
    result = evaluate.measures(network, [photo], 64)
    assert set(result) == {"iou", "category"}
    assert result["category"] in (0.0, 1.0)


def test_overlap_of_masks_known_by_hand() -> None:
    one, two = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    one[:2], two[1:3] = True, True
    assert evaluate.overlap(one, two) == pytest.approx(1 / 3)
