"""A JPEG bare of its metadata: the same pixels, and nothing else of the file."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms

from deployments.types import Image
from serve_app import jpeg
from serve_app.errors import ImageUnreadable, ServiceError
from serve_app.intake import Limits, accept, decode, unpack
from tests.serve_app.test_intake import LIMITS, PHOTO, file_of

NOISE = np.random.default_rng(3).integers(0, 256, (97, 131, 3), np.uint8)
SMALL = Limits(5_000_000, 40_000_000, 100, 64, 8.0)


def pixels(data: bytes) -> Image:
    with Pillow.open(io.BytesIO(data)) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "YCbCr"])
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"quality": 30}, {"restart_marker_blocks": 2}]
)
def test_the_pixels_stay(mode: str, options: dict[str, int]) -> None:
    picture = Pillow.fromarray(NOISE).convert(mode)
    data = file_of(picture, "JPEG", **options)
    assert np.array_equal(pixels(jpeg.bare(data)), pixels(data))


def test_metadata_goes_and_profile_and_orientation_stay() -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "SECRET-DESCRIPTION"
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = file_of(PHOTO, "JPEG", exif=exif, comment=b"SECRET-COMMENT", icc_profile=profile)
    kept = accept(data + b"PK\x03\x04 SECRET-ARCHIVE", LIMITS)
    assert b"SECRET" in data
    assert b"SECRET" not in kept.data
    assert (kept.width, kept.height) == (80, 120)
    with Pillow.open(io.BytesIO(kept.data)) as picture:
        assert picture.info["icc_profile"] == profile
        assert dict(picture.getexif()) == {0x0112: 6}
    assert np.array_equal(unpack(kept.data, LIMITS), decode(data, LIMITS))


def test_a_thumbnail_goes() -> None:
    data = file_of(PHOTO, "JPEG")
    head = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    assert data.startswith(b"\xff\xd8" + head)
    small = b"THUMBNAIL" * 3
    fat = head[:2] + (16 + 27).to_bytes(2, "big") + head[4:-2] + b"\x03\x03" + small
    kept = jpeg.bare(data.replace(head, fat, 1))
    assert b"THUMBNAIL" not in kept
    assert kept == jpeg.bare(data)


def test_every_cut_is_noticed() -> None:
    data = file_of(NOISE, "JPEG", progressive=True)
    for length in range(2, len(data) - 1, 7):
        with pytest.raises(ImageUnreadable):
            jpeg.bare(data[:length])


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xda\x00\x00\xff\xd9",
        b"\xff\xd8" + b"\xff" * 3_000_000,
        b"\xff\xd8" + b"\xff\xfe\x00\x02" * 500_000 + b"\xff\xd9",
        b"\xff\xd8" + b"\xff\xda\x00\x02\x00" * 500_000 + b"\xff\xd9",
    ],
)
def test_what_is_no_picture_is_noticed_soon(data: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(ImageUnreadable):
        jpeg.bare(data)
    assert time.monotonic() - began < 1.0


def test_a_file_that_lacks_only_its_end_is_kept_as_pixels() -> None:
    flat = np.full((64, 64, 3), 128, np.uint8)
    whole = file_of(flat, "JPEG")
    data = whole[:-2] + bytes(600)
    with pytest.raises(ImageUnreadable):
        jpeg.bare(data)
    kept = accept(data, LIMITS)
    assert kept.media_type == "image/x-portable-pixmap"
    assert np.array_equal(unpack(kept.data), np.full((64, 64, 3), 128))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_formats_are_kept_as_pixels(kind: str) -> None:
    kept = accept(file_of(PHOTO, kind, lossless=True), SMALL)
    assert (kept.media_type, kept.width, kept.height) == ("image/x-portable-pixmap", 100, 67)
    assert unpack(kept.data).shape == (67, 100, 3)


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_damage_is_named_now_or_when_it_is_worked_on(data: st.DataObject) -> None:
    """Nothing but a named error comes out, at whichever of the two it is found."""
    whole = bytearray(file_of(NOISE, "JPEG"))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(whole)
    try:
        kept = accept(damaged, LIMITS)
        image = unpack(kept.data, LIMITS)
    except ServiceError:
        return
    assert image.shape[2] == 3
