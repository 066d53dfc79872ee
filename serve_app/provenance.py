"""What a result says of itself: that it was made by AI, and by what.

In its metadata always, as IPTC's digital source type (XMP), as EXIF, and as PNG's own text; in a
corner of the picture where that is asked for. The same picture gives the same bytes: no moment and
no name of a job goes in.
https://cv.iptc.org/newscodes/digitalsourcetype/
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias
from xml.sax.saxutils import quoteattr

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, PngImagePlugin

from deployments.types import Engine, Image, frozen
from serve_app.blobs import Picture
from serve_app.intake import encode_with, media_type_of

Source: TypeAlias = Literal["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"]
"""Made by a model as a whole, or a photo in which a model made a part."""

_SOURCES: dict[str, Source] = {
    "tryon": "compositeWithTrainedAlgorithmicMedia",
    "anime": "trainedAlgorithmicMedia",
}
_TOLD: dict[Source, str] = {
    "trainedAlgorithmicMedia": "AI-generated picture",
    "compositeWithTrainedAlgorithmicMedia": "AI-generated in part: a photo that AI has edited",
}
_DESCRIPTION, _SOFTWARE = 0x010E, 0x0131
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/{source}" '
    "xmp:CreatorTool={tool}/></rdf:RDF></x:xmpmeta>"
    '<?xpacket end="r"?>'
)
_NAME = "Fitting Room"
_LABEL = "AI-generated"


@dataclass(frozen=True)
class Mark:
    """What is said of one picture: how it came to be, and the software's name."""

    source: Source
    tool: str = _NAME

    @classmethod
    def of(cls, kind: str, engine: Engine) -> Mark:
        """That of a job of `kind`, tryon or anime, done by `engine`."""
        return cls(_SOURCES[kind], f"{_NAME} ({engine.name} {engine.version})")

    @property
    def comment(self) -> str:
        """The mark in one line, for files that have no XMP of ours."""
        return f"{_TOLD[self.source]}; {self.tool}; digitalsourcetype/{self.source}"


def marked(image: Image, mark: Mark, kind: str = "png", *, visible: bool = False) -> Picture:
    """The file of a result as `png`, `jpeg` (or `jpg`) or `webp`, with its mark.

    With `visible`, the lower right corner says so too. Raises UnsupportedFormat.
    """
    shown = stamped(image) if visible else image
    data = encode_with(shown, kind, **_metadata(mark, kind.lower()))
    return Picture(data, media_type_of(kind), image.shape[1], image.shape[0])


def converted(data: bytes, kind: str, longest: int | None = None) -> Picture:
    """A result's file in another format, with the mark that it has, and no side of more than
    `longest` px. Raises UnsupportedFormat."""
    with Pillow.open(io.BytesIO(data)) as picture:
        plain = picture.convert("RGB")
        if longest:
            plain.thumbnail((longest, longest), Pillow.Resampling.LANCZOS)
        return marked(np.asarray(plain), _mark_in(picture), kind)


def stamped(image: Image) -> Image:
    """The picture with a label in its lower right corner, a thirtieth of the shorter side high."""
    label = _label(max(9, min(image.shape[:2]) // 30))
    height, width = (min(*pair) for pair in zip(label.shape, image.shape[:2], strict=True))
    changed = image.copy()
    corner = changed[-height:, -width:]
    strength = label[:height, :width, None].astype(np.uint16)
    # A dark ground of half strength, and on it white letters.
    corner[:] = (corner.astype(np.uint16) // 2 * (255 - strength) + 255 * strength) // 255
    return frozen(changed)


@lru_cache(maxsize=16)
def _label(size: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The letters, 0 to 255, with a margin round them."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(_LABEL)
    margin = size // 3
    extent = (int(right - left) + 2 * margin, int(bottom - top) + 2 * margin)
    canvas = Pillow.new("L", extent)
    ImageDraw.Draw(canvas).text((margin - left, margin - top), _LABEL, fill=255, font=font)
    return np.asarray(canvas)


def _metadata(mark: Mark, kind: str) -> dict[str, Any]:
    packet = _PACKET.format(source=mark.source, tool=quoteattr(mark.tool))
    exif = Pillow.Exif()
    exif[_DESCRIPTION], exif[_SOFTWARE] = _TOLD[mark.source], mark.tool
    if kind != "png":
        return {"exif": exif.tobytes(), "xmp": packet.encode()}
    text = PngImagePlugin.PngInfo()
    text.add_text("Software", mark.tool)
    text.add_text("Description", _TOLD[mark.source])
    text.add_itxt("XML:com.adobe.xmp", packet)
    return {"exif": exif.tobytes(), "pnginfo": text}


def _mark_in(picture: Pillow.Image) -> Mark:
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    text = packet if isinstance(packet, str) else packet.decode("utf-8", "replace")
    found = re.search(r"digitalsourcetype/(\w+)", text)
    source = next((known for known in _TOLD if found and found.group(1) == known), None)
    tool = picture.getexif().get(_SOFTWARE, _NAME)
    return Mark(source or "trainedAlgorithmicMedia", str(tool))
