"""The engine as a model among others: pictures in, an outcome out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")

from deployments.agnostic import agnostic_photo  # noqa: E402
from deployments.batch import Call, attempt  # noqa: E402
from deployments.densepose import DensePose  # noqa: E402
from deployments.densepose.parts import Parts  # noqa: E402
from deployments.finish import finished  # noqa: E402
from deployments.framing import Window  # noqa: E402
from deployments.labels import to_lip  # noqa: E402
from deployments.memory import digest  # noqa: E402
from deployments.tryon.hr_viton import HrViton, engine, networks  # noqa: E402
from deployments.tryon.hr_viton.condition import Variant  # noqa: E402
from deployments.tryon.hr_viton.engine import Order  # noqa: E402
from deployments.tryon.hr_viton.procedure import Painted, Procedure  # noqa: E402
from deployments.types import (  # noqa: E402
    CategoryUnsupported,
    GarmentShape,
    Image,
    Joint,
    Label,
    Outcome,
    Pose,
    frozen,
)
from tests.deployments.tryon.hr_viton.test_networks import (  # noqa: E402
    _narrow_condition,
    _narrow_generator,
)
from tests.deployments.tryon.hr_viton.weights import filled  # noqa: E402
from weights.errors import LicenceNotAllowed, WeightsMissing  # noqa: E402
from weights.store import Store  # noqa: E402

HEIGHT, WIDTH = 300, 260
HIGH, WIDE = 256, 128
SHIRT = GarmentShape("upper", "top", "short", {}, None, None, None, False, 0.81)


def figure() -> tuple[Image, Pose, Any]:
    """Somebody on a ground of noise, so that a byte that changed is seen."""
    photo = np.random.default_rng(2).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    pose: Pose = np.zeros((25, 3), np.float32)
    for joint, place in {
        Joint.NOSE: (130, 50), Joint.NECK: (130, 80), Joint.RIGHT_SHOULDER: (95, 85),
        Joint.LEFT_SHOULDER: (165, 85), Joint.RIGHT_ELBOW: (85, 140), Joint.LEFT_ELBOW: (175, 140),
        Joint.RIGHT_WRIST: (82, 190), Joint.LEFT_WRIST: (178, 190), Joint.RIGHT_HIP: (108, 190),
        Joint.LEFT_HIP: (152, 190),
    }.items():  # fmt: skip
        pose[joint] = (*place, 1)
    parse = np.full((HEIGHT, WIDTH), Label.BACKGROUND, np.uint8)
    parse[75:200, 90:170] = Label.UPPER_CLOTHES
    parse[25:70, 110:150] = Label.FACE
    parse[70:80, 120:140] = Label.TORSO_SKIN
    parse[200:, 95:165] = Label.PANTS
    return frozen(photo), pose, frozen(parse)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with both files, of networks with a few channels, for small pictures."""
    monkeypatch.setattr(engine, "FAST", (HIGH, WIDE))
    monkeypatch.setattr(networks, "ConditionGenerator", _narrow_condition)
    monkeypatch.setattr(networks, "SpadeGenerator", _narrow_generator)
    monkeypatch.setattr(networks, "_ENCODER_INPUTS", 6 * 8)
    folder = tmp_path / "hr-viton"
    folder.mkdir()
    made = filled(_narrow_condition(Variant())), filled(_narrow_generator())
    torch.save(made[0].state_dict(), folder / "mtviton.pth")
    torch.save(made[1].state_dict(), folder / "gen.pth")
    return Store(tmp_path, licences="any")


def dress(dresser: HrViton, shape: GarmentShape = SHIRT, **options: Any) -> Outcome:
    return dresser(*pieces(shape), fast=True, **options)


def pieces(shape: GarmentShape = SHIRT, colour: int = 200) -> tuple[Any, ...]:
    """What a job brings, its garment of a red of its own."""
    person, pose, parse = figure()
    parts = DensePose(engine_store(), "cpu")(person, pose, parse)
    garment = frozen(np.full((90, 70, 3), (colour, 30, 60), np.uint8))
    mask = frozen(np.full((90, 70), 255, np.uint8))
    return person, pose, parse, garment, mask, shape, parts


def engine_store() -> Store:
    return Store(Path("/nowhere"), licences="any")


def test_a_person_of_any_size_is_dressed_in_place(store: Store) -> None:
    dresser = HrViton(store)
    outcome = dress(dresser, seed=3)
    person = figure()[0]
    assert outcome.image.shape == person.shape
    assert not np.array_equal(outcome.image, person)
    assert outcome.engine.licence == "CC BY-NC 4.0"
    assert outcome.engine.commercial_use is False
    assert outcome.confidence == 0.9
    assert set(outcome.timings) == {"prepare", "networks"}
    assert outcome.warnings[0].startswith("LesserBodyParts: ")
    again, other = dress(dresser, seed=3), dress(dresser, seed=4)
    assert np.array_equal(outcome.image, again.image)
    assert not np.array_equal(outcome.image, other.image)


def test_nothing_is_edited_but_what_was_hidden_or_is_garment(store: Store) -> None:
    outcome = dress(HrViton(store))
    person, pose, parse = figure()
    assert outcome.edited is not None
    assert set(np.unique(outcome.edited)) == {0, 255}
    edited = outcome.edited > 0
    assert edited[(parse == Label.UPPER_CLOTHES)].mean() > 0.97
    assert not edited[40:60, 120:140].any(), "the face"
    hidden = (agnostic_photo(person, to_lip(parse), pose) == 128).all(axis=2)
    near_skin = hidden[72:78, 124:136]
    assert edited[72:78, 124:136][near_skin].all(), "the neck is no background"
    whole = finished(
        person, outcome, Window.whole(person.shape), keep_background=True, feather=False
    )
    assert np.array_equal(whole[~edited], person[~edited])
    assert not np.array_equal(whole[edited], person[edited])


def test_an_old_coat_that_hangs_out_is_told(store: Store) -> None:
    """The rule that the networks know hides a body with a top, and no skirts of a coat."""
    dresser = HrViton(store)
    assert dress(dresser).warnings == ("LesserBodyParts: pose-and-parse",)
    person, pose, parse, *others = pieces()
    coat = parse.copy()
    coat[200:, 60:210] = Label.COAT
    outcome = dresser(person, pose, frozen(coat), *others, fast=True)
    assert outcome.warnings == ("LesserBodyParts: pose-and-parse", "OldGarmentLeft")
    assert outcome.edited is not None
    assert not outcome.edited[coat == Label.COAT].all()


@pytest.mark.parametrize(("left", "told"), [(0.0, False), (0.009, False), (0.02, True)])
def test_from_one_in_a_hundred_pixels_the_old_garment_is_seen(left: float, told: bool) -> None:
    parse = np.full((10, 100), Label.UPPER_CLOTHES, np.uint8)
    region = np.full(parse.shape, 255, np.uint8)
    region.flat[: round(1000 * left)] = 0
    assert engine.left_of(parse, region) == pytest.approx(left)
    assert engine.left_of(np.zeros_like(parse), region) == 0
    parts = Parts(frozen(parse), "densepose")
    assert engine.warnings_for(parts, left) == (("OldGarmentLeft",) if told else ())


def test_the_twelve_panels(store: Store) -> None:
    seen = dress(HrViton(store), debug=True).intermediates
    assert list(seen) == ["agnostic", "densepose", "warped", "drawn", "panel"]
    panel, (height, width) = seen["panel"], (HIGH + 4, WIDE + 4)
    assert panel.shape == (3 * height, 4 * width, 3)

    def tile(row: int, column: int) -> Image:
        top, left = row * height + 2, column * width + 2
        return panel[top : top + HIGH, left : left + WIDE]

    assert np.array_equal(tile(0, 3), seen["densepose"])
    assert np.array_equal(tile(1, 0), seen["warped"])
    assert np.array_equal(tile(2, 0), seen["warped"])
    assert np.array_equal(tile(2, 1), seen["agnostic"])
    assert np.array_equal(tile(2, 3), seen["drawn"])
    assert set(np.unique(tile(0, 1))) == {0, 255}
    assert dress(HrViton(store)).intermediates == {}


def test_only_tops(store: Store) -> None:
    dresser = HrViton(store)
    with pytest.raises(CategoryUnsupported) as caught:
        dress(dresser, replace(SHIRT, category="lower", kind="trousers"))
    assert "engine=drape" in caught.value.hint


def test_jobs_drawn_together_are_drawn_as_if_alone(store: Store) -> None:
    """Each with its own garment, seed and options, in the order in which they came."""
    dresser = HrViton(store)
    trousers = replace(SHIRT, category="lower", kind="trousers")
    calls = [
        Call(pieces(colour=40), {"fast": True, "seed": 3}),
        Call(pieces(trousers), {"fast": True}),
        Call(pieces(colour=90), {"fast": True, "seed": 3, "occlusion": False, "debug": True}),
        Call(pieces(colour=90), {"fast": True, "seed": 4}),
        Call(pieces(colour=250), {"fast": True, "seed": 3, "debug": True}),
    ]
    alone = [attempt(dresser, *call.arguments, **call.named) for call in calls]
    passes: list[int] = []
    draw = dresser._networks

    def counted(prepared: Any, *others: Any) -> Any:
        passes.append(len(prepared))
        return draw(prepared, *others)

    dresser._networks = counted  # type: ignore[assignment]
    together = dresser.together(calls)
    assert passes == [3, 1], "those with the same options by one pass"
    assert isinstance(together[1], CategoryUnsupported)
    assert isinstance(alone[1], CategoryUnsupported)
    pictures = [one.image for one in together if isinstance(one, Outcome)]
    for found, wanted in zip(together, alone, strict=True):
        if isinstance(found, Outcome):
            assert isinstance(wanted, Outcome)
            assert np.abs(found.image.astype(int) - wanted.image).max() <= 1
            assert digest(found.edited) == digest(wanted.edited)
            assert set(found.intermediates) == set(wanted.intermediates)
    assert len({picture.tobytes() for picture in pictures}) == 4, "no two are the same picture"


def test_networks_give_each_of_many_what_they_give_to_one(store: Store) -> None:
    dresser = HrViton(store)
    orders = [
        dresser._order(*pieces(colour=colour), fast=True, seed=seed)
        for colour, seed in ((40, 7), (200, 7), (90, 1))
    ]

    def draw(*some: Order) -> Painted:
        prepared, seeds = [one.prepared for one in some], [one.seed for one in some]
        painted: Painted = dresser._networks(prepared, seeds, Procedure())
        return painted

    together = draw(*orders)
    for number, order in enumerate(orders):
        found, alone = together.sample(number), draw(order)
        assert torch.equal(found.labels, alone.labels)
        for name in ("picture", "scores", "warped", "warped_mask"):
            assert (getattr(found, name) - getattr(alone, name)).abs().max() <= 1e-4
    apart = (together.picture[0] - together.picture[1]).abs().max()
    assert apart > 1e-2, "they would be alike if the second had been taken for the first"


def test_what_keeps_it_from_answering_has_a_name(store: Store) -> None:
    with pytest.raises(LicenceNotAllowed) as refused:
        HrViton(replace(store, licences="commercial"))
    assert "FITTING_ROOM_LICENCES=any" in refused.value.hint
    with pytest.raises(WeightsMissing) as missing:
        HrViton(replace(store, root=store.root / "empty"))
    assert missing.value.hint == "fitting-room weights fetch hr-viton"


@pytest.mark.parametrize("seen", [(), (Joint.NECK,), (Joint.RIGHT_SHOULDER, Joint.LEFT_WRIST)])
def test_hardly_any_key_points(store: Store, seen: tuple[Joint, ...]) -> None:
    person, pose, parse = figure()
    poor = np.zeros_like(pose)
    poor[list(seen)] = pose[list(seen)]
    parts = DensePose(engine_store(), "cpu")(person, poor, parse)
    garment, mask = frozen(np.full((9, 7, 3), 90, np.uint8)), frozen(np.full((9, 7), 255, np.uint8))
    outcome = HrViton(store)(person, poor, parse, garment, mask, SHIRT, parts, fast=True)
    assert outcome.image.shape == person.shape
    assert outcome.edited is not None
    assert (outcome.edited > 0)[parse == Label.UPPER_CLOTHES].mean() > 0.9
