"""The network that moves cloth, its losses, a few steps. Skipped where torch is not installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[train]'")

from training.drape import evaluate_flow, flow  # noqa: E402
from training.drape.mover import (  # noqa: E402
    FARTHEST,
    Mover,
    band,
    bending,
    layers,
    moved,
    sampled,
)

torch.set_num_threads(1)
SLIP = 3
"""Px by which the cloth of a sample lies too far to the right."""


def sample(seed: int, side: int = 64) -> npt.NDArray[np.uint8]:
    """Spotted cloth before a grey wall, SLIP px to the right of where it belongs, H×W×14."""
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.normal(0, 1, (side, side, 3)), (0, 0), 2.0)
    spots = np.clip(128 + 50 * noise / noise.std(), 0, 255).astype(np.uint8)
    made = np.zeros((side, side, 14), np.uint8)
    made[..., :3] = made[..., 10:13] = 128
    inside = (slice(12, side - 12),) * 2
    made[inside][..., :3] = np.roll(spots, SLIP, axis=1)[inside]
    made[inside][..., 10:13] = spots[inside]
    made[inside][..., 3] = made[inside][..., 5] = made[inside][..., 13] = 255
    return made


def data_of(one: npt.NDArray[np.uint8]) -> Any:
    """A batch of one sample with its layers."""
    full = np.dstack([one, layers(one)])
    return torch.from_numpy(full).permute(2, 0, 1)[None].float()


def stirred(hide: bool) -> Any:
    """A network that answers more than nothing."""
    torch.manual_seed(2)
    network = Mover(hide).eval()
    for head in (network.flow, network.edge):
        torch.nn.init.normal_(head.weight, std=0.3)
    return network


def test_the_network_begins_as_the_identity_and_stays_small() -> None:
    network, data = Mover().eval(), data_of(sample(1))
    assert sum(p.numel() for p in network.parameters()) < 1_500_000
    with torch.no_grad():
        answer = network(data[:, :10])
    assert answer[0].shape == (1, 2, 8, 8)
    assert answer[1].shape == (1, 1, 16, 16)
    for edges in (False, True):
        made = moved(data[:, :10], data[:, 14:], answer, edges)
        assert float((made - data[:, :3]).abs().max()) < 0.02


def test_what_tells_of_the_old_garment_is_hidden() -> None:
    planes = data_of(sample(1))[:, :10]
    other = planes.clone()
    other[:, 4:6, :20] = 255
    other[:, :3] += 60 * (planes[:, 3:4] == 0)
    with torch.no_grad():
        answers = [[stirred(hide)(p)[0] for p in (planes, other)] for hide in (True, False)]
    assert torch.equal(*answers[0])
    assert float((answers[1][0] - answers[1][1]).abs().max()) > 0.01


def test_a_flow_fetches_from_where_it_points_and_has_an_end() -> None:
    picture = torch.rand(1, 3, 32, 32)
    right = torch.zeros(1, 2, 32, 32)
    right[:, 0] = 1
    assert torch.allclose(sampled(picture, right)[..., :-1], picture[..., 1:], atol=1e-4)
    network = stirred(True)
    torch.nn.init.constant_(network.flow.bias, 9999.0)
    with torch.no_grad():
        flowing, _ = network(torch.zeros(1, 10, 32, 32))
    assert float(flowing.max()) == pytest.approx(FARTHEST, abs=1e-3)


def test_only_a_cheat_is_shown_the_truth() -> None:
    data = data_of(sample(1))
    assert torch.equal(flow.shown(data, cheating=False), data[:, :10])
    seen = flow.shown(data, cheating=True)
    assert seen.shape[1] == 10
    assert torch.equal(seen[:, 4:7], data[:, 10:13])


def test_only_what_bends_is_charged() -> None:
    y, x = torch.meshgrid(torch.arange(24.0), torch.arange(16.0), indexing="ij")
    straight = torch.stack([0.3 * x + 0.1 * y - 2, 0.2 * y])[None]
    assert float(bending(straight)) == pytest.approx(0, abs=1e-6)
    assert float(bending(straight + torch.sin(x))) > 0.1


def test_layers_carry_cloth_and_wall_past_the_edge() -> None:
    one = sample(3)
    one[..., :3][one[..., 3] > 0] = (200, 30, 40)
    cloth, behind = np.split(layers(one).astype(int), 2, axis=2)
    assert np.abs(cloth - (200, 30, 40)).max() < 3
    assert np.abs(behind - 128).max() < 3


def test_the_edge_gives_way_only_beside_the_edge() -> None:
    data = data_of(sample(1))
    still, less = torch.zeros(1, 2, 8, 8), -torch.ones(1, 1, 16, 16)
    made = moved(data[:, :10], data[:, 14:], (still, less), edges=True)
    near = band(data[:, 3:4] / 255)
    changed = (made - data[:, :3]).abs().amax(1, keepdim=True)
    assert float(changed[near == 0].max()) < 0.02
    assert float(near[0, 0, 32, 32]) == 0
    gone = (data[:, 3:4] > 0) & (near > 0.99)
    assert float((made - 128).abs().amax(1, keepdim=True)[gone].max()) < 3


def test_a_crisp_edge_is_steeper() -> None:
    data = data_of(sample(1))
    share = torch.nn.functional.avg_pool2d(data[:, 3:4], 9, 1, 4)
    data[:, 3:4], data[:, 14:17], data[:, 17:] = share, 228, 128
    data[:, :3] = 128 + share / 255 * 100
    answer = torch.zeros(1, 2, 8, 8), torch.zeros(1, 1, 16, 16)
    soft, steep = (
        float(moved(data[:, :10], data[:, 14:], answer, True, crisp=crisp)[0, 0].diff(dim=0).max())
        for crisp in (1.0, 5.0)
    )
    assert steep > 3 * soft


def test_a_few_steps_find_where_the_cloth_belongs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = np.stack([sample(number) for number in range(4)])
    np.save(tmp_path / "train-0.npy", pictures)
    np.save(tmp_path / "validation-0.npy", pictures[:3])
    np.save(tmp_path / "unpaired-0.npy", pictures[..., :10])
    settings = {"samples": str(tmp_path), "out": str(tmp_path), "steps": 30, "rate": 6e-3}
    settings |= {"critic_from": 0.9, "mean_decay": 0.6, "batch": 3}
    for name, value in settings.items():
        monkeypatch.setattr(flow, name, value)
    # A mirrored slip is a slip to the other side: with both there is nothing to find.
    monkeypatch.setattr(flow, "mirrored", lambda one: one)
    flow.main()
    trained = evaluate_flow.load(str(tmp_path / "last.pt"))
    data = data_of(pictures[0])
    with torch.no_grad():
        flowing, _ = trained.network(data[:, :10])
        found = evaluate_flow.measured(trained, flow.load("validation-*.npy")[0])
    assert float(flowing[0, 0, 2:6, 2:6].mean()) == pytest.approx(SLIP, abs=1.0)
    assert found["cloth moved"] > found["cloth plain"] + 0.2
    assert found["cloth told"] > found["cloth plain"] + 0.2
    assert found["cloth lowered"] < found["cloth plain"]
    assert found["edge softened"] < found["edge plain"]
    assert flow.Run(tmp_path).step >= 30
    assert '"step": 20' in capsys.readouterr().out
