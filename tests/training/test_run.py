"""Runs that are saved and go on. Skipped where torch is not installed."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[train]'")

from training.garment.network import GarmentNet  # noqa: E402
from training.run import Run, freeze, two_rates  # noqa: E402


def _run(folder: Path) -> Run:
    torch.manual_seed(0)
    network = torch.nn.Linear(3, 1)
    return Run(folder, network, torch.optim.SGD(network.parameters(), lr=0.02), 0.9)


def test_a_step_goes_down_and_the_mean_follows(tmp_path: Path) -> None:
    run, x = _run(tmp_path), torch.ones(4, 3)
    start = run.mean.weight.clone()
    losses = [run.descend((run.network(x) - 2).square().mean()) for _ in range(6)]
    assert losses == sorted(losses, reverse=True)
    assert run.step == 6
    assert (run.mean.weight != start).any()
    assert (run.mean.weight != run.network.weight).any()


def test_a_saved_run_goes_on(tmp_path: Path) -> None:
    run = _run(tmp_path)
    run.descend(run.network(torch.ones(1, 3)).square().mean())
    run.done = 0.5
    run.save()
    again = _run(tmp_path)
    assert (again.step, again.done) == (1, 0.5)
    torch.testing.assert_close(again.network.weight, run.network.weight)
    torch.testing.assert_close(again.mean.weight, run.mean.weight)


def test_the_encoder_learns_slower_and_what_is_frozen_not_at_all() -> None:
    network = GarmentNet()
    network.train()
    freeze(network.encoder, 2)
    encoder, decoder = two_rates(network, 1e-4, 1e-3, 0.0).param_groups
    assert (encoder["peak"], decoder["peak"]) == (1e-4, 1e-3)
    taught = {id(p) for group in (encoder, decoder) for p in group["params"]}
    first, third = network.encoder.blocks[1], network.encoder.blocks[2]
    assert not any(id(p) in taught for p in first.parameters())
    assert all(id(p) in taught for p in third.parameters())
    assert not first.training
    assert third.training
