"""Bytes from outside become a safe picture, or a named error.

Every check comes before the work that it guards: the size in bytes, then the format by its first
bytes, then the dimensions in the header, and only then is anything decoded. What leaves is bare
pixels, upright, in sRGB, at working size: no metadata, no second content, nothing of the file.

A request must not wait for pixels that only the runner needs, so `accept` goes over a JPEG without
decoding it and keeps the file, bare of its metadata; the runner decodes it in `unpack`.
"""

from __future__ import annotations

import importlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageCms

from deployments.types import Image, Mask, frozen
from serve_app import jpeg
from serve_app.blobs import Picture
from serve_app.errors import (
    ImageTooLarge,
    ImageTooNarrow,
    ImageTooSmall,
    ImageUnreadable,
    UnsupportedFormat,
)
from serve_app.settings import Settings

# A picture that Pillow finds suspiciously large is refused, not warned about.
warnings.simplefilter("error", Pillow.DecompressionBombWarning)

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
_LYING = (5, 6, 7, 8)
_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_OTHERS = {
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"<svg": "an SVG drawing",
    b"<?xml": "an XML document",
    b"<": "a text or web page",
}
_OPTIONS: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 3},
    "jpeg": {"quality": 92, "subsampling": 0},
    "webp": {"quality": 90, "method": 4},
}
_MOST_SCANS = 64
_PPM = b"P6 %d %d 255\n"


@dataclass(frozen=True)
class Limits:
    """What is refused, and the longer side (px) to which larger pictures shrink."""

    max_bytes: int
    max_pixels: int
    max_side: int
    min_side: int
    max_ratio: float

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        return cls(
            settings.max_upload_bytes,
            settings.max_pixels,
            settings.max_side,
            settings.min_side,
            settings.max_ratio,
        )


@cache
def default_limits() -> Limits:
    """Those of the settings in the environment."""
    return Limits.of(Settings())


def decode(data: bytes, limits: Limits | None = None) -> Image:
    """A picture as it came → RGB, upright, sRGB, at most `max_side` long, alpha over white.

    Of an animation, the first frame. Raises ImageUnreadable, ImageTooLarge, ImageTooSmall,
    ImageTooNarrow, UnsupportedFormat.
    """
    limits = limits or default_limits()
    with _opened(data, limits) as picture:
        return frozen(_normal(picture, limits.max_side))


def conform(pixels: NDArray[np.uint8], limits: Limits | None = None) -> Image:
    """An upright picture that is decoded already, H×W×3 or H×W of uint8 → RGB, at most `max_side`
    long. Raises ImageUnreadable, ImageTooLarge, ImageTooSmall, ImageTooNarrow."""
    limits = limits or default_limits()
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (3,)):
        raise ImageUnreadable(
            f"An array {pixels.shape} of {pixels.dtype} is no picture.",
            "Pass height × width × 3 of uint8, in RGB.",
        )
    height, width = pixels.shape[:2]
    _check_size((width, height), limits)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    target = _fit((width, height), limits.max_side)
    if target == (width, height):
        return frozen(pixels.copy())
    return frozen(np.asarray(_shrunk(Pillow.fromarray(pixels), target)))


def accept(data: bytes, limits: Limits | None = None) -> Picture:
    """A picture as it came → how it is kept until a runner takes it, without metadata.

    A JPEG stays one: what shows it is kept, and its pixels are looked at by the runner. All else is
    decoded, and kept as `pack` does. Raises as `decode` does.
    """
    limits = limits or default_limits()
    with _opened(data, limits) as picture:
        if picture.format not in ("JPEG", "MPO"):
            return pack(frozen(_normal(picture, limits.max_side)))
        orientation, size = _orientation(picture), picture.size
    try:
        kept = jpeg.bare(data, orientation)
    except ImageUnreadable:
        return pack(decode(data, limits))  # some are whole all the same, and lack only their end
    width, height = reversed(size) if orientation in _LYING else size
    return Picture(kept, "image/jpeg", width, height)


def upright_width(data: bytes, limits: Limits | None = None) -> int:
    """How wide a picture is in px as it is seen, before it is shrunk. Raises as `decode` does."""
    with _opened(data, limits or default_limits()) as picture:
        return picture.size[1 if _orientation(picture) in _LYING else 0]


@contextmanager
def _opened(data: bytes, limits: Limits) -> Iterator[Pillow.Image]:
    """The picture behind its header, after every check that needs no pixels; what goes wrong with
    its pixels in the block is named too."""
    if not data:
        raise ImageUnreadable("The file is empty.")
    if len(data) > limits.max_bytes:
        raise too_many_bytes(limits.max_bytes)
    kind = _sniff(data)
    with _named_faults(), Pillow.open(io.BytesIO(data), formats=[kind]) as picture:
        _check_size(picture.size, limits)
        yield picture


def too_many_bytes(limit: int) -> ImageTooLarge:
    return ImageTooLarge(f"The file is larger than {limit / 1e6:g} MB.")


def encode(image: Image, kind: str = "png") -> bytes:
    """The file of a picture as `png`, `jpeg` (or `jpg`) or `webp`, without metadata.

    Raises UnsupportedFormat.
    """
    return encode_with(image, kind)


def encode_with(image: Image | Mask, kind: str, **metadata: Any) -> bytes:
    """As `encode`, with what Pillow is to write beside the pixels. Raises UnsupportedFormat."""
    name = "jpeg" if kind.lower() == "jpg" else kind.lower()
    if name not in _OPTIONS:
        raise UnsupportedFormat(f"Pictures are not written as {kind[:16]!r}.", "png, jpeg or webp.")
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, name.upper(), **_OPTIONS[name], **metadata)
    return file.getvalue()


def media_type_of(kind: str) -> str:
    """That of a file of `encode`."""
    return "image/jpeg" if kind.lower() == "jpg" else f"image/{kind.lower()}"


def encode_mask(mask: Mask) -> bytes:
    """The file of a mask: an 8-bit grey PNG."""
    return encode_with(mask, "png")


def to_picture(image: Image, kind: str = "png") -> Picture:
    """As `encode`, with what is told about it."""
    return Picture(encode(image, kind), media_type_of(kind), image.shape[1], image.shape[0])


def pack(image: Image) -> Picture:
    """Bare pixels behind a line of PPM, for what is not kept as the file that came.

    Lossless, and compressing them would cost more time than all the rest of a submit.
    """
    height, width = image.shape[:2]
    data = _PPM % (width, height) + image.tobytes()
    return Picture(data, "image/x-portable-pixmap", width, height)


def unpack(data: bytes, limits: Limits | None = None) -> Image:
    """The picture of `accept` or `pack`, read-only; bare pixels without a copy.

    Raises ImageUnreadable for a JPEG that is damaged within.
    """
    if not data.startswith(b"P6 "):
        return decode(data, limits)
    header, _, _ = data.partition(b"\n")
    width, height = (int(number) for number in header.split()[1:3])
    pixels = np.frombuffer(data, np.uint8, offset=len(header) + 1)
    return pixels.reshape(height, width, 3)


def _sniff(data: bytes) -> str:
    """The format by the file's first bytes: names and media types are whatever the sender says."""
    if data.startswith(b"\xff\xd8\xff"):
        _check_scans(data)
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return _heif()
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:16]
    found = (name for magic, name in _OTHERS.items() if start.startswith(magic))
    raise UnsupportedFormat(f"The file is {next(found, 'of a format')} that is not taken here.")


def _check_scans(data: bytes) -> None:
    """A progressive JPEG may ask for the whole picture to be gone over thousands of times."""
    if data.count(b"\xff\xda") > _MOST_SCANS:
        raise ImageUnreadable("The picture is drawn in far too many passes.")


def _heif() -> str:
    if not heif_present():
        raise UnsupportedFormat(
            "HEIC pictures cannot be read by this service.",
            "Send a JPEG, PNG or WebP picture. The operator can add HEIC with `pip install "
            "fitting-room[heic]`.",
        )
    return "HEIF"


@cache
def heif_present() -> bool:
    """Whether HEIC pictures can be read: where pillow-heif is installed."""
    try:
        importlib.import_module("pillow_heif").register_heif_opener()
    except ImportError:
        return False
    return True


@contextmanager
def _named_faults() -> Iterator[None]:
    """Decoders answer damaged files with many kinds of exceptions; a client needs one name."""
    try:
        yield
    except (ImageTooLarge, ImageTooSmall, ImageTooNarrow):
        raise
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning, MemoryError) as error:
        raise ImageTooLarge("The picture has too many pixels.") from error
    except Exception as error:
        raise ImageUnreadable("The picture is damaged or cut off.") from error


def _check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    shown = f"{width}×{height} pixels"
    if width * height > limits.max_pixels:
        raise ImageTooLarge(
            f"The picture has {shown}; {limits.max_pixels / 1e6:g} million are taken."
        )
    if min(size) < limits.min_side:
        raise ImageTooSmall(f"The picture has {shown}; each side needs {limits.min_side}.")
    if max(size) > min(size) * limits.max_ratio:
        raise ImageTooNarrow(f"The picture has {shown}: too narrow a strip.")


def _normal(picture: Pillow.Image, max_side: int) -> Image:
    target = _fit(picture.size, max_side)
    orientation = _orientation(picture)
    profile = picture.info.get("icc_profile")
    picture.draft(None, target)  # JPEG decodes to an eighth, a quarter or a half for less work
    picture.load()
    plain = _shrunk(_over_white(_eight_bits(picture)), target)
    if orientation in _UPRIGHT:
        plain = plain.transpose(_UPRIGHT[orientation])
    return np.asarray(_to_srgb(plain, profile))


def _shrunk(picture: Pillow.Image, target: tuple[int, int]) -> Pillow.Image:
    """By the mean of what each pixel covers: what a draft leaves is less than halved here."""
    if picture.size == target:
        return picture
    import cv2

    return Pillow.fromarray(
        cv2.resize(np.asarray(picture), target, interpolation=cv2.INTER_AREA), picture.mode
    )


def _fit(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    scale = min(1.0, max_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _orientation(picture: Pillow.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # a damaged block of metadata is no reason to refuse good pixels
        return 1


def _eight_bits(picture: Pillow.Image) -> Pillow.Image:
    """Grey, RGB, CMYK or with alpha, at 8 bits a channel, so that it may be scaled."""
    if picture.mode.startswith("I"):
        # Pillow clips 16 bits to 8 when it converts; the lower byte is what has to go.
        deep = np.asarray(picture).astype(np.uint32)
        return Pillow.fromarray(((deep + 128) // 257).clip(0, 255).astype(np.uint8))
    if picture.mode in _WITH_ALPHA or "transparency" in picture.info:
        return picture.convert("RGBA")
    return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")


def _to_srgb(picture: Pillow.Image, profile: bytes | None) -> Pillow.Image:
    """RGB in sRGB; a profile that does not fit the pixels is passed over."""
    plain = picture if picture.mode == "RGB" else picture.convert("RGB")
    if not profile:
        return plain
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.profile_description and "sRGB" in source.profile.profile_description:
            return plain
        converted = ImageCms.profileToProfile(
            picture, source, _srgb(), outputMode="RGB", renderingIntent=ImageCms.Intent.PERCEPTUAL
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return plain
    return converted or plain


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _over_white(picture: Pillow.Image) -> Pillow.Image:
    if picture.mode != "RGBA":
        return picture
    white = Pillow.new("RGBA", picture.size, "white")
    return Pillow.alpha_composite(white, picture).convert("RGB")
