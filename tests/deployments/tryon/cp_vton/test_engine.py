"""The engine: what it needs, what it refuses, what it gives back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deployments.tryon.cp_vton import CpVton, engine
from deployments.tryon.cp_vton.networks import Rendered
from deployments.tryon.cp_vton.variant import ORIGINAL, PLUS, VARIANTS, Variant
from deployments.types import CategoryUnsupported, GarmentShape, Image, Label, ParseMap, frozen
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

        def __call__(self, to_match: Image, to_render: Image, *garment: Image) -> Rendered:
            shapes.extend(one.shape for one in (to_match, to_render, *garment))
            return drawn(slice(100, 120))

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
