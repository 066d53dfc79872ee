"""What needs torch: the network, the loss, the measures. Skipped where torch is not installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[train]'")

from training import onnx_file  # noqa: E402
from training.neckline import drawn, evaluate, export, train  # noqa: E402
from training.neckline.augment import Neck, load_necks, resized  # noqa: E402
from training.neckline.network import NeckNet  # noqa: E402


@pytest.fixture(scope="module")
def network() -> NeckNet:
    torch.manual_seed(0)
    fresh = NeckNet()
    fresh.eval()
    return fresh


def test_the_network_is_small_and_answers_at_half_the_size(network: NeckNet) -> None:
    assert sum(p.numel() for p in network.parameters()) < 1_000_000  # 2 MB in half precision
    with torch.no_grad():
        assert network(torch.zeros(2, 4, 64, 96)).shape == (2, 32, 48)


def test_the_cloths_mask_is_seen_once_it_is_learned() -> None:
    torch.manual_seed(0)
    fresh = NeckNet().eval()
    picture, masked = torch.zeros(1, 4, 64, 64), torch.zeros(1, 4, 64, 64)
    masked[:, 3, 20:] = 255
    with torch.no_grad():
        torch.testing.assert_close(fresh(picture), fresh(masked))
        torch.nn.init.normal_(fresh.cloth.weight)
        assert (fresh(picture) != fresh(masked)).any()


def test_the_loss_is_small_for_the_truth() -> None:
    truth = torch.zeros(1, 16, 16)
    truth[:, 4:12, 4:12] = 1
    right = torch.where(truth > 0, 20.0, -20.0)
    assert float(train.opening_loss(right, truth)) < 0.01
    assert float(train.opening_loss(-right, truth)) > 5


def test_frozen_blocks_get_no_gradient() -> None:
    fresh = NeckNet()
    train.set_training(fresh)
    fresh(torch.rand(2, 4, 32, 32) * 255).mean().backward()
    assert fresh.encoder.stem[1].weight.grad is None
    assert fresh.encoder.blocks[train.frozen].body[0][1].weight.grad is not None
    assert fresh.cloth.weight.grad is not None


def test_the_truth_overlaps_with_itself_and_nothing_with_it(
    network: NeckNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    necks = [drawn.neck(np.random.default_rng(seed)) for seed in range(3)]
    file, answers = tmp_path / "necks.npz", iter([*necks[:2], None])
    pictures, openings = (
        np.stack([getattr(neck, name) for neck in necks]) for name in ("picture", "opening")
    )
    np.savez(file, pictures=pictures, openings=openings)

    def told(_: NeckNet, picture: np.ndarray) -> np.ndarray:
        neck = next(answers)
        half = picture.shape[0] // 2
        seen = np.zeros((half, half)) if neck is None else resized(neck, 2 * half).opening
        return seen.astype(float) - 127

    monkeypatch.setattr(evaluate, "answer", told)
    result = evaluate.measures(network, load_necks(str(file)))
    assert result == pytest.approx({"iou": 2 / 3, "median": 1.0, "poor": 1 / 3})


def test_an_answer_has_half_the_pictures_size(network: NeckNet) -> None:
    assert evaluate.answer(network, np.zeros((64, 64, 4), np.uint8)).shape == (32, 32)


def test_examples_come_from_photos_and_from_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = Neck(np.zeros((256, 256, 4), np.uint8), np.zeros((256, 256), np.uint8))
    for share, opened in ((0.0, False), (1.0, True)):
        monkeypatch.setattr(train, "drawn_share", share)
        example = train.example(np.random.default_rng(0), [photo])
        assert bool((example.opening > 127).any()) is opened


@pytest.mark.filterwarnings("ignore")  # torch's exporter warns of itself
def test_the_written_file_answers_as_the_network(network: NeckNet, tmp_path: Path) -> None:
    file, shipped = tmp_path / "neckline.onnx", export.Shipped(network)
    export.write(shipped, file)
    assert file.stat().st_size < 2_500_000
    assert onnx_file.largest_difference(shipped, export.shape(), file) < 0.1
