"""The parser's encoder as a judge of likeness."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from deployments.jury.features import ParserFeatures, distance, encoder_graph, window_mask
from deployments.parsing import Window
from deployments.types import Image
from weights.store import Store


@pytest.fixture(scope="module")
def features(store: Store) -> ParserFeatures:
    return ParserFeatures(store)


@pytest.fixture(scope="module")
def crop(features: ParserFeatures, person_photo: Image) -> Image:
    height, width = person_photo.shape[:2]
    return features.crop(person_photo, Window(0, 0, max(height, width * 4 / 3)))


def test_four_levels_from_fine_to_coarse(features: ParserFeatures, crop: Image) -> None:
    shapes = [level.shape[1:] for level in features(crop)]
    assert shapes == [(128, 96), (64, 48), (32, 24), (16, 12)]


def test_the_more_is_blurred_the_farther_it_is(features: ParserFeatures, crop: Image) -> None:
    blurred = [np.asarray(cv2.GaussianBlur(crop, (0, 0), sigma), np.uint8) for sigma in (2, 8)]
    seen = features(crop)
    near, far = (distance(seen, features(one)) for one in blurred)
    assert distance(seen, seen) == 0
    assert near is not None
    assert far is not None
    assert 0 < near < far < 4


def test_a_change_counts_where_the_mask_is(features: ParserFeatures, crop: Image) -> None:
    changed = crop.copy()
    changed[:128] = 0
    above, below = np.zeros(crop.shape[:2], bool), np.zeros(crop.shape[:2], bool)
    above[:128], below[384:] = True, True
    one, other = features(crop), features(changed)
    there, elsewhere = distance(one, other, above), distance(one, other, below)
    assert there is not None
    assert elsewhere is not None
    assert there > 3 * elsewhere
    assert distance(one, other, np.zeros(crop.shape[:2], bool)) is None


def test_a_mask_moves_with_the_crop() -> None:
    mask = np.zeros((100, 75), bool)
    mask[50:, :] = True
    moved = window_mask(mask, Window(0, 50, 50), np.zeros((512, 384, 3), np.uint8))
    assert moved[16:, 16:360].all()
    above = window_mask(mask, Window(0, 0, 50), np.zeros((512, 384, 3), np.uint8))
    assert not above[:490].any()


def test_another_graph_is_refused(tmp_path: Path) -> None:
    import onnx

    helper = onnx.helper
    info = helper.make_tensor_value_info("a", onnx.TensorProto.FLOAT, [1])
    out = helper.make_tensor_value_info("b", onnx.TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Relu", ["a"], ["b"])], "g", [info], [out])
    onnx.save(helper.make_model(graph), str(tmp_path / "other.onnx"))
    with pytest.raises(ValueError, match="no parser"), encoder_graph(tmp_path / "other.onnx"):
        pass
