"""Results say that they were made by AI, in every format, and each time in the same bytes."""

from __future__ import annotations

import io
import xml.etree.ElementTree as Xml

import numpy as np
import pytest
from PIL import Image as Pillow

from deployments.types import Engine, Image, frozen
from serve_app.errors import UnsupportedFormat
from serve_app.intake import decode
from serve_app.provenance import Mark, converted, marked, stamped
from tests.serve_app.test_intake import LIMITS

MARK = Mark.of("tryon", Engine('drape "x" <&>', "1.0", "Apache-2.0", commercial_use=True))
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
KINDS = pytest.mark.parametrize("kind", ["png", "jpg", "jpeg", "webp", "PNG"])


@pytest.fixture(scope="module")
def image() -> Image:
    flat = np.random.default_rng(5).integers(0, 256, (12, 9, 3), np.uint8)
    return frozen(flat.repeat(20, 0).repeat(20, 1))


def told(data: bytes) -> dict[str, str]:
    """What the file says of itself, as the readers of each kind of metadata find it."""
    with Pillow.open(io.BytesIO(data)) as picture:
        packet = picture.info["xmp"].decode()
        root = Xml.fromstring(packet)  # noqa: S314 - we wrote it ourselves
        about = next(iter(root.iter(f"{RDF}Description")))
        exif = picture.getexif()
        return {
            "source": about.attrib[
                "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
            ],
            "tool": about.attrib["{http://ns.adobe.com/xap/1.0/}CreatorTool"],
            "description": exif[0x010E],
            "software": exif[0x0131],
        }


@KINDS
def test_every_format_tells(image: Image, kind: str) -> None:
    picture = marked(image, MARK, kind)
    tool = 'Fitting Room (drape "x" <&> 1.0)'
    assert told(picture.data) == {
        "source": SOURCE,
        "tool": tool,
        "description": "AI-generated in part: a photo that AI has edited",
        "software": tool,
    }
    assert (picture.width, picture.height) == (180, 240)
    assert picture.media_type == ("image/jpeg" if "j" in kind else f"image/{kind.lower()}")


def test_a_png_tells_in_its_own_way_too(image: Image) -> None:
    with Pillow.open(io.BytesIO(marked(image, MARK).data)) as picture:
        assert picture.info["Software"].startswith("Fitting Room")
        assert picture.info["Description"].startswith("AI-generated")


def test_an_avatar_is_made_as_a_whole(image: Image) -> None:
    engine = Engine("cel", "1", "Apache-2.0", commercial_use=True)
    found = told(marked(image, Mark.of("anime", engine)).data)
    assert found["source"].endswith("/trainedAlgorithmicMedia")
    assert found["description"] == "AI-generated picture"


@KINDS
def test_the_same_picture_is_the_same_bytes(image: Image, kind: str) -> None:
    assert marked(image, MARK, kind).data == marked(image.copy(), MARK, kind).data


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_conversion_keeps_the_mark(image: Image, kind: str) -> None:
    whole = marked(image, MARK)
    again = converted(whole.data, kind)
    assert told(again.data) == told(whole.data)
    assert told(converted(again.data, "webp").data) == told(whole.data)
    difference = decode(again.data, LIMITS).astype(int) - image
    assert np.abs(difference).mean() < (0.001 if kind == "png" else 8)


def test_what_came_without_a_mark_gets_one(image: Image) -> None:
    file = io.BytesIO()
    Pillow.fromarray(image).save(file, "PNG")
    assert told(converted(file.getvalue(), "jpeg").data)["software"] == "Fitting Room"


def test_other_formats_are_refused(image: Image) -> None:
    with pytest.raises(UnsupportedFormat):
        marked(image, MARK, "gif")


def test_the_visible_mark_is_in_its_corner_and_nowhere_else() -> None:
    grey = frozen(np.full((768, 1024, 3), 200, np.uint8))
    shown = stamped(grey)
    rows, columns = np.nonzero((shown != grey).any(2))
    assert rows.min() > 768 * 0.94
    assert columns.min() > 1024 * 0.8
    assert (rows.max(), columns.max()) == (767, 1023)
    corner = shown[rows.min() :, columns.min() :]
    assert (corner.max(), corner.min()) == (255, 100)
    assert np.array_equal(decode(marked(grey, MARK, visible=True).data, LIMITS), shown)


@pytest.mark.parametrize("size", [(1, 1), (5, 400), (400, 5), (64, 64)])
def test_the_visible_mark_on_any_size(size: tuple[int, int]) -> None:
    shown = stamped(frozen(np.zeros((*size, 3), np.uint8)))
    assert shown.shape == (*size, 3)
