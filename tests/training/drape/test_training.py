"""What needs torch: the network, its losses, a few steps. Skipped where torch is not installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[train]'")

from training.drape import train  # noqa: E402
from training.drape.network import LARGEST_LOG_GAIN, LARGEST_RESIDUAL, Refiner, applied  # noqa: E402

torch.set_num_threads(1)


def sample(seed: int, darker: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A picture of which a block is cloth, too light by a factor."""
    rng = np.random.default_rng(seed)
    made = rng.integers(60, 200, (64, 64, train.SHOWN + 5), dtype=np.uint8)
    made[..., 3:6] = 0
    made[16:48, 16:48, 3] = made[16:48, 16:48, 5] = 255
    made[..., 10:13] = (made[..., :3] * darker).astype(np.uint8)
    made[..., 13] = 255
    return made


def test_the_network_begins_as_the_identity_and_stays_small() -> None:
    network = Refiner().eval()
    assert sum(p.numel() for p in network.parameters()) < 2_500_000
    planes = torch.randint(0, 256, (1, 10, 64, 96)).float()
    with torch.no_grad():
        answer = network(planes)
    assert answer.shape == (1, 4, 64, 96)
    assert torch.equal(applied(planes, answer), planes[:, :3])


def test_its_answers_are_limited() -> None:
    network = Refiner().eval()
    torch.nn.init.constant_(network.answer.bias, 99.0)
    with torch.no_grad():
        answer = network(torch.zeros(1, 10, 32, 32))
    assert float(answer[:, 0].max()) == pytest.approx(LARGEST_LOG_GAIN, abs=1e-4)
    assert float(answer[:, 1:].max()) == pytest.approx(LARGEST_RESIDUAL, abs=1e-2)


def test_the_difference_is_nought_for_the_truth_and_blind_where_nothing_teaches() -> None:
    truth = torch.rand(1, 3, 32, 32) * 255
    weights = torch.zeros(1, 1, 32, 32)
    weights[..., :16] = 1
    made = truth.clone()
    made[..., 20:] += 50
    assert float(train.difference(made, truth, weights)) == pytest.approx(0, abs=1e-6)
    made[..., :8] += 50
    assert float(train.difference(made, truth, weights)) > 0.05


def test_a_mirrored_sample_turns_the_sideways_coordinate() -> None:
    first = sample(1, 1.0)
    turned = train.mirrored(first)
    assert np.array_equal(turned[:, ::-1, :8], first[..., :8])
    assert turned[5, 7, 8] == 254 - first[5, 56, 8]


def skin_sample() -> Any:
    """A face that stays, a painted arm, ground beside them."""
    data = torch.full((train.SHOWN + 5, 32, 32), 180.0)
    data[3:10] = data[13:] = 0
    data[4:6, 16:] = 255  # painted
    data[14, :, :16] = 255
    return data


def test_a_darker_skin_is_darker_in_the_picture_and_in_its_truth() -> None:
    data = skin_sample()
    train.tan(np.random.default_rng(1), data)
    assert (data[:3, 20:, :16] < 150).all()
    assert torch.allclose(data[:3, :, :16], data[10:13, :, :16])
    assert (data[:3, :16, 16:] == 180).all()
    assert (data[10:13, :, 16:] == 180).all()


def test_a_mistaken_tone_is_shown_and_not_taught() -> None:
    data = skin_sample()
    train.mistake(np.random.default_rng(1), data)
    assert (data[:3, 16:] != 180).all()
    assert (data[:3, :16] == 180).all()
    assert (data[10:13] == 180).all()


def test_a_few_steps_learn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "train-0.npy", np.stack([sample(k, 0.75) for k in range(4)]))
    for name, value in {
        "samples": str(tmp_path),
        "steps": 25,
        "critic_from": 0.9,
        "batch": 4,
        "mean_decay": 0.5,
    }.items():
        monkeypatch.setattr(train, name, value)
    torch.manual_seed(0)
    run, files = train.Run(tmp_path), train.load("train-*.npy")
    with torch.no_grad():
        assert train.measured(run, files)["cloth_made"] > 15
    for step in range(25):
        run.done = step / 25
        batch = train.make_batch(np.random.default_rng(step), files, 4)
        train.advance(run, batch, None)
    with torch.no_grad():
        result = train.measured(run, files)
    assert result["cloth_made"] < 0.75 * result["cloth_plain"]
    run.save()
    again = train.Run(tmp_path)
    assert again.step == 25
