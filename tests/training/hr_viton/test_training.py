"""HR-VITON's training: names, losses, data, and that a loss falls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")

from deployments.palette import palette_png  # noqa: E402
from deployments.tryon.hr_viton import generator  # noqa: E402
from deployments.types import Label  # noqa: E402
from training.hr_viton import losses  # noqa: E402
from training.hr_viton.data import Folder, batch_of, drawn_pair  # noqa: E402
from training.hr_viton.discriminators import (  # noqa: E402
    ConditionDiscriminator,
    PictureDiscriminator,
)
from training.hr_viton.train import (  # noqa: E402
    condition_trainer,
    folder_batches,
    generator_trainer,
)

NARROW = (4, 4, 0, 4, 4, 0, 4, 4, 4, 4, 0, 4, 4, 4, 4, 0, 4, 4, 4, 4)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("network", "listed", "count"),
    [
        (ConditionDiscriminator, "hr_viton_tocg_discriminator", 5_590_914),
        (PictureDiscriminator, "hr_viton_gen_discriminator", 1_339_522),
    ],
)
def test_the_discriminators_are_the_published_ones(
    network: Any, listed: str, count: int, shared: Path
) -> None:
    with torch.device("meta"):
        made = network()
    assert sum(one.numel() for one in made.parameters()) == count
    own = [f"{name} {tuple(one.shape)} float32" for name, one in made.state_dict().items()]
    keys = (shared / "facts" / "keys" / f"{listed}.txt").read_text()
    assert sorted(own) == sorted(keys.splitlines())


def test_what_the_discriminators_answer() -> None:
    scores = ConditionDiscriminator(4)(torch.rand(1, 20, 256, 192), torch.rand(1, 13, 256, 192))
    assert [tuple(one.shape) for one in scores] == [(1, 1, 19, 15), (1, 1, 11, 9)]
    judged = PictureDiscriminator(4)(torch.rand(1, 7, 128, 96), torch.rand(1, 3, 128, 96))
    assert [len(scale) for scale in judged] == [4, 4]
    assert judged[0][-1].shape == (1, 1, 18, 14)


def test_the_losses() -> None:
    ramp = torch.arange(4.0).expand(1, 2, 3, 4)
    assert losses.smoothness(ramp) == pytest.approx(1.0)
    high, low = [torch.full((1, 1, 2, 2), 2.0)], [torch.full((1, 1, 2, 2), -0.5)]
    assert losses.hinge(high, real=True) == 0
    assert losses.hinge(low, real=True) == 1.5
    assert losses.hinge(high, real=False) == 3
    assert losses.hinge_generator([*high, *low]) == pytest.approx(-0.75)
    assert losses.least_squares([*high, *low], real=True) == pytest.approx(1 + 2.25)
    first, second = [[ramp, ramp]] * 2, [[ramp + 0.5, ramp + 9]] * 2
    assert losses.feature_matching(first, second) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="differ"):
        losses.total({"a": torch.ones(())}, {"b": 1.0})


def test_the_perceptual_loss(tmp_path: Path) -> None:
    """Its weights are those of torchvision, classifier and all."""
    alike = losses.Perceptual(planes=NARROW)
    state = alike.state_dict() | {
        "classifier.0.weight": torch.zeros(3),
        "features.34.bias": torch.ones(4),
    }
    torch.save(state, tmp_path / "vgg19.pth")
    again = losses.Perceptual(tmp_path / "vgg19.pth", NARROW)
    made, wanted = torch.rand(1, 3, 64, 48), torch.rand(1, 3, 64, 48)
    assert alike(made, made) == 0
    assert alike(made, wanted) > 0
    assert alike(made, wanted) == again(made, wanted)
    assert [len(alike.features[:cut]) for cut in losses.CUTS] == [2, 7, 12, 21, 30]


@pytest.mark.parametrize(
    ("make", "width", "size", "watched"),
    [
        (condition_trainer, 4, (128, 96), ("classes", "mask")),
        (generator_trainer, 4, (256, 128), ("perceptual", "features")),
    ],
    ids=["condition", "generator"],
)
def test_the_loss_falls(
    make: Any,
    width: int,
    size: tuple[int, int],
    watched: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a narrower middle of each norm too, which is where the generator's work is."""
    monkeypatch.setattr(generator, "HIDDEN", 8)
    difference = losses.Perceptual(planes=NARROW)
    network, step = make(width, difference, "cpu")
    pair = batch_of([drawn_pair(seed, size) for seed in range(2)])
    told = [step(number, pair) for number in range(12)]
    for name in watched:
        begun, ended = (np.mean([one[name] for one in part]) for part in (told[:3], told[-3:]))
        assert ended < 0.97 * begun, name
    assert all(np.isfinite(list(one.values())).all() for one in told)
    assert all(
        one.grad is not None for name, one in network.named_parameters() if "conv2." not in name
    )


def test_a_folder_of_pairs(tmp_path: Path) -> None:
    for part in ("image", "cloth", "cloth-mask", "image-densepose"):
        (tmp_path / "train" / part).mkdir(parents=True)
        for name in ("00001_00", "00002_00"):
            shade = 250 if part == "cloth-mask" else 90
            PIL.Image.new("RGB", (96, 128), (shade,) * 3).save(
                tmp_path / "train" / part / f"{name}.jpg"
            )
    labels = np.full((128, 96), Label.UPPER_CLOTHES, np.uint8)
    labels[:30] = Label.BACKGROUND
    pose = np.zeros((25, 3))
    pose[[1, 2, 5, 9, 12]] = [(48, 32, 1), (30, 34, 1), (66, 34, 1), (36, 90, 1), (60, 90, 1)]
    told = {"people": [{"pose_keypoints_2d": pose.flatten().tolist()}]}
    for part in ("image-parse-v3", "openpose_json"):
        (tmp_path / "train" / part).mkdir()
    for name in ("00001_00", "00002_00"):
        (tmp_path / "train" / "image-parse-v3" / f"{name}.png").write_bytes(palette_png(labels))
        keypoints = tmp_path / "train" / "openpose_json" / f"{name}_keypoints.json"
        keypoints.write_text(json.dumps(told))
    pair = next(folder_batches(Folder(tmp_path, (64, 48)), 2))
    assert pair.garment.shape == (2, 4, 64, 48)
    assert pair.person.shape == (2, 16, 64, 48)
    assert pair.labels.shape == (2, 7, 64, 48)
    assert pair.worn_mask[:, :, 20:].all()
    assert not pair.worn_mask[:, :, :14].any()
    assert (pair.person[:, 3] == 0).all(), "the old garment is not shown"
    assert (pair.worn[:, :, :14] == 1).all()
    assert pair.garment[:, 3].all()
    with pytest.raises(FileNotFoundError):
        Folder(tmp_path, (64, 48), "test")
