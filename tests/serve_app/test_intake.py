"""Pictures from outside: the right pixels, or a named error, never anything else."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms

from deployments.types import Image
from serve_app import intake
from serve_app.errors import (
    ImageTooLarge,
    ImageTooNarrow,
    ImageTooSmall,
    ImageUnreadable,
    ServiceError,
    UnsupportedFormat,
)
from serve_app.intake import (
    Limits,
    accept,
    decode,
    encode,
    encode_mask,
    pack,
    to_picture,
    unpack,
)

LIMITS = Limits(
    max_bytes=5_000_000, max_pixels=40_000_000, max_side=1536, min_side=64, max_ratio=8.0
)
PHOTO = np.random.default_rng(7).integers(0, 256, (8, 12, 3), np.uint8).repeat(10, 0).repeat(10, 1)
"""80×120 px in flat squares of 10 px, so that JPEG keeps their colours."""


def file_of(picture: Pillow.Image | Image, kind: str = "PNG", **options: Any) -> bytes:
    picture = picture if isinstance(picture, Pillow.Image) else Pillow.fromarray(picture)
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, idat: bytes, *extra: bytes, depth: int = 1) -> bytes:
    """A grey PNG put together by hand."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))
    body = b"".join(extra) + chunk(b"IDAT", idat) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + body


def zeros(count: int) -> bytes:
    squeeze = zlib.compressobj(9)
    block = bytes(1_000_000)
    return b"".join(squeeze.compress(block) for _ in range(count // len(block))) + squeeze.flush()


def same(image: Image, truth: Image, tolerance: int = 0) -> bool:
    return image.shape == truth.shape and bool(
        np.abs(image.astype(int) - truth.astype(int)).max() <= tolerance
    )


# What is right comes out right


@pytest.mark.parametrize(("kind", "tolerance"), [("PNG", 0), ("WEBP", 0), ("JPEG", 3)])
def test_plain_pictures(kind: str, tolerance: int) -> None:
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {"lossless": True}
    image = decode(file_of(PHOTO, kind, **options), LIMITS)
    assert same(image, PHOTO, tolerance)
    assert image.dtype == np.uint8
    assert not image.flags.writeable


STORED = {
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright, 2).transpose(1, 0, 2),
    8: lambda upright: np.rot90(upright, -1),
}
"""How a camera stores an upright scene, by the EXIF standard's table of row 0 and column 0."""


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", STORED)
def test_pictures_are_turned_upright(orientation: int, kind: str) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(STORED[orientation](PHOTO))
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {"lossless": True}
    image = decode(file_of(stored, kind, exif=exif, **options), LIMITS)
    assert same(image, PHOTO, 3)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + bytes(60_000)]
)
def test_damaged_metadata_is_no_reason_to_refuse(exif: bytes) -> None:
    image = decode(file_of(PHOTO, "JPEG", quality=100, subsampling=0, exif=exif), LIMITS)
    assert same(image, PHOTO, 3)


def test_metadata_of_megabytes() -> None:
    plain = file_of(PHOTO, "JPEG", quality=100, subsampling=0)
    segment = b"\xff\xe1" + struct.pack(">H", 65_535) + b"Exif\0\0" + bytes(65_527)
    image = decode(plain[:2] + segment * 40 + plain[2:], LIMITS)
    assert same(image, PHOTO, 3)


def test_cmyk_shows_its_colours() -> None:
    inks = {
        (0, 255, 255, 0): (255, 0, 0),
        (255, 0, 255, 0): (0, 255, 0),
        (0, 0, 0, 255): (0, 0, 0),
        (0, 0, 0, 0): (255, 255, 255),
    }
    for ink, colour in inks.items():
        data = file_of(Pillow.new("CMYK", (80, 80), ink), "JPEG", quality=100)
        assert same(decode(data, LIMITS), np.full((80, 80, 3), colour, np.uint8), 4), ink


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65_535, 256).astype(np.uint16)
    data = file_of(Pillow.fromarray(np.tile(ramp, (100, 1))))
    truth = np.tile(np.round(ramp / 257).astype(np.uint8), (100, 1))
    assert same(decode(data, LIMITS), np.stack([truth] * 3, 2), 1)


def test_sixteen_bit_colour() -> None:
    deep = PHOTO.astype(np.uint16) * 257
    _, data = cv2.imencode(".png", deep[:, :, ::-1])
    assert same(decode(data.tobytes(), LIMITS), PHOTO, 1)


def test_one_bit_grey_and_palette() -> None:
    grey = Pillow.fromarray(PHOTO).convert("L")
    assert same(decode(file_of(grey), LIMITS), np.asarray(grey.convert("RGB")))
    assert same(
        decode(file_of(grey.convert("1")), LIMITS), np.asarray(grey.convert("1").convert("RGB"))
    )
    palette = Pillow.fromarray(PHOTO).quantize(64)
    assert same(decode(file_of(palette), LIMITS), np.asarray(palette.convert("RGB")))


def test_transparency_lies_over_white() -> None:
    red = Pillow.new("RGBA", (80, 80), (255, 0, 0, 255))
    red.paste((255, 0, 0, 0), (0, 0, 40, 80))
    red.paste((255, 0, 0, 128), (40, 0, 60, 80))
    image = decode(file_of(red), LIMITS)
    assert image[40, 10].tolist() == [255, 255, 255]
    assert image[40, 70].tolist() == [255, 0, 0]
    assert np.abs(image[40, 50].astype(int) - [255, 127, 127]).max() <= 1

    grey = Pillow.new("LA", (80, 80), (0, 0))
    assert decode(file_of(grey), LIMITS).min() == 255

    palette = Pillow.new("P", (80, 80), 1)
    palette.putpalette([0, 0, 255, 10, 20, 30])
    palette.paste(0, (0, 0, 40, 80))
    image = decode(file_of(palette, transparency=0), LIMITS)
    assert image[40, 10].tolist() == [255, 255, 255]
    assert image[40, 70].tolist() == [10, 20, 30]

    keyed = Pillow.new("RGB", (80, 80), (1, 2, 3))
    assert decode(file_of(keyed, transparency=(1, 2, 3)), LIMITS).min() == 255


def test_shrinking_a_transparent_picture_does_not_bleed() -> None:
    hidden = Pillow.new("RGBA", (3000, 600), (0, 0, 0, 0))  # black, and not to be seen
    hidden.paste((255, 255, 255, 255), (1000, 0, 2000, 600))
    assert decode(file_of(hidden), LIMITS).min() >= 254


def test_a_colour_profile_is_applied() -> None:
    """A profile whose red and green primaries are exchanged must turn red into green."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"?XYZ", 1).replace(b"gXYZ", b"rXYZ", 1)
    swapped = swapped.replace(b"?XYZ", b"gXYZ", 1)
    swapped = swapped.replace("sRGB".encode("utf-16-be"), "tRGB".encode("utf-16-be"))
    red = Pillow.new("RGB", (80, 80), (255, 0, 0))
    assert decode(file_of(red, icc_profile=srgb), LIMITS)[0, 0].tolist() == [255, 0, 0]
    turned = decode(file_of(red, icc_profile=swapped), LIMITS)[0, 0]
    assert turned[1] > 250
    assert turned[0] < 5


@pytest.mark.parametrize("profile", [b"not a profile", bytes(200)])
def test_a_damaged_profile_is_passed_over(profile: bytes) -> None:
    assert same(decode(file_of(PHOTO, icc_profile=profile), LIMITS), PHOTO)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame(kind: str) -> None:
    second = Pillow.fromarray(255 - PHOTO)
    options = {"lossless": True} if kind == "WEBP" else {}
    data = file_of(PHOTO, kind, save_all=True, append_images=[second], duration=100, **options)
    assert same(decode(data, LIMITS), PHOTO)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_large_pictures_shrink_to_the_working_size(kind: str) -> None:
    big = PHOTO.repeat(24, 0).repeat(24, 1)  # 2880×1920
    image = decode(file_of(big, kind), LIMITS)
    assert image.shape == (1024, 1536, 3)
    centres = image[64::128, 64::128]
    assert same(centres, PHOTO[5::10, 5::10], 4)


def test_small_pictures_are_not_enlarged() -> None:
    assert decode(file_of(PHOTO), LIMITS).shape == PHOTO.shape


# What is wrong has a name


def half_jpeg() -> bytes:
    whole = file_of(np.random.default_rng(1).integers(0, 256, (300, 300, 3), np.uint8), "JPEG")
    return whole[: len(whole) // 2]


def endless_scans() -> bytes:
    plain = file_of(PHOTO, "JPEG", progressive=True)
    start = plain.rindex(b"\xff\xda")
    return plain[:start] + plain[start:-2] * 200 + plain[-2:]


BAD: dict[str, tuple[bytes, type[ServiceError]]] = {
    "empty": (b"", ImageUnreadable),
    "text named .jpg": (b"This is no picture at all.", UnsupportedFormat),
    "one byte": (b"\xff", UnsupportedFormat),
    "jpeg magic alone": (b"\xff\xd8\xff", ImageUnreadable),
    "png magic alone": (b"\x89PNG\r\n\x1a\n", ImageUnreadable),
    "webp magic alone": (b"RIFF\x10\0\0\0WEBPVP8 ", ImageUnreadable),
    "half a jpeg": (half_jpeg(), ImageUnreadable),
    "half a png": (file_of(PHOTO)[:200], ImageUnreadable),
    "png without pixels": (png(100, 100, b""), ImageUnreadable),
    "png, damaged chunk": (file_of(PHOTO).replace(b"IDAT", b"IDAX"), ImageUnreadable),
    "gif": (file_of(PHOTO, "GIF"), UnsupportedFormat),
    "bmp": (file_of(PHOTO, "BMP"), UnsupportedFormat),
    "tiff": (file_of(PHOTO, "TIFF"), UnsupportedFormat),
    "pdf": (b"%PDF-1.7 ...", UnsupportedFormat),
    "zip": (b"PK\x03\x04" + bytes(100), UnsupportedFormat),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', UnsupportedFormat),
    "svg with a prologue": (b'\xef\xbb\xbf\n<?xml version="1.0"?><svg/>', UnsupportedFormat),
    "html": (b"<!doctype html><script>alert(1)</script>", UnsupportedFormat),
    "avif": (b"\0\0\0\x20ftypavif" + bytes(50), UnsupportedFormat),
    "1×1": (file_of(PHOTO[:1, :1]), ImageTooSmall),
    "30000×1": (file_of(np.zeros((1, 30_000, 3), np.uint8)), ImageTooSmall),
    "a strip": (file_of(np.zeros((64, 600, 3), np.uint8)), ImageTooNarrow),
    "20000×20000 in the header": (png(20_000, 20_000, b""), ImageTooLarge),
    "two thousand million pixels in the header": (png(45_000, 45_000, b""), ImageTooLarge),
    "bomb": (png(8_000, 8_000, zeros(9_000_000)), ImageTooLarge),
    "bomb in the colour profile": (
        png(100, 100, zeros(0), chunk(b"iCCP", b"x\0\0" + zeros(200_000_000))),
        ImageUnreadable,
    ),
    "too many bytes": (file_of(PHOTO) + bytes(5_000_000), ImageTooLarge),
    "too many passes": (endless_scans(), ImageUnreadable),
}


@pytest.mark.parametrize("take", [decode, accept])
@pytest.mark.parametrize("name", BAD)
def test_bad_input_has_a_name(name: str, take: Callable[[bytes, Limits], object]) -> None:
    data, error = BAD[name]
    began = time.monotonic()
    with pytest.raises(error) as caught:
        take(data, LIMITS)
    assert time.monotonic() - began < 1.0
    assert type(caught.value) is error
    assert caught.value.message
    assert caught.value.hint


def test_what_follows_the_pixels_is_never_inflated() -> None:
    """A small picture whose data would unpack to 200 MB: the rest is left alone."""
    rows = zlib.compress(bytes(101 * 100))
    data = png(100, 100, rows + zeros(200_000_000), depth=8)
    began = time.monotonic()
    assert decode(data, LIMITS).shape == (100, 100, 3)
    assert time.monotonic() - began < 0.5


def test_heic_needs_its_library() -> None:
    data = b"\0\0\0\x18ftypheic" + bytes(50)
    error = ImageUnreadable if intake.heif_present() else UnsupportedFormat
    with pytest.raises(error):
        decode(data, LIMITS)


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_damage_anywhere_is_named(kind: str, data: st.DataObject) -> None:
    whole = bytearray(file_of(PHOTO, kind))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    try:
        image = decode(bytes(whole[:cut]), LIMITS)
    except ServiceError:
        return
    assert image.ndim == 3


# What goes out


def test_nothing_of_the_file_survives_but_pixels() -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "SECRET-DESCRIPTION"
    data = file_of(PHOTO, "JPEG", exif=exif, comment=b"SECRET-COMMENT")
    data += b"PK\x03\x04 SECRET-ARCHIVE <script>SECRET-SCRIPT</script>"
    image = decode(data, LIMITS)
    for kind in ("png", "jpeg", "webp"):
        out = encode(image, kind)
        assert b"SECRET" not in out
        with Pillow.open(io.BytesIO(out)) as again:
            assert not again.getexif()
            assert not {"exif", "comment", "icc_profile"} & set(again.info)


@pytest.mark.parametrize(
    ("kind", "magic", "media_type"),
    [
        ("png", b"\x89PNG", "image/png"),
        ("jpg", b"\xff\xd8", "image/jpeg"),
        ("JPEG", b"\xff\xd8", "image/jpeg"),
        ("webp", b"RIFF", "image/webp"),
    ],
)
def test_encoding(kind: str, magic: bytes, media_type: str) -> None:
    picture = to_picture(PHOTO, kind)
    assert picture.data.startswith(magic)
    assert (picture.media_type, picture.width, picture.height) == (media_type, 120, 80)
    again = decode(picture.data, LIMITS)
    assert np.abs(again.astype(int) - PHOTO).mean() < 8


def test_other_formats_are_not_written() -> None:
    with pytest.raises(UnsupportedFormat):
        encode(PHOTO, "gif")


def test_a_mask_is_a_grey_png() -> None:
    mask = PHOTO[:, :, 0]
    with Pillow.open(io.BytesIO(encode_mask(mask))) as picture:
        assert picture.mode == "L"
        assert np.array_equal(np.asarray(picture), mask)


def test_pictures_are_kept_without_loss() -> None:
    kept = pack(PHOTO)
    assert (kept.width, kept.height) == (120, 80)
    again = unpack(kept.data)
    assert same(again, PHOTO)
    assert not again.flags.writeable
    with Pillow.open(io.BytesIO(kept.data)) as picture:
        assert same(np.asarray(picture), PHOTO)
