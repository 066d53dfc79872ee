from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deployments.anime import STYLES, Anime, StyleUnknown
from deployments.anime.animegan import AnimeGan
from deployments.anime.cel import paint
from deployments.anime.styles import Packing
from deployments.types import Image, frozen
from tests.deployments.anime.pictures import drawn_face
from weights.errors import LicenceNotAllowed, WeightsError, WeightsMissing
from weights.store import Store

GAN_MODELS = ("animeganv3-cute", "animeganv3-hayao-512", "animeganv3-shinkai-converted")


@pytest.fixture
def bare(tmp_path: Path) -> Store:
    """A store without weights."""
    return Store(tmp_path, licences="any")


@pytest.fixture(scope="module")
def networks(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with the networks of AnimeGANv3 that are at hand here."""
    store = Store(tmp_path_factory.mktemp("weights"), shared / "weights", licences="any")
    try:
        store.fetch(GAN_MODELS)
    except WeightsError as error:
        pytest.skip(f"needs the weights: fitting-room weights fetch ({error.message})")
    return store


@pytest.fixture
def anime(networks: Store) -> Anime:
    return Anime(networks)


def test_cel_is_the_default_and_needs_no_weights(bare: Store) -> None:
    photo = drawn_face(128, 96)
    assert np.array_equal(Anime(bare)(photo), paint(photo))
    assert Anime(bare).engine().commercial_use


def test_an_unknown_style_is_named_with_the_known_ones(bare: Store) -> None:
    with pytest.raises(StyleUnknown, match="'oil'") as caught:
        Anime(bare)(drawn_face(64, 48), "oil")
    assert all(style in caught.value.hint for style in STYLES)


def test_missing_weights_are_named_with_the_command(bare: Store) -> None:
    with pytest.raises(WeightsMissing) as caught:
        Anime(bare)(drawn_face(64, 48), "hayao")
    assert caught.value.hint == "fitting-room weights fetch animeganv3-hayao"


def test_the_licence_policy_is_kept(bare: Store) -> None:
    careful = Anime(replace(bare, licences="commercial"))
    with pytest.raises(LicenceNotAllowed):
        careful(drawn_face(64, 48), "cute")
    assert [style.available for style in careful.styles()] == [True] * 3 + [False] * 3


def test_styles_tell_what_a_user_must_know(bare: Store) -> None:
    styles = Anime(bare).styles()
    assert tuple(style.name for style in styles) == STYLES
    assert styles[0].name == "cel"
    for style in styles:
        own = style.engine == "cel"
        assert style.commercial_use == own == style.available
        assert style.title
        assert style.licence


def test_a_result_tells_its_look(bare: Store) -> None:
    anime = Anime(bare)
    assert [anime.engine(style).name for style in STYLES[:3]] == ["cel", "ink", "pastel"]
    assert anime.engine("hayao").name.startswith("animeganv3-hayao")


@pytest.mark.parametrize("style", ["cute", "shinkai"])
def test_a_network_draws_at_the_photo_s_size(anime: Anime, style: str) -> None:
    photo = drawn_face(280, 310)
    drawn = anime(photo, style)
    assert drawn.shape == photo.shape
    assert drawn.dtype == np.uint8
    change = np.abs(drawn.astype(np.int16) - photo).mean()
    assert 2 < change < 60


@pytest.mark.parametrize("style", ["hayao", "shinkai"])
def test_the_picture_stays_in_its_place(anime: Anime, style: str) -> None:
    """A white half stays on its side, whatever was padded, stretched and cut."""
    photo = np.zeros((300, 420, 3), np.uint8)
    photo[:, 210:] = 230
    drawn = anime(frozen(photo), style)
    assert drawn.shape == photo.shape
    light = drawn.mean(axis=(0, 2)) > 115
    assert abs(int(np.argmax(light)) - 210) <= 8
    assert light[215:].all()


def test_single_pixels_are_drawn(anime: Anime) -> None:
    dot: Image = frozen(np.full((1, 1, 3), 128, np.uint8))
    assert anime(dot, "cute").shape == (1, 1, 3)


def test_a_large_photo_is_told_to_be_drawn_smaller(networks: Store) -> None:
    small = Anime(networks, max_side=256)
    photo = drawn_face(400, 300)
    (warning,) = small.warnings(photo, "cute")
    assert "256 px" in warning
    assert "400 px" in warning
    assert small(photo, "cute").shape == photo.shape
    assert small.warnings(photo, "cel") == ()
    assert Anime(networks).warnings(photo, "cute") == ()
    with pytest.raises(StyleUnknown):
        small.warnings(photo, "oil")


def test_the_two_networks_used_last_are_kept(bare: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def load(_: Anime, packing: Packing) -> Callable[[Image], Image]:
        loaded.append(packing.model)
        return lambda image: image

    monkeypatch.setattr(Anime, "_loaded", load)
    anime = Anime(bare)
    photo = drawn_face(64, 48)
    for style in ("cute", "shinkai", "cute", "hayao", "cute", "shinkai"):
        assert anime(photo, style) is photo
    assert [name.removeprefix("animeganv3-") for name in loaded] == [
        "cute",
        "shinkai",
        "hayao",
        "shinkai",
    ]


def test_the_engine_that_answers_is_told(anime: Anime) -> None:
    engine = anime.engine("hayao")
    assert engine.name == "animeganv3-hayao-512"
    assert not engine.commercial_use
    with pytest.raises(StyleUnknown):
        anime.engine("oil")


def test_networks_take_what_was_prepared(networks: Store) -> None:
    path = networks.path("animeganv3-cute", "AnimeGANv3_tiny_Cute.onnx")
    batch = AnimeGan(path, multiple=16, max_side=640).preprocess(drawn_face(1024, 768))
    assert batch.shape == (1, 640, 480, 3)
    assert batch.dtype == np.float32
    assert -1 <= batch.min() < -0.5
    assert 0.5 < batch.max() <= 1
