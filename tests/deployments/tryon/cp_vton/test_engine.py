"""The engine: what it needs, what it refuses, what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deployments.batch import Call, attempt
from deployments.memory import digest
from deployments.tryon.cp_vton import CpVton, engine, networks
from deployments.tryon.cp_vton.networks import Rendered, Seen
from deployments.tryon.cp_vton.variant import ORIGINAL, PLUS, VARIANTS, Variant
from deployments.types import CategoryUnsupported, GarmentShape, Label, Outcome, ParseMap, frozen
from tests.deployments.poses import standing
from weights.errors import LicenceNotAllowed, WeightsMissing
from weights.store import Store

TOP = GarmentShape("upper", "top", "short", {}, None, None, None, False, 0.81)
PHOTO = frozen(np.full((400, 300, 3), 120, np.uint8))
GARMENT = frozen(np.full((90, 60, 3), 30, np.uint8))
WHOLE = frozen(np.full((90, 60), 255, np.uint8))


def place(root: Path, variant: Variant) -> None:
    for name in (variant.matching_file, variant.try_on_file):
        (root / variant.model).mkdir(exist_ok=True, parents=True)
        (root / variant.model / name).write_bytes(b"weights")


def test_its_weights_are_for_research_alone(tmp_path: Path) -> None:
    place(tmp_path, PLUS)
    with pytest.raises(LicenceNotAllowed) as caught:
        CpVton(Store(tmp_path))
    assert "FITTING_ROOM_LICENCES=any" in caught.value.hint
    for variant in VARIANTS.values():
        assert not Store(tmp_path).spec(variant.model).commercial_use


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing) as caught:
        CpVton(Store(tmp_path, licences="any"))
    assert "cp-vton-plus-gmm.pth" in caught.value.hint
    assert all(variant.model in caught.value.message for variant in VARIANTS.values())


def test_the_best_variant_that_is_here_is_taken(tmp_path: Path) -> None:
    store = Store(tmp_path, licences="any")
    place(tmp_path, ORIGINAL)
    assert engine.chosen(store) == ORIGINAL
    place(tmp_path, PLUS)
    assert engine.chosen(store) == PLUS


@pytest.mark.parametrize(("category", "kind"), [("lower", "trousers"), ("dress", "dress")])
def test_what_is_no_top_is_refused(category: str, kind: str) -> None:
    shape = GarmentShape(category, kind, "none", {}, None, None, None, False, 0.9)  # type: ignore[arg-type]
    with pytest.raises(CategoryUnsupported) as caught:
        engine.refuse_what_is_no_top(shape)
    assert kind in caught.value.message
    assert caught.value.hint


def drawn(covered: slice) -> Rendered:
    """Networks that lay the garment over some rows, left half."""
    share = np.zeros((256, 192), np.float32)
    share[covered, :96] = 0.9
    share[covered, :20] = 0.3  # it is not seen there
    picture = frozen(np.full((256, 192, 3), 200, np.uint8))
    return Rendered(picture, picture, share, share > 0)


def labels() -> ParseMap:
    parse = np.zeros((400, 300), np.uint8)
    parse[100:200] = Label.UPPER_CLOTHES
    parse[200:300] = Label.PANTS
    parse[:100, :150] = Label.HAIR
    return frozen(parse)


def test_what_is_edited_is_the_old_garment_and_the_new_one() -> None:
    """Rows 32 to 160 of 256 are 50 to 250 of 400."""
    region = engine.edited(drawn(slice(32, 160)), labels(), (400, 300))
    assert set(np.unique(region)) == {0, 255}
    assert (region[100:200] == 255).all()  # where the old garment was
    assert (region[202:248, 35:148] == 255).all()  # where the new one is
    assert not region[:100].any()  # hair stays, and so does what is behind the head
    assert not region[202:, :28].any()  # the network shows its own picture there
    assert not region[202:, 152:].any()
    assert not region[252:].any()


def test_a_result_has_the_photo_s_size_and_tells_what_it_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")
    shapes: list[tuple[int, ...]] = []

    class Networks:
        def __init__(self, variant: Variant, matching: Path, rendering: Path, device: str) -> None:
            assert (matching.name, rendering.name) == (variant.matching_file, variant.try_on_file)

        def __call__(self, seen: Sequence[Seen]) -> list[Rendered]:
            for one in seen:
                shapes.extend(getattr(one, name.name).shape for name in fields(one))
            return [drawn(slice(100, 120)) for _ in seen]

    monkeypatch.setattr(engine, "Networks", Networks)
    place(tmp_path, PLUS)
    model = CpVton(Store(tmp_path, licences="any"))
    call = (PHOTO, standing(), labels(), GARMENT, WHOLE, TOP)
    outcome = model(*call, debug=True, seed=3)
    assert shapes == [(22, 256, 192), (22, 256, 192), (256, 192, 3), (256, 192)]
    assert outcome.image.shape == PHOTO.shape
    assert outcome.edited is not None
    assert outcome.edited.shape == (400, 300)
    assert (outcome.engine.name, outcome.engine.version) == ("cp-vton", "1.0-plus")
    assert not outcome.engine.commercial_use
    assert outcome.confidence == pytest.approx(0.9)
    assert set(outcome.intermediates) == {"garment", "warped", "share", "rendered"}
    assert model(*call).intermediates == {}


class StandingIn:
    """In place of both networks: each sample's answer depends on its own planes alone."""

    def to(self, **_layout: object) -> StandingIn:
        return self

    def __call__(self, planes: Any, garment: Any = None) -> Any:
        import torch

        if garment is None:
            return torch.tanh(planes[:, :3] + planes[:, 22:25]), torch.sigmoid(planes[:, 4:5])
        still = torch.eye(2, 3).expand(len(garment), 2, 3)
        places = torch.nn.functional.affine_grid(still, [len(garment), 3, 256, 192], True)
        return places + 0.3 * garment[:, 0, 128:129, 96:97, None]


def content(outcome: Outcome) -> bytes:
    return digest((outcome.image, outcome.edited, outcome.kept, outcome.intermediates))


def test_jobs_drawn_together_are_drawn_as_if_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="pip install 'fitting-room[torch]'")
    passes: list[int] = []

    def loaded(*_asked: object) -> StandingIn:
        return StandingIn()

    monkeypatch.setattr(networks, "load_strictly", loaded)
    place(tmp_path, ORIGINAL)
    model = CpVton(Store(tmp_path, licences="any"))
    draw = model._networks

    def counted(seen: Sequence[Seen]) -> list[Rendered]:
        passes.append(len(seen))
        return draw(seen)

    trousers = replace(TOP, category="lower", kind="trousers")
    noise = frozen(np.random.default_rng(1).integers(0, 256, GARMENT.shape, np.uint8))
    calls = [
        Call((PHOTO, standing(), labels(), garment, WHOLE, shape), {"debug": True})
        for garment, shape in ((noise, TOP), (noise, trousers), (GARMENT, TOP))
    ]
    alone = [attempt(model, *call.arguments, **call.named) for call in calls]
    monkeypatch.setattr(model, "_networks", counted)
    together = model.together(calls)
    assert passes == [2], "both tops by one pass"
    assert [type(one) for one in together] == [Outcome, CategoryUnsupported, Outcome]
    found = [content(one) for one in together if isinstance(one, Outcome)]
    assert found == [content(one) for one in alone if isinstance(one, Outcome)]
    assert found[0] != found[1]
    assert isinstance(model.together(calls[1:2])[0], CategoryUnsupported)
    assert passes == [2], "and no pass for nobody"
