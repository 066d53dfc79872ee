"""What needs torch: the network, the losses, the schedule. Skipped where torch is not installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[train]'")

from training import onnx_file  # noqa: E402
from training.parser import begin, export, train  # noqa: E402
from training.parser.labels import CLASSES, IGNORED  # noqa: E402
from training.parser.measures import measures  # noqa: E402
from training.parser.network import Parser  # noqa: E402


def test_the_network_is_small_and_answers_at_a_quarter() -> None:
    network = Parser(len(CLASSES)).eval()
    assert sum(p.numel() for p in network.parameters()) < 5_000_000
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 64, 96)).shape == (1, 12, 16, 24)


def test_foreign_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="Lite0"):
        Parser(12).encoder.load_published({"_conv_stem.weight": torch.zeros(3)})


def test_lovasz_is_nought_for_the_truth_and_one_for_its_opposite() -> None:
    target = torch.tensor([[[0, 1], [1, IGNORED]]])
    right = torch.full((1, 2, 2, 2), -30.0)
    right[0, 0, 0, 0] = right[0, 1, 0, 1] = right[0, 1, 1, 0] = 30
    assert float(train.lovasz(right, target)) == pytest.approx(0, abs=1e-5)
    assert float(train.lovasz(-right, target)) == pytest.approx(1, abs=1e-5)


def test_pictures_grow_in_the_run() -> None:
    assert train.stage_size(0) == (256, 192)
    assert train.stage_size(1) == (512, 384)


def test_a_run_can_go_on_from_the_shipped_file() -> None:
    pytest.importorskip("onnx", reason="pip install 'fitting-room[train]'")
    shipped = Path(__file__).parents[3] / "weights" / "parser.onnx"
    network = begin.unfolded(shipped).eval()
    asked = export.Shipped(network)
    assert onnx_file.largest_difference(asked, export.shape(), shipped) < 1e-3
    assert len(begin.normalisations(network)) == len(begin.convolutions(network)) - 2


def test_frozen_norms_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Parser(len(CLASSES))
    frozen = []
    for setting in (False, True):
        monkeypatch.setattr(train, "frozen_norms", setting)
        train.set_training(network)
        norms = begin.normalisations(network).values()
        frozen.append(sum(not norm.training for norm in norms))
    assert frozen[0] < frozen[1] == len(begin.normalisations(network))


def test_measures_on_counts_known_by_hand() -> None:
    counts = np.zeros((12, 12), np.int64)
    counts[0, 0], counts[5, 5], counts[5, 6], counts[0, 5] = 80, 10, 6, 4
    result = measures(counts)
    assert result["background"] == pytest.approx(80 / 84)
    assert result["upper"] == pytest.approx(10 / 20)
    assert result["merged"] == pytest.approx(16 / 20)
    assert result["person"] == pytest.approx(16 / 20)
    assert result["accuracy"] == pytest.approx(0.9)
