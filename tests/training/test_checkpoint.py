"""Training runs on disk. Skipped where torch is not installed."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[train]'")

from training import checkpoint  # noqa: E402


def test_what_was_written_is_read_and_nothing_half_written_stays(tmp_path: Path) -> None:
    one, other = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    file = tmp_path / "last.pt"
    checkpoint.write(file, {"network": one}, step=7)
    assert checkpoint.read(file, {"network": other})["step"] == 7
    assert torch.equal(one.weight, other.weight)
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]


def test_a_write_that_fails_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, network = tmp_path / "last.pt", torch.nn.Linear(3, 2)
    checkpoint.write(file, {"network": network}, step=1)

    def breaks(_: object, spare: Path) -> None:
        spare.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(torch, "save", breaks)
    with pytest.raises(OSError, match="No space"):
        checkpoint.write(file, {"network": network}, step=2)
    monkeypatch.undo()
    assert checkpoint.read(file, {"network": network})["step"] == 1


@pytest.mark.parametrize(("step", "share"), [(0, 0.95), (19, 19 / 39), (100_000, 0.01)])
def test_the_running_mean_follows_faster_at_the_beginning(step: int, share: float) -> None:
    mean, network = torch.nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2)
    for part, value in ((mean, 0.0), (network, 1.0)):
        torch.nn.init.constant_(part.weight, value)
        part.running_mean.fill_(value)
    checkpoint.follow(mean, network, step, decay=0.99)
    assert float(mean.weight[0].detach()) == pytest.approx(share, abs=1e-4)
    assert float(mean.running_mean[0]) == pytest.approx(share, abs=1e-4)
    assert int(mean.num_batches_tracked) == 0
