"""The gallery's files, and the parts of the drawing and rendering that need no Blender."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deployments.types import Joint, Label
from serve_app.presets import GALLERY, Presets
from training.figures import body, fabrics, hair, labels, logo, outlines, patches, raster, trims
from training.figures.body import Points
from training.figures.cloth import GROUND, HEIGHT, SCALE, WIDTH, Fold, Sheet, filled
from training.figures.develop import developed
from training.figures.draw_garments import GARMENTS
from training.figures.jpeg import MOST_BYTES, save_jpeg
from training.figures.people import PEOPLE, Hair
from training.figures.raster import Layer
from training.figures.view import View

PICTURES = [(kind, preset) for kind in ("person", "garment") for preset in Presets().list(kind)]
SQUARE = np.array([[-100.0, 300], [100, 300], [100, 600], [-100, 600]])


@pytest.mark.parametrize(("kind", "preset"), PICTURES, ids=[p.id for _, p in PICTURES])
def test_every_preset_is_a_small_picture_of_the_right_size(kind: str, preset: object) -> None:
    path = GALLERY / getattr(preset, "file")  # noqa: B009
    assert path.stat().st_size <= MOST_BYTES
    assert path.parent.name == f"{kind}s"
    with Image.open(path) as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (WIDTH, HEIGHT))


def test_the_gallery_lists_each_file_once_and_says_whose_it_is() -> None:
    presets = [preset for _, preset in PICTURES]
    on_disk = {path.relative_to(GALLERY).as_posix() for path in GALLERY.rglob("*.jpg")}
    assert {preset.file for preset in presets} == on_disk
    assert len(presets) == len(on_disk)
    for preset in presets:
        assert preset.title
        assert preset.credit
        assert preset.licence == "Apache-2.0"


def test_the_gallery_has_what_the_code_can_make() -> None:
    people = {preset.id for preset in Presets().list("person")}
    garments = Presets().list("garment")
    assert len(people) >= 4
    assert people <= {person.name for person in PEOPLE}
    assert {preset.id for preset in garments} == set(GARMENTS)
    assert {preset.category for preset in garments} == {"upper", "lower", "dress"}


@pytest.mark.parametrize("name", sorted(GARMENTS))
def test_a_garment_lies_on_a_light_border(name: str) -> None:
    picture = np.asarray(Image.open(GALLERY / "garments" / f"{name}.jpg"), np.float64)
    border = [picture[:10], picture[-10:], picture[:, :4], picture[:, -4:]]
    assert min(side.mean() for side in border) > 215
    middle = picture[380:640, 300:460].mean()
    assert abs(middle - np.mean(GROUND)) > 12 or picture[380:640, 300:460].std() > 25


def _blank_sheet() -> Sheet:
    sheet = Sheet(1)
    sheet.lay(SQUARE, fabrics.jersey((40, 110, 120)))
    return sheet


@pytest.fixture(scope="module")
def lit_square() -> Image.Image:
    return Image.fromarray(_blank_sheet().picture())


def test_a_sheet_shows_the_cloth_on_the_ground_with_a_shadow(lit_square: Image.Image) -> None:
    picture = np.asarray(lit_square, np.int64)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    cloth = picture[400:500, 340:430].reshape(-1, 3).mean(axis=0)
    assert np.abs(cloth - (40, 110, 120)).max() < 14
    ground, shadow = picture[450, 120].mean(), picture[450, 384 + 106].mean()
    assert abs(ground - np.mean(GROUND)) < 12
    assert shadow < ground - 15


def test_light_comes_from_the_upper_left() -> None:
    sheet = _blank_sheet()
    sheet.press(sheet.cover, 6 * np.exp(-((sheet.x / 12) ** 2)))
    picture = sheet.picture().astype(np.float64).mean(axis=2)
    across = picture[440:460, 350:420].mean(axis=0)
    assert across.max() > across.min() + 8
    assert across.argmax() < across.argmin()


def test_a_fold_rises_where_it_should() -> None:
    sheet = _blank_sheet()
    before = sheet.height.copy()
    sheet.fold([Fold(20, 450, 90, 200, 14, 8)])
    rise = sheet.height - before
    row, column = np.unravel_index(rise.argmax(), rise.shape)
    assert abs(row / SCALE - 450) < 40
    assert abs(column / SCALE - WIDTH / 2 - 20) < 25
    assert 4 < rise.max() < 9
    assert not rise[sheet.cover == 0].any()


def test_a_line_is_shown_where_the_unevenly_laid_cloth_has_it() -> None:
    sheet = Sheet(3)
    line = np.array([[-250.0, 200], [260, 300], [-200, 800], [150, 700]])
    corners = np.array([[-12.0, -12], [12, -12], [12, 12], [-12, 12]])
    sheet.cover = np.max([filled(place + corners) for place in line], axis=0)
    shown, mask = sheet.shown(line), sheet.mask()
    assert np.linalg.norm(shown - line - [WIDTH / 2, 0], axis=1).max() > 2
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    for place in shown:
        near = mask * (np.hypot(x - place[0], y - place[1]) < 40)
        middle = np.array([(x * near).sum(), (y * near).sum()]) / near.sum()
        assert np.linalg.norm(middle - place) < 0.5


def test_drawing_is_the_same_each_time(lit_square: Image.Image) -> None:
    assert np.array_equal(np.asarray(lit_square), _blank_sheet().picture())


def test_stitches_lie_on_cloth_only() -> None:
    sheet = _blank_sheet()
    before = sheet.colour.copy()
    trims.stitches(sheet, np.array([[-300.0, 450], [300, 450]]), (255, 255, 255))
    changed = np.abs(sheet.colour - before).max(axis=2) > 0.2
    rows, columns = np.nonzero(changed)
    assert len(rows) > 100
    assert abs(rows.mean() / SCALE - 450) < 1
    assert columns.min() / SCALE >= WIDTH / 2 - 101


def test_stripes_repeat_and_the_print_is_crisp() -> None:
    pattern = fabrics.stripes((255, 255, 255), (0, 0, 0), 34, 12)
    sheet = Sheet(2)
    sheet.lay(SQUARE, pattern)
    column = sheet.colour[620:1180, WIDTH * SCALE // 2].mean(axis=1) < 0.3
    assert abs(column.mean() - 12 / 34) < 0.03
    mask = logo.hanger_ring(0, 450, 74)
    assert 0.008 < (mask > 0).mean() < 0.08
    assert ((mask > 20) & (mask < 235)).mean() < 0.25 * (mask > 0).mean()


def test_outlines_mirror_and_stay_parallel() -> None:
    half = outlines.run([(0, 100), (60, 120), (90, 300)])
    whole = outlines.closed(half)
    assert np.allclose(np.sort(whole[:, 0]), np.sort(-whole[:, 0]))
    level = np.array([[0.0, 10], [50, 10], [100, 10]])
    assert np.allclose(outlines.beside(level, 5)[:, 1], 15)
    points, ahead = outlines.resampled(level, 10)
    assert np.allclose(np.diff(points[:, 0]), 10)
    assert np.allclose(ahead, [1, 0])


def _grid_of_quads(size: int) -> tuple[patches.Faces, Points]:
    y, x = np.mgrid[0:size, 0:size]
    vertices = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], axis=1).astype(np.float64)
    corner = (np.arange(size - 1)[:, None] * size + np.arange(size - 1)[None]).ravel()
    return np.stack([corner, corner + 1, corner + size + 1, corner + size], axis=1), vertices


def _area(vertices: Points, triangles: patches.Faces) -> float:
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def test_subdividing_keeps_the_area_and_shares_new_vertices() -> None:
    quads, vertices = _grid_of_quads(3)
    finer, grown = patches.subdivide(quads, vertices)
    assert (len(finer), len(grown)) == (16, 25)
    assert _area(grown, patches.triangulate(finer)) == pytest.approx(4)


def test_clipping_cuts_exactly_along_the_line() -> None:
    quads, vertices = _grid_of_quads(6)
    triangles, kept = patches.clip(patches.triangulate(quads), vertices, 2.3 - vertices[:, 0])
    assert kept[:, 0].max() == pytest.approx(2.3)
    assert _area(kept, triangles) == pytest.approx(2.3 * 5)
    distance = patches.border_distance(kept, triangles, 10.0)
    assert distance.min() == 0
    assert distance.max() >= 1


def test_smoothing_flattens_a_bump_and_normals_point_up() -> None:
    quads, vertices = _grid_of_quads(7)
    vertices[24, 2] = 1.0
    triangles = patches.triangulate(quads)
    assert patches.smooth(vertices, triangles, 5)[24, 2] < 0.5
    flat = patches.normals(vertices * [1, 1, 0], triangles)
    assert np.allclose(flat, [0, 0, 1])


def test_rotation_turns_one_direction_into_another() -> None:
    start, end = np.array([0.0, 0, -1]), np.array([0.6, -0.8, 0])
    turn = body.rotation_between(start, end)
    assert np.allclose(turn @ start, end)
    assert np.allclose(turn @ turn.T, np.eye(3))


def test_macro_weights_are_shares_of_one() -> None:
    weights = body.macro_targets(body.Shape(gender=0.3, muscle=0.7, weight=0.2, age=0.4))
    universal = [v for k, v in weights.items() if k.startswith("macrodetails/universal-")]
    assert sum(universal) == pytest.approx(1)
    assert len(universal) == 2 * 2 * 2 * 2


def test_an_aimed_bone_carries_the_bones_below_it() -> None:
    rest = np.array([[0.0, 0, 1], [1, 0, 1], [2, 0, 1]])
    rig = body.Rig(
        ("upper", "lower", "hand"),
        (-1, 0, 1),
        (np.array([0]), np.array([1]), np.array([2])),
        np.eye(3, dtype=np.float32),
    )
    pose = body.Pose({"upper": ("lower", (0.0, 0.0, -1.0), 1.0)}, {})
    transforms, heads = body.bone_transforms(rig, rest, pose)
    assert np.allclose(heads, [[0, 0, 1], [0, 0, 0], [0, 0, -1]])
    assert np.allclose(body.skin(rest, rig.weights, transforms), heads)


def _sphere(points: Points) -> tuple[Points, Points]:
    middle = np.array([0, 0, 1.6])
    outward = (points - middle) / np.linalg.norm(points - middle, axis=1, keepdims=True)
    return middle + 0.095 * outward, outward


@pytest.mark.parametrize("style", ["long", "short", "bob", "curly"])
def test_hair_grows_to_its_length_outside_the_skull(style: str) -> None:
    head = hair.Head(np.array([0, -0.095, 1.57]), np.array([0, 0, 1.6]), 0.095)
    random = np.random.default_rng(0)
    way = random.normal(size=(200, 3)) * [1, 1, 0.5] + [0, 0.3, 0.6]
    roots, outward = _sphere(np.array([0, 0, 1.6]) + way)
    look = Hair(style, (0.1, 0.1, 0.1), 0.2)  # type: ignore[arg-type]
    guides = hair.grow_guides(look, head, roots, outward, _sphere, 12)
    length = np.linalg.norm(np.diff(guides, axis=1), axis=2).sum(axis=1)
    assert np.median(length) > 0.05
    assert np.linalg.norm(guides - [0, 0, 1.6], axis=2).min() > 0.0945
    if style == "long":
        assert guides[:, -1, 2].mean() < roots[:, 2].mean() - 0.05


def test_the_hairline_leaves_the_face_free() -> None:
    head = hair.Head(np.array([0, -0.095, 1.57]), np.array([0, 0, 1.6]), 0.095)
    points = np.array([[0, -0.09, 1.57], [0, -0.09, 1.66], [0, 0.09, 1.55], [0, 0, 1.69]])
    assert (hair.hairline(head, points) > 0).tolist() == [False, True, True, True]


def _square_layer(by: list[float], *of_triangle: Label) -> Layer:
    """Two triangles 0.4 m wide and high, 0.1 m before the middle, stretched `by` x, y, z."""
    square = np.array([[-0.2, -0.1, 0.8], [0.2, -0.1, 0.8], [0.2, -0.1, 1.2], [-0.2, -0.1, 1.2]])
    return Layer(square * by, np.array([[0, 1, 2], [0, 2, 3]]), np.array(of_triangle, np.uint8))


def test_the_depth_buffer_shows_the_nearest_and_its_place() -> None:
    view = View(0.0, 2.0, 60, 80)
    far = _square_layer([1, -1, 1], Label.PANTS, Label.PANTS)
    near = _square_layer([0.5, 1, 1], Label.UPPER_CLOTHES, Label.UPPER_CLOTHES)
    buffer = raster.shown(view, [far, near], [])
    assert set(np.unique(buffer.face)) == {-1, 0, 1, 2, 3}
    assert buffer.face[40, 30] in (2, 3)
    y, x = np.nonzero(buffer.face >= 2)
    corners = near.vertices[near.triangles[buffer.face[y, x] - 2]]
    pixels, _ = view.project(np.einsum("nk,nkc->nc", buffer.share[y, x], corners))
    np.testing.assert_allclose(pixels, np.stack([x + 0.5, y + 0.5], axis=1), atol=1e-6)


def test_a_parse_map_has_the_label_of_the_nearest_and_of_hair() -> None:
    far = _square_layer([3, -1, 1], Label.PANTS, Label.PANTS)
    near = _square_layer([1, 1, 1], Label.LEFT_ARM, Label.RIGHT_ARM)
    height = np.linspace(1.1, 1.6, 60)
    before = np.stack([0 * height - 0.1, 0 * height - 0.2, height], axis=1)[None]
    behind = before * [-1, 0, 1]
    layers = [near, far]
    parse = labels.parse_map(raster.shown(View(0.0, 2.0), layers, [before, behind]), layers)
    assert parse[560, 384 + 50] == Label.LEFT_ARM
    assert parse[470, 384 - 70] == Label.RIGHT_ARM
    assert parse[512, 384 + 250] == Label.PANTS
    assert parse[100, 100] == Label.BACKGROUND
    strands = parse == Label.HAIR
    assert strands[420:450, 384 - 60 : 384 - 40].any(axis=1).all()
    assert not strands[420:450, 384 + 40 : 384 + 60].any()
    assert strands[250:400, 384 + 40 : 384 + 60].any(axis=1).all()


def test_key_points_mirror_the_person() -> None:
    view = View(0.0, 2.0)
    bones = {
        name: np.array([0.2 if name.endswith("L") else -0.2, 0, 1.0])
        for name in set(labels.JOINT_BONES.values())
    }
    eyes = np.array([0.03, 0, 1.6]), np.array([-0.03, 0, 1.6])
    pose = labels.key_points(view, bones, eyes)
    assert pose[Joint.LEFT_WRIST, 0] > 384 > pose[Joint.RIGHT_WRIST, 0]
    assert pose[Joint.NECK] == pytest.approx([384, 512, 1])


def test_developing_brightens_without_clipping() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2).repeat(8, axis=0)
    after = np.asarray(developed(Image.fromarray(ramp)), np.float64).mean(axis=(0, 2))
    assert after[128] > 138
    assert after[255] < 255
    assert np.diff(after[8:]).min() > -2


def test_a_picture_that_cannot_be_small_enough_is_refused(tmp_path: Path) -> None:
    rough = np.random.default_rng(0).integers(0, 255, (100, 100, 3), dtype=np.uint8)
    picture = Image.fromarray(rough).resize((400, 400), Image.Resampling.BICUBIC)
    with pytest.raises(ValueError, match="does not fit"):
        save_jpeg(picture, tmp_path / "a.jpg", 20_000)
    assert save_jpeg(picture, tmp_path / "b.jpg", 400_000) == 95
