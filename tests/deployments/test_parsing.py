from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from deployments.parse_vote import CLASSES
from deployments.parsing import (
    ASPECT,
    SEEN_CLOSE,
    WHOLE,
    Look,
    Parsing,
    View,
    Window,
    labels_of,
    person_window,
)
from deployments.types import Image, Joint, Label, ParseMap, PersonNotFound, Pose, frozen
from tests.deployments.poses import standing
from weights.store import Store

PERSONS = ("00891_00", "03615_00", "07573_00", "10549_00")
"""Catalogue photos whose reference maps are sound; the others' name sleeves arms or tops skin."""


@pytest.fixture(scope="module")
def parsing(store: Store) -> Parsing:
    return Parsing(store)


def _catalogue(shared: Path, name: str) -> tuple[Image, Pose, ParseMap]:
    folder = shared / "photos" / "preprocessed" / "vitonhd"
    with PIL.Image.open(folder / "image" / f"{name}.jpg") as picture:
        image = frozen(np.asarray(picture.convert("RGB")))
    with PIL.Image.open(folder / "image-parse" / f"{name}.png") as picture:
        parse = frozen(np.asarray(picture))
    text = (folder / "openpose-json" / f"{name}_keypoints.json").read_text()
    flat = json.loads(text)["people"][0]["pose_keypoints_2d"]
    pose = np.array(flat, np.float32).reshape(25, 3)
    pose.setflags(write=False)
    return image, pose, parse


def _overlap(answer: ParseMap, truth: ParseMap, labels: set[Label]) -> float:
    a, b = (np.isin(parse, list(labels)) for parse in (answer, truth))
    return float((a & b).sum() / (a | b).sum())


@pytest.mark.parametrize("name", PERSONS)
def test_catalogue_people(parsing: Parsing, shared: Path, name: str) -> None:
    image, pose, truth = _catalogue(shared, name)
    parse = parsing(image, pose)
    assert parse.shape == image.shape[:2]
    assert parse.dtype == np.uint8
    assert not parse.flags.writeable
    top = {Label.UPPER_CLOTHES, Label.COAT, Label.DRESS}
    assert _overlap(parse, truth, top) > 0.8
    assert _overlap(parse, truth, set(Label) - {Label.BACKGROUND}) > 0.88
    assert _overlap(parse, truth, {Label.FACE}) > 0.75
    assert _overlap(parse, truth, {Label.HAIR}) > 0.6


def test_the_mirrored_photo_gives_the_mirrored_map(parsing: Parsing, shared: Path) -> None:
    image, pose, _ = _catalogue(shared, "10549_00")
    mirrored = pose.copy()
    for left in (j for j in Joint if j.name.startswith("LEFT")):
        right = Joint[left.name.replace("LEFT", "RIGHT")]
        mirrored[[left, right]] = mirrored[[right, left]]
    mirrored[:, 0] = np.where(mirrored[:, 2] > 0, image.shape[1] - 1 - mirrored[:, 0], 0)
    there, back = parsing(image, pose), parsing(frozen(image[:, ::-1]), mirrored)[:, ::-1]
    swapped = np.arange(20, dtype=np.uint8)
    swapped[[14, 15, 16, 17, 18, 19]] = [15, 14, 17, 16, 19, 18]
    assert (there == swapped[back]).mean() > 0.985


def test_an_enlarged_photo_gives_the_enlarged_map(parsing: Parsing, shared: Path) -> None:
    image, pose, _ = _catalogue(shared, "00891_00")
    with PIL.Image.fromarray(image) as picture:
        large = frozen(np.asarray(picture.resize((1536, 2048))))
    twice = pose * np.array([2, 2, 1], np.float32)
    assert (parsing(large, twice)[::2, ::2] == parsing(image, pose)).mean() > 0.97


def test_an_empty_wall_holds_nobody(parsing: Parsing) -> None:
    wall = frozen(np.full((400, 300, 3), 200, np.uint8))
    with pytest.raises(PersonNotFound) as caught:
        parsing(wall, np.zeros((25, 3), np.float32))
    assert "photo" in caught.value.hint


def test_the_window_holds_the_person_and_stays_in_the_photo() -> None:
    window = person_window(standing(), (420, 640))
    assert window.height == pytest.approx(420)
    assert window.left == 0
    wide = person_window(standing(), (420, 1000))
    assert wide == window
    narrow = person_window(standing(), (1200, 260))
    assert narrow.top >= 0
    assert narrow.height > 400
    assert narrow.left == pytest.approx((260 - narrow.width) / 2)


def test_the_window_reaches_down_where_no_feet_are_seen() -> None:
    without = frozenset({Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE, Joint.LEFT_KNEE, Joint.RIGHT_KNEE})
    window = person_window(standing(without=without), (300, 300))
    assert window.top + window.height >= 300


def test_the_crop_and_the_way_back_agree(parsing: Parsing) -> None:
    """A class painted into the logits lands where its pixels were in the photo."""
    window = Window(40.0, 25.0, 256.0)
    logits = np.zeros((len(CLASSES), 128, 96), np.float32)
    logits[0] = 1
    logits[5, 32:64, 24:48] = 2
    classes = parsing.postprocess(logits, window, (400, 300))
    rows, columns = np.nonzero(classes == 5)
    assert (rows.min(), rows.max() + 1) == (25 + 64, 25 + 128)
    assert (columns.min(), columns.max() + 1) == (40 + 48, 40 + 96)
    assert not classes[:25].any()


@pytest.mark.parametrize(
    ("name", "part", "swift", "view"),
    [
        ("10549_00", 1.0, False, SEEN_CLOSE),
        ("10549_00", 0.5, False, WHOLE),
        ("10549_00", 0.5, True, SEEN_CLOSE),
    ],
    ids=["seen close", "whole people", "swift"],
)
def test_people_are_looked_at_as_large_as_they_are(
    parsing: Parsing,
    shared: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    part: float,
    swift: bool,
    view: View,
) -> None:
    image, pose, _ = _catalogue(shared, name)
    seen: list[tuple[tuple[int, ...], bool]] = []
    forward = parsing._forward

    def watched(crop: Image, mirrored: bool) -> NDArray[np.float32]:
        seen.append((crop.shape, mirrored))
        return forward(crop, mirrored)

    monkeypatch.setattr(parsing, "_forward", watched)
    small = cv2.resize(image, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
    room = np.full_like(image, 235)
    room[: len(small), : small.shape[1]] = small
    parsing(frozen(room), pose * np.array([part, part, 1], np.float32), swift=swift)
    assert seen == [((look.height, look.height * ASPECT, 3), look.mirrored) for look in view.looks]


def test_the_shares_of_all_looks_make_a_whole() -> None:
    for view in (WHOLE, SEEN_CLOSE):
        assert sum(look.share for look in view.looks) == pytest.approx(1)


def test_looks_of_any_size_agree_on_where_things_are(parsing: Parsing, shared: Path) -> None:
    """Large, small and mirrored answers are laid over each other without a shift."""
    image, pose, _ = _catalogue(shared, "10549_00")
    window = person_window(pose, image.shape)
    person = []
    for look in (Look(512, False, 1), Look(512, True, 1), Look(256, False, 1), Look(896, False, 1)):
        person.append(parsing.infer(image, window, View(512, (look,), 0)).argmax(0) > 0)
    for other in person[1:]:
        columns = [np.nonzero(each)[1].mean() for each in (person[0], other)]
        rows = [np.nonzero(each)[0].mean() for each in (person[0], other)]
        assert abs(columns[0] - columns[1]) < 0.5
        assert abs(rows[0] - rows[1]) < 0.7


def test_where_the_silhouette_is_sure_there_is_less_ground(
    store: Store, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, pose, _ = _catalogue(shared, "10549_00")
    parsing = Parsing(store)
    monkeypatch.setattr(parsing, "_silhouette", _Everywhere())
    everywhere = parsing.classes(image, pose)
    monkeypatch.setattr(parsing, "_silhouette", None)
    without = parsing.classes(image, pose)
    assert np.count_nonzero(everywhere) > np.count_nonzero(without)
    assert (everywhere[without > 0] > 0).mean() > 0.999


def test_it_parses_without_the_weights_of_another(tmp_path: Path, shared: Path) -> None:
    image, pose, truth = _catalogue(shared, "10549_00")
    parse = Parsing(Store(tmp_path))(image, pose)
    assert _overlap(parse, truth, set(Label) - {Label.BACKGROUND}) > 0.88


class _Everywhere:
    def __call__(self, crop: Image, size: tuple[int, int]) -> NDArray[np.float32]:
        return np.full(size, 6.0, np.float32)


def _classes(**regions: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    classes = np.zeros((400, 300), np.uint8)
    for name, (top, bottom, left, right) in regions.items():
        classes[top:bottom, left:right] = CLASSES.index(name.rstrip("_"))
    return classes


def test_what_is_carried_is_named_on_the_body_only() -> None:
    classes = _classes(
        upper=(100, 230, 110, 190), trousers=(230, 380, 115, 185), accessories=(120, 210, 140, 150)
    )
    classes[180:260, 240:280] = CLASSES.index("accessories")
    labels = labels_of(classes, standing())
    assert (labels[120:210, 140:150] == Label.SCARF).all()
    assert not labels[180:260, 240:280].any()


def test_garments_hair_and_shoes_get_their_labels() -> None:
    classes = _classes(
        hair=(20, 40, 130, 170), skin=(40, 100, 135, 165), outer=(100, 230, 110, 190),
        skirt=(230, 300, 115, 185), shoes=(380, 395, 112, 190),
    )  # fmt: skip
    labels = labels_of(classes, standing())
    wanted = {
        (30, 150): Label.HAIR, (60, 150): Label.FACE, (150, 150): Label.COAT,
        (260, 150): Label.SKIRT, (388, 120): Label.RIGHT_SHOE, (388, 180): Label.LEFT_SHOE,
    }  # fmt: skip
    assert {spot: labels[spot] for spot in wanted} == wanted
