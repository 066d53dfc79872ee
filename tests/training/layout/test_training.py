from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install -e '.[train]'")

from training.layout import evaluate, sample, train  # noqa: E402
from training.layout.network import LayoutNet, load  # noqa: E402


def person(reach: int) -> tuple[sample.Bytes, train.Floats, sample.Bytes]:
    """Somebody square whose garment reaches so many cells down."""
    planes = np.zeros((sample.HEIGHT, sample.WIDTH, len(sample.PLANES)), np.uint8)
    truth = np.zeros((sample.HEIGHT, sample.WIDTH), np.uint8)
    planes[30:110, 20:76, 0] = 255
    truth[30 : 30 + reach, 20:76] = sample.GARMENT
    truth[30 + reach : 110, 20:76] = sample.LOWER
    told = np.full(len(sample.ATTRIBUTES), 0.3, np.float32)
    told[2] = reach / 50
    return planes, told, truth


def samples() -> train.Samples:
    people = [person(reach) for reach in (30, 60)]
    planes, told, truth = (np.stack(each) for each in zip(*people, strict=True))
    return train.Samples(planes, told, truth, np.ones_like(truth))


def test_the_network_is_small_and_answers_for_every_cell() -> None:
    network = LayoutNet().eval()
    assert sum(p.numel() for p in network.parameters()) < 500_000
    data = samples()
    found = evaluate.answers(network, data.planes, data.attributes)
    assert found.shape == (2, len(sample.CLASSES), sample.HEIGHT, sample.WIDTH)


def test_mirroring_exchanges_the_sides() -> None:
    names = [sample.PLANES[index] for index in train.MIRRORED]
    assert names[sample.PLANES.index("forearm left")] == "forearm right"
    assert names[sample.PLANES.index("hidden")] == "hidden"


def test_the_same_seed_moves_a_sample_alike() -> None:
    first, second = (train.varied(np.random.default_rng(3), samples(), 0) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    planes, _, truth, known, changed = first
    garment = truth == sample.GARMENT
    assert (changed > 0)[garment].mean() > 0.95
    assert not planes[..., 0].any()  # nobody's bones are seen
    assert known[garment].all()


def test_it_learns_that_a_hem_follows_the_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(train, "rate", 0.01)
    data, run = samples(), train.Run(tmp_path)
    hidden = data.planes[..., 0]
    examples: list[train.Example] = [
        (data.planes[i], data.attributes[i], data.truth[i], data.known[i], hidden[i])
        for i in (0, 1)
    ]
    losses = [run.learn(examples) for _ in range(8)]
    assert losses[-1] < 0.8 * losses[0]
    run.save()
    assert train.Run(tmp_path).step == 8
    assert isinstance(load(tmp_path / "last.pt"), LayoutNet)


def test_overlaps_are_of_the_region_alone() -> None:
    truth = person(60)[2]
    found = truth.copy()
    found[:30] = sample.GARMENT
    whole = np.ones(truth.shape, bool)
    inside = whole.copy()
    inside[:30] = False
    assert evaluate.overlaps(found, truth, inside)[0] == 1.0
    assert evaluate.overlaps(found, truth, whole)[0] < 0.8
    assert np.isnan(evaluate.overlaps(found, truth, whole)[1])  # no arm is seen


def test_the_plan_has_its_say_where_the_network_does_not_know() -> None:
    plan = person(60)[2]
    logits = np.zeros((len(sample.CLASSES), sample.HEIGHT, sample.WIDTH), np.float32)
    assert (evaluate.fused(logits, plan).argmax(0) == plan).mean() > 0.999  # corners are rounded
    logits[sample.ARM] = 9
    assert (evaluate.fused(logits, plan).argmax(0) == sample.ARM).all()


def test_the_table_compares_the_same_cells(tmp_path: Path) -> None:
    data = samples()
    np.savez(
        tmp_path / "validation-0.npz",
        planes=data.planes,
        attributes=data.attributes,
        truth=data.truth,
        known=data.known,
        plan=data.truth,
        region=data.planes[..., 0],
    )
    found = evaluate.table(LayoutNet().eval(), [tmp_path / "validation-0.npz"])
    assert (found["plan"][:, 0] == 1.0).all()
    assert (found["network"][:, 0] < 1.0).all()
