"""True pairs: what needs no Blender."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from serve_app.commands.evaluation.cases import read_list
from tests.deployments.tryon.drape.mannequin import top
from training.figures import patches
from training.figures.body import Points
from training.pairs import (
    fit,
    flat,
    lines,
    listing,
    mannequin,
    outline,
    panels,
    sheet,
    variety,
)
from training.pairs.flat import Flat, Pixels

SPACING = 8.0
NUMBA = "pip install 'numba>=0.60'"


@pytest.fixture
def tee() -> Flat:
    """A T-shirt of straight lines, its sleeves level, 400 px high."""
    corners = [
        (160, 60), (60, 60), (60, 130), (120, 130), (120, 340),
        (280, 340), (280, 130), (340, 130), (340, 60), (240, 60),
    ]  # fmt: skip
    mask = np.zeros((400, 400), np.uint8)
    cv2.fillPoly(mask, [np.array(corners, np.int32)], (255,))
    picture = np.random.default_rng(1).integers(0, 255, (400, 400, 3)).astype(np.uint8)
    x = np.linspace(160, 240, 21)
    line = np.stack([x, 60 + 40 * (1 - ((x - 200) / 40) ** 2)], axis=1)
    marks: dict[str, Points] = {}
    for name, side in (("right", -1), ("left", 1)):
        for part, away, y in (("shoulder", 80, 60), ("armpit", 80, 130), ("hem", 80, 340)):
            marks[f"{part}_{name}"] = np.array([200.0 + side * away, y])
    sleeves = {
        s: np.stack([200 + s * np.linspace(80, 138, 9), np.full(9, 95.0)], 1) for s in (-1, 1)
    }
    cuffs = {
        s: (np.array([200 + s * 140.0, 60]), np.array([200 + s * 140.0, 130])) for s in (-1, 1)
    }
    return Flat(picture, picture, mask, line, marks, sleeves, cuffs)


def test_a_read_garments_cuffs_are_those_of_the_flat() -> None:
    picture, mask, shape = top("short")
    corners = {side: np.array([(40, 130), (70, 165)], np.float32) for side in ("left", "right")}
    corners["left"] = corners["left"] * (-1, 1) + np.array((300, 0), np.float32)
    tubes = {f"{side}_tube": getattr(shape, f"{side}_tube") for side in corners}
    cuffed = {n: replace(t, cuff=corners[n[:-5]]) for n, t in tubes.items()}
    read = flat.from_shape(picture, mask, replace(shape, **cuffed))
    for side, name in flat.NAMES.items():
        np.testing.assert_array_equal(np.stack(read.cuffs[side]), corners[name])
    assert {side: len(line) for side, line in read.sleeves.items()} == {-1: 12, 1: 12}
    one = replace(shape, right_tube=cuffed["right_tube"])
    with pytest.raises(flat.BadFlat, match="one sleeve"):
        flat.from_shape(picture, mask, one)


def test_a_contour_is_walked_one_way_and_smoothed_in_place() -> None:
    mask = np.zeros((60, 80), np.uint8)
    mask[20:40, 20:60] = 255
    line = lines.contour(mask, 0.8)
    soft = lines.smoothed(line, np.ones(5) / 5)
    x, y = soft.T
    area = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
    assert -area == pytest.approx(19 * 39, rel=0.03)
    assert np.abs(soft - line).max() < 1.5
    assert lines.contour(0 * mask, 0.8).shape == (0, 2)


def test_an_empty_mask_is_refused(tee: Flat) -> None:
    empty = replace(tee, mask=0 * tee.mask)
    with pytest.raises(flat.BadFlat, match="empty"):
        outline.runs(empty, SPACING)


def test_the_outline_is_sewn_but_for_cuffs_and_hem(tee: Flat) -> None:
    runs = outline.runs(tee, SPACING)
    assert [run.sewn for run in runs] == [True, False, True, False, True, False, True]
    for one, other in itertools.pairwise(runs):
        np.testing.assert_allclose(one.points[-1], other.points[0])


def test_corners_out_of_order_are_refused(tee: Flat) -> None:
    tee.cuffs[1][0][:], tee.cuffs[1][1][:] = tee.cuffs[1][1].copy(), tee.cuffs[1][0].copy()
    with pytest.raises(flat.BadFlat):
        outline.runs(tee, SPACING)


def test_a_mirrored_mirror_is_the_same(tee: Flat) -> None:
    twice = variety.mirrored(variety.mirrored(tee))
    np.testing.assert_array_equal(twice.mask, tee.mask)
    np.testing.assert_allclose(twice.neckline, tee.neckline)
    for side in flat.SIDES:
        np.testing.assert_allclose(twice.cuffs[side][0], tee.cuffs[side][0])


def test_a_resized_flat_moves_all_that_lies_in_it(tee: Flat) -> None:
    grown = flat.resized(tee, 1.5, 0.8, cv2.INTER_LINEAR)
    by = np.array([1.5, 0.8])
    assert grown.picture.shape == grown.texture.shape == (320, 600, 3)
    assert grown.mask[round(0.8 * 200), round(1.5 * 200)] == 255
    np.testing.assert_allclose(grown.neckline, tee.neckline * by)
    np.testing.assert_allclose(grown.marks["hem_left"], tee.marks["hem_left"] * by)
    np.testing.assert_allclose(grown.sleeves[-1], tee.sleeves[-1] * by)
    np.testing.assert_allclose(grown.cuffs[1][1], tee.cuffs[1][1] * by)


def test_a_narrow_chest_is_enlarged_and_a_wide_one_left_alone(tee: Flat) -> None:
    assert flat.enlarged(tee, 240.0).chest == pytest.approx(240)
    assert flat.enlarged(tee, 160.0) is tee


def test_both_layers_have_the_outline_and_share_the_seams(tee: Flat) -> None:
    cut = panels.cut(tee, SPACING)
    for layer, side in ((cut.triangles[cut.front], 1), (cut.triangles[~cut.front], -1)):
        a, b, c = (cut.place[layer[:, k]] for k in range(3))
        area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
        assert (area * side < 0).all()
        assert abs(area).sum() / 2 == pytest.approx((tee.mask > 127).sum(), rel=0.06)
        assert np.isin(np.arange(cut.sewn), layer).all()


def test_triangles_are_split_in_place() -> None:
    corners = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    finer, grown = patches.subdivide_triangles(np.array([[0, 1, 2], [0, 2, 3]]), corners)
    assert finer.shape == (8, 3)
    assert len(grown) == 9


def test_cloth_falls_on_a_floor_and_keeps_its_size() -> None:
    cloth = pytest.importorskip("training.pairs.cloth", reason=NUMBA, exc_type=ImportError)

    x, y = (part.ravel() for part in np.meshgrid(np.arange(8.0), np.arange(8.0)))
    plane = 0.013 * np.stack([x, y], axis=1)
    number = np.arange(64).reshape(8, 8)
    quads = np.stack([number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]], axis=-1)
    triangles = patches.triangulate(quads.reshape(-1, 4))
    start = np.column_stack([plane, np.full(64, 0.01)])
    sheet = cloth.make(start, plane, triangles, np.ones(64, np.int64))
    for _ in range(30):
        at = sheet.now * [1, 1, 0]
        up = np.tile([0.0, 0, 1], (64, 1))
        floor = cloth.Obstacles(
            at[:, None], up[:, None], 0 * at[:, None], np.full((64, 1), 0.004), np.ones((64, 1))
        )
        cloth.advance(sheet, floor, cloth.GRAVITY, 3.0, 0.4)
    np.testing.assert_allclose(sheet.now[:, 2], 0.004, atol=5e-4)
    assert cloth.longest_stretch(sheet) < 1.02


def test_a_size_lets_sleeves_out_and_leaves_the_body_alone(tee: Flat) -> None:
    origin = np.array([200.0, 60.0])
    plain = fit.Hung(tee, fit.Size(0.002, 0.002), origin, 1.4)
    altered = fit.Hung(tee, fit.Size(0.002, 0.002, wider=1.5, shorter=0.8), origin, 1.4)
    torso = np.array([[200.0, 60], [150, 200], [280, 300]])
    np.testing.assert_allclose(altered.plane(torso), plain.plane(torso))
    outer, inner = altered.plane(np.stack(tee.cuffs[1]))
    assert np.linalg.norm(outer - inner) == pytest.approx(1.5 * 0.002 * 70, rel=0.05)
    assert outer[0] < plain.plane(tee.cuffs[1][0][None])[0, 0]


def test_a_girth_is_that_of_the_widest_slice_between_two_heights() -> None:
    angle, height = np.meshgrid(np.linspace(0, 2 * np.pi, 90), np.linspace(0, 1, 101))
    radius = 0.1 + 0.05 * height
    cone = np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=2).reshape(-1, 3)
    assert mannequin.girth(cone, 0.2, 0.5) == pytest.approx(2 * np.pi * 0.125, rel=0.01)
    assert mannequin.girth(cone, 2.0, 3.0) == 0


def _pair(folder: Path, garment: Pixels, flow: NDArray[np.float32]) -> Path:
    """A pair whose pictures are dark grey but for the garment."""
    grey = np.full((*flow.shape[:2], 3), 60, np.uint8)
    for name in ("person", "truth"):
        Image.fromarray(grey).save(folder / f"{name}.jpg")
    Image.fromarray(garment).save(folder / "garment.jpg", quality=100, subsampling=0)
    Image.fromarray(grey[..., 0] // 60).save(folder / "truth_parse.png")
    np.savez(folder / "flow.npz", flow=flow)
    return folder


def test_a_sheet_carries_the_garment_by_the_flow_where_its_front_is_seen(tmp_path: Path) -> None:
    garment = np.full((48, 40, 3), 80, np.uint8)
    garment[20:30, 10:20] = 200
    flow = np.full((64, 48, 2), np.nan, np.float32)
    y, x = np.mgrid[10:40, 20:44].astype(np.float32)
    flow[10:40, 20:44] = np.stack([x - 16, y + 4], axis=2)
    row = sheet.row(_pair(tmp_path, garment, flow), 48, 64)
    assert row.shape == (64, 6 * 48, 3)
    carried, colours = (row[:, k * 48 : (k + 1) * 48] for k in (3, 4))
    for part in (carried, colours):
        np.testing.assert_array_equal((part != 20).any(axis=2), np.isfinite(flow[..., 0]))
    square = np.zeros((64, 48), bool)
    square[16:26, 26:36] = True
    np.testing.assert_array_equal(carried.min(axis=2) > 140, square)


def test_whole_pairs_are_listed_for_the_jury(tmp_path: Path) -> None:
    for name in ("0000a", "0000b", "0001a"):
        (tmp_path / name).mkdir()
        for part in ("person", "garment", "truth"):
            (tmp_path / name / f"{part}.jpg").touch()
    for name in ("0000a", "0000b"):
        (tmp_path / name / "flow.npz").touch()
    cases = read_list(listing.write(tmp_path)).cases
    assert [case.person for case in cases] == ["0000a/person.jpg", "0000b/person.jpg"]
    assert cases[1].truth == "0000b/truth.jpg"
