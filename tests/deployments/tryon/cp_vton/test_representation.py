"""What the networks see, drawn on paper."""

from __future__ import annotations

import numpy as np
import PIL.Image
import pytest
from PIL import ImageDraw

from deployments.labels import to_lip
from deployments.tryon.cp_vton import representation as seen
from deployments.tryon.cp_vton.joints import COCO, HEAD_TOP, UPPER_NECK, coco, lip
from deployments.tryon.cp_vton.representation import Floats
from deployments.tryon.cp_vton.variant import LIP, ORIGINAL, PLUS, VARIANTS, Variant
from deployments.types import Image, Joint, Label, ParseMap, Points, frozen
from tests.deployments.poses import standing

KEPT_BY_LIP = (LIP.kept_by_matching, LIP.kept_by_try_on)
PHOTO = frozen(np.random.default_rng(1).integers(0, 256, (256, 192, 3)).astype(np.uint8))


def labelled() -> ParseMap:
    """A stripe of 12 rows for each label, from the top."""
    stripes = np.minimum(np.arange(256) // 12, 19).astype(np.uint8)
    return frozen(np.repeat(stripes[:, None], 192, axis=1))


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_the_channels_are_those_of_the_weights(variant: Variant) -> None:
    person = seen.agnostic(variant, PHOTO, standing(), labelled(), variant.kept_by_try_on)
    assert person.shape == (variant.agnostic_channels, 256, 192)
    assert person.dtype == np.float32
    assert person.min() == -1
    assert person.max() == 1


@pytest.mark.parametrize(
    ("variant", "matching", "try_on"),
    [
        (ORIGINAL, {1, 2, 4, 13}, {1, 2, 4, 13}),
        (PLUS, {1, 4, 13}, {1, 2, 4, 9, 12, 13, 16, 17}),
        (LIP, {1, 2, 4, 9, 13, 16, 17}, {1, 2, 4, 9, 13, 16, 17}),
    ],
    ids=["original", "plus", "lip"],
)
def test_which_labels_are_kept(variant: Variant, matching: set[int], try_on: set[int]) -> None:
    """The legs of the LIP variant are trousers there."""
    for kept, wanted in ((variant.kept_by_matching, matching), (variant.kept_by_try_on, try_on)):
        person = seen.agnostic(variant, PHOTO, standing(), labelled(), kept)
        photo = seen.normal(PHOTO)
        for label in range(20):
            rows = slice(label * 12, label * 12 + 12)
            shown = photo[:, rows] if label in wanted else np.full_like(photo[:, rows], -1)
            np.testing.assert_array_equal(person[1:4, rows], shown)


def published(photo: Image, labels: ParseMap, points: Points) -> Floats:
    """The 20 planes of Virtual-Try-On-Flask as its code has them, slowly:
    legs become trousers, anything labelled is body, and that is made twelve by sixteen and back;
    head, hair, glasses and trousers are shown, -1 elsewhere; a square of half side 3 a joint."""
    labels = labels.copy()
    labels[(labels == 16) | (labels == 17)] = 9
    body = PIL.Image.fromarray((labels > 0).astype(np.uint8) * 255)
    for size in ((12, 16), (192, 256)):
        body = body.resize(size, PIL.Image.Resampling.BILINEAR)
    planes = [np.asarray(body, np.float32) / 255]
    for colour in range(3):
        plane = photo[..., colour].astype(np.float32) / 255
        planes.append(np.where(np.isin(labels, (1, 2, 4, 9, 13)), plane, 0))
    for x, y in points.astype(int).tolist():
        sheet = PIL.Image.new("L", (192, 256))
        if x > 1 and y > 1:
            ImageDraw.Draw(sheet).rectangle((x - 3, y - 3, x + 3, y + 3), "white")
        planes.append(np.asarray(sheet, np.float32) / 255)
    return (np.stack(planes).astype(np.float32) - np.float32(0.5)) / np.float32(0.5)


@pytest.mark.parametrize("seed", range(5))
def test_lip_s_planes_are_those_of_the_published_preparation(seed: int) -> None:
    """Key points of whole pixels, some at an edge, beyond it or not seen; every label."""
    random = np.random.default_rng(seed)
    parse = np.kron(random.integers(0, 20, (16, 12)), np.ones((16, 16))).astype(np.uint8)
    pose = np.zeros((25, 3), np.float32)
    pose[:, :2] = random.integers(-5, (197, 261), (25, 2))
    pose[:, 2] = random.random(25) > 0.2
    points = np.trunc(lip(pose, parse))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seen, "lip", lambda *_: points)
        found = [seen.agnostic(LIP, PHOTO, pose, parse, kept) for kept in KEPT_BY_LIP]
    wanted = published(PHOTO, to_lip(parse), points)
    assert wanted.shape == (20, 256, 192)
    for planes in found:
        np.testing.assert_allclose(planes, wanted, atol=1e-6)


def test_neck_and_chest_are_body_for_plus_alone() -> None:
    parse = np.full((256, 192), Label.TORSO_SKIN, np.uint8)
    for variant, value in ((PLUS, 1), (ORIGINAL, -1), (LIP, -1)):
        assert (seen.body_shape(seen.labels_for(variant, parse)) == value).all()


def test_the_shape_tells_no_sleeve() -> None:
    """Two arms that differ by a few pixels look almost alike."""
    parse = np.zeros((256, 192), np.uint8)
    parse[60:200, 60:130] = 5
    other = parse.copy()
    other[120:124, 130:136] = 14
    one, two = seen.body_shape(parse), seen.body_shape(other)
    assert one[130, 95] == 1
    assert one[5, 5] == -1
    assert np.abs(one - two).max() < 0.15


@pytest.mark.parametrize("place", [(50.0, 70.0), (50.7, 70.2), (2.0, 2.0), (190.9, 255.5)])
@pytest.mark.parametrize("radius", [3, 5])
def test_squares_are_as_pillow_draws_them(place: tuple[float, float], radius: int) -> None:
    sheet = PIL.Image.new("L", (192, 256))
    (x, y), pen = place, ImageDraw.Draw(sheet)
    x, y = float(np.float32(x)), float(np.float32(y))
    pen.rectangle((x - radius, y - radius, x + radius, y + radius), "white")
    drawn = seen.pose_maps(np.array([place], np.float32), radius)[0]
    np.testing.assert_array_equal(drawn, np.where(np.asarray(sheet) > 0, 1, -1))


@pytest.mark.parametrize("place", [(0.0, 0.0), (1.0, 90.0), (90.0, 1.0), (-20.0, 40.0)])
def test_what_was_not_seen_has_no_square(place: tuple[float, float]) -> None:
    assert (seen.pose_maps(np.array([place], np.float32), 5) == -1).all()


def test_a_garment_lies_alone_on_white_in_the_middle() -> None:
    garment = np.full((300, 500, 3), (40, 90, 30), np.uint8)
    mask = np.zeros((300, 500), np.uint8)
    mask[40:240, 300:400] = 255
    garment[mask > 0] = (200, 20, 20)
    picture, cover = seen.laid_out(frozen(garment), frozen(mask))
    rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
    assert set(np.unique(cover)) == {0, 255}
    assert rows[-1] + 1 - rows[0] == round(256 * 0.92)
    assert columns[-1] + 1 - columns[0] == round(256 * 0.92 / 2)
    assert abs(rows[0] - (255 - rows[-1])) <= 1
    assert abs(columns[0] - (191 - columns[-1])) <= 1
    assert (picture[cover == 0] == 255).all()
    assert (picture[cover > 0] == (200, 20, 20)).all()


def test_pictures_come_back_from_their_planes() -> None:
    np.testing.assert_allclose(seen.shown(seen.normal(PHOTO)), PHOTO, atol=1)
    assert seen.shown(np.full((3, 2, 2), 1.7, np.float32)).max() == 255


def test_openpose_s_eighteen() -> None:
    points = coco(standing(without=frozenset({Joint.LEFT_WRIST})))
    assert points.shape == (18, 2)
    assert points[COCO.index(Joint.NECK)].tolist() == [150, 105]
    assert points[4].tolist() == [60, 210]  # the right wrist
    assert points[7].tolist() == [0, 0]  # the left one
    assert points[8].tolist() == [128, 230]  # the right hip: there is no middle one
    assert points[17].tolist() == [168, 56]  # the left ear


def test_lip_s_sixteen() -> None:
    parse = np.zeros((400, 300), np.uint8)
    parse[20:90, 130:170] = Label.FACE
    parse[10:40, 125:175] = Label.HAIR
    parse[5:9, 0:40] = Label.HAIR  # somebody else's
    points = lip(standing(), parse)
    assert points.shape == (16, 2)
    wanted = [(124, 380), (126, 310), (128, 230), (172, 230), (174, 310), (176, 380), (150, 230)]
    np.testing.assert_allclose(points[:7], wanted)
    np.testing.assert_allclose(points[7], (150, 105))
    np.testing.assert_allclose(points[10:13], [(60, 210), (80, 160), (110, 108)])
    np.testing.assert_allclose(points[13:], [(190, 108), (220, 160), (240, 210)])
    np.testing.assert_allclose(points[UPPER_NECK], (150, 83.5))
    np.testing.assert_allclose(points[HEAD_TOP], (150, 10), atol=0.5)


def test_a_head_without_labels_has_a_top_all_the_same() -> None:
    points = lip(standing(), np.zeros((400, 300), np.uint8))
    assert 15 < points[HEAD_TOP, 1] < 35
    headless = lip(standing(without=frozenset({Joint.NOSE})), np.zeros((400, 300), np.uint8))
    assert not headless[[UPPER_NECK, HEAD_TOP]].any()
