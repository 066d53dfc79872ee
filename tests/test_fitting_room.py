"""The library: what goes in, what comes out."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from deployments.types import Image, PoseUncertain
from fitting_room import Anime, TryOn
from serve_app.errors import ImageUnreadable, UnsupportedFormat
from tests.golden import assert_matches_golden


@pytest.fixture(scope="module")
def anime() -> Anime:
    return Anime()


@pytest.fixture
def portrait() -> PIL.Image.Image:
    picture = PIL.Image.new("RGB", (96, 128), "#88aacc")
    picture.paste("#e0b090", (24, 24, 72, 96))
    return picture


def test_an_array_comes_back_as_an_array(anime: Anime, portrait: PIL.Image.Image) -> None:
    image = anime(np.asarray(portrait)).image
    assert image.dtype == np.uint8
    assert image.shape == (128, 96, 3)


def test_bytes_come_back_as_bytes(anime: Anime, portrait: PIL.Image.Image) -> None:
    data = BytesIO()
    portrait.save(data, "JPEG")
    image = anime(data.getvalue()).image
    assert PIL.Image.open(BytesIO(image)).size == (96, 128)


@pytest.mark.parametrize("kind", [Path, str])
def test_a_path_comes_back_as_a_picture(
    anime: Anime, portrait: PIL.Image.Image, tmp_path: Path, kind: Any
) -> None:
    portrait.save(tmp_path / "portrait.png")
    assert anime(kind(tmp_path / "portrait.png")).image.size == (96, 128)


def test_what_answered_is_told(anime: Anime, portrait: PIL.Image.Image) -> None:
    result = anime(portrait)
    assert (result.engine.name, result.engine.licence) == ("cel", "Apache-2.0")
    assert result.timings["anime"] > 0


@pytest.mark.parametrize("data", [b"", b"text", b"\xff\xd8\xff"])
def test_bad_input_is_named(anime: Anime, data: bytes) -> None:
    with pytest.raises((ImageUnreadable, UnsupportedFormat)) as caught:
        anime(data)
    assert caught.value.hint


def test_a_person_is_dressed(store: object, person_photo: Image, garment_photo: Image) -> None:
    result = TryOn()(person_photo, garment_photo)
    changed = (result.image != person_photo).any(axis=2)
    assert result.image.shape == person_photo.shape
    assert 0.03 < changed.mean() < 0.6
    assert result.confidence is not None
    assert result.confidence > 0.3


def test_a_try_on_looks_as_it_was_found_right(
    store: object, person_photo: Image, garment_photo: Image
) -> None:
    """At a quarter of the size: what a runtime rounds otherwise moves an edge by a pixel."""
    dressed = PIL.Image.fromarray(TryOn()(person_photo, garment_photo).image)
    small = np.asarray(dressed.resize((192, 256), PIL.Image.Resampling.BOX))
    assert_matches_golden("tryon_shirt", small, tolerance=1.0)


def test_a_garment_is_nobody(store: object, garment_photo: Image) -> None:
    with pytest.raises(PoseUncertain):
        TryOn()(garment_photo, garment_photo)
