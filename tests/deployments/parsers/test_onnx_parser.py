"""A foreign parser by one entry of a manifest: a real ONNX model that tells classes by colour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from deployments.parsers import Parsers, names
from deployments.parsers.onnx_parser import OnnxParser
from deployments.types import Image, Label, PersonNotFound, frozen
from tests.deployments.poses import standing
from weights.errors import LicenceNotAllowed, UnknownModel, WeightsCorrupt, WeightsMissing
from weights.manifest import ParserSpec, parse_manifest, with_own
from weights.store import Store

ENTRY = """
[[model]]
name = "colours"
title = "Classes by colour"
stage = "parsing"
licence = "CC0-1.0"
commercial_use = {free}
memory = 10
home = "https://example.com"

[[model.files]]
name = "colours.onnx"
sources = []

[model.parser]
size = [64, 48]
labels = {labels}
{more}
"""

RED, GREEN, BLUE = (200, 20, 20), (20, 200, 20), (20, 20, 200)


def export(path: Path, classes: NDArray[np.float32], layout: str, numbers: bool = False) -> None:
    """A 1×1 convolution: the score of each class is the product of its row with the channels. With
    `numbers` it answers the best class itself."""
    nodes, value = [], "picture"
    if layout == "nhwc":
        nodes.append(helper.make_node("Transpose", [value], ["planes"], perm=[0, 3, 1, 2]))
        value = "planes"
    nodes.append(helper.make_node("Conv", [value, "weight"], ["scores"]))
    value = "scores"
    if numbers:
        nodes.append(helper.make_node("ArgMax", [value], ["best"], axis=1, keepdims=0))
        value = "best"
    elif layout == "nhwc":
        nodes.append(helper.make_node("Transpose", [value], ["last"], perm=[0, 2, 3, 1]))
        value = "last"
    weight = numpy_helper.from_array(classes[:, :, None, None], "weight")
    shape = [1, None, None, 3] if layout == "nhwc" else [1, 3, None, None]
    inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)]
    kind = TensorProto.INT64 if numbers else TensorProto.FLOAT
    outputs = [helper.make_tensor_value_info(value, kind, None)]
    graph = helper.make_graph(nodes, "colours", inputs, outputs, [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))


CLASSES = np.array([[0.3, 0.3, 0.3], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], np.float32)
"""Background, red, green, blue."""


def store_with(
    root: Path, labels: str, more: str = "", *, free: bool = True, licences: Any = "commercial"
) -> Store:
    own = root / "own.toml"
    own.write_text(ENTRY.format(free=str(free).lower(), labels=labels, more=more))
    return Store(root / "weights", licences=licences, manifest=with_own(own))


def person() -> Image:
    """Grey ground; red where the torso is, green at its left, blue below."""
    photo = np.full((400, 300, 3), 128, np.uint8)
    photo[100:230, 110:190] = RED
    photo[100:230, 190:230] = GREEN
    photo[230:380, 120:180] = BLUE
    return frozen(photo)


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("numbers", [False, True])
def test_one_entry_is_a_parser(tmp_path: Path, layout: str, numbers: bool) -> None:
    store = store_with(tmp_path, "[0, 5, 14, 9]", f'layout = "{layout}"')
    export(tmp_path / "weights" / "colours" / "colours.onnx", CLASSES, layout, numbers)
    labels = Parsers(store)(person(), standing(), "colours")
    assert labels.shape == (400, 300)
    assert not labels.flags.writeable
    assert labels[160, 150] == Label.UPPER_CLOTHES
    assert labels[160, 210] == Label.LEFT_ARM
    assert labels[300, 150] == Label.PANTS
    assert labels[20, 20] == labels[395, 280] == Label.BACKGROUND
    truth = np.zeros((400, 300), np.uint8)
    truth[100:230, 110:190], truth[100:230, 190:230], truth[230:380, 120:180] = 5, 14, 9
    assert (labels == truth).mean() > 0.95


def test_normalisation_and_order_are_the_entrys(tmp_path: Path) -> None:
    store = store_with(tmp_path, '"atr"')
    export(tmp_path / "weights" / "colours" / "colours.onnx", CLASSES, "nchw")
    spec = ParserSpec((2, 3), "atr", order="bgr", range=255, mean=(10, 20, 30), std=(2, 4, 5))
    values = OnnxParser(store, "cpu", "colours", spec).preprocess(
        np.full((2, 3, 3), (110, 60, 50), np.uint8)
    )
    assert values.shape == (1, 3, 2, 3)
    assert values[0, :, 0, 0].tolist() == [20, 10, 16]


def test_label_sets_by_name(tmp_path: Path) -> None:
    """ATR's 1, 2, 3 are hat, hair and sunglasses."""
    store = store_with(tmp_path, '"atr"')
    export(tmp_path / "weights" / "colours" / "colours.onnx", CLASSES, "nchw")
    labels = Parsers(store)(person(), standing(), "colours")
    spots = [labels[160, 150], labels[160, 210], labels[300, 150]]
    assert spots == [Label.HAT, Label.HAIR, Label.EYEWEAR]
    assert np.unique(labels).tolist() == [0, 1, 2, 4]


def test_entries_that_do_not_fit_are_named(tmp_path: Path) -> None:
    file = tmp_path / "weights" / "colours" / "colours.onnx"
    export(file, CLASSES, "nchw")
    wrong = [("[0, 5]", ""), ('"cihp"', 'output = "other"'), ('"cihp"', 'layout = "nhwc"')]
    for labels, more in wrong:
        with pytest.raises(WeightsCorrupt, match="colours does not fit its entry"):
            Parsers(store_with(tmp_path, labels, more))(person(), standing(), "colours")
    export(file, CLASSES, "nchw", numbers=True)
    with pytest.raises(WeightsCorrupt, match="label"):
        Parsers(store_with(tmp_path, "[0, 5]"))(person(), standing(), "colours")
    file.write_bytes(b"no model")
    with pytest.raises(WeightsCorrupt, match="no ONNX model"):
        Parsers(store_with(tmp_path, '"cihp"'))(person(), standing(), "colours")


def test_what_stands_in_the_way_is_named(tmp_path: Path) -> None:
    parsers = Parsers(store_with(tmp_path, '"cihp"'))
    with pytest.raises(WeightsMissing):
        parsers(person(), standing(), "colours")
    with pytest.raises(LicenceNotAllowed):
        Parsers(store_with(tmp_path, '"cihp"', free=False))(person(), standing(), "colours")
    with pytest.raises(UnknownModel, match="blazepose"):
        parsers(person(), standing(), "blazepose")  # a model, and no parser
    assert names(store_with(tmp_path, '"cihp"')) == ("parser", "graphonomy", "colours")


def test_an_empty_pose_is_nobody(tmp_path: Path) -> None:
    store = store_with(tmp_path, "[0, 5, 14, 9]")
    export(tmp_path / "weights" / "colours" / "colours.onnx", CLASSES, "nchw")
    with pytest.raises(PersonNotFound):
        Parsers(store)(person(), np.zeros((25, 3), np.float32), "colours")


@pytest.mark.parametrize(
    "more",
    [
        "size = [1]",
        'order = "rbg"',
        "range = 7",
        "std = [1, 0, 1]",
        "mean = [1, 2]",
        "colour = 3",
    ],
)
def test_faulty_tables_are_refused(more: str) -> None:
    entry = ENTRY.format(free="true", labels='"cihp"', more=more)
    if more.startswith("size"):
        entry = entry.replace("size = [64, 48]\n", "")
    with pytest.raises(ValueError, match="parser"):
        parse_manifest(entry)
    for labels in ('"pascal"', "[]", "[0, 20]"):
        with pytest.raises(ValueError, match="labels"):
            parse_manifest(ENTRY.format(free="true", labels=labels, more=""))


def test_an_own_manifest_adds_and_does_not_replace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.toml"
    own.write_text(ENTRY.format(free="true", labels='"lip"', more=""))
    monkeypatch.setenv("FITTING_ROOM_MANIFEST", str(own))
    store = Store.from_environment()
    assert store.spec("colours").parser == ParserSpec((64, 48), "lip")
    assert "blazepose" in store.specs()
    own.write_text(own.read_text().replace('"colours"', '"isnet"', 1))
    with pytest.raises(ValueError, match="isnet"):
        Store.from_environment()
    own.write_text("[[model")
    with pytest.raises(ValueError, match=r"own\.toml"):
        Store.from_environment()
