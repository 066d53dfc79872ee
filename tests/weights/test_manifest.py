from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from weights.manifest import PACKAGE, NpmSource, WheelSource, load_manifest, parse_manifest
from weights.store import Store

ENTRY = """
[[model]]
name = "one"
title = "One"
stage = "pose"
licence = "MIT"
commercial_use = true
memory = 5
home = "https://example.com"
{extra}
[[model.files]]
name = "one.onnx"
sources = [{source}]
"""


ROOT = Path(__file__).parents[2]


def test_every_entry_can_be_had_and_checked() -> None:
    for spec in load_manifest().values():
        assert spec.files
        assert spec.licence
        assert spec.home.startswith("https://") or (ROOT / spec.home).is_file()
        for file in spec.files:
            # No hash of these is published: the first one's is pinned, and each is loaded strictly.
            assert len(file.sha256) == 64 or file.bundled or file.name.endswith((".pth", ".pkl"))
            assert file.size is None or file.size > 1000
            assert not file.bundled or (PACKAGE / file.name).is_file()


def test_bundled_files_are_what_the_manifest_says(tmp_path: Path) -> None:
    bundled = [
        spec.name for spec in load_manifest().values() if all(file.bundled for file in spec.files)
    ]
    assert "parser" in bundled
    assert {found.state for found in Store(tmp_path).verify(bundled)} == {"ok"}


def test_default_set_is_free_for_commercial_use() -> None:
    default = [spec for spec in load_manifest().values() if spec.default]
    assert {"blazepose", "isnet", "selfie"} <= {spec.name for spec in default}
    assert all(spec.commercial_use for spec in default)


def test_anime_styles_of_others_are_marked_non_commercial() -> None:
    foreign = [spec for name, spec in load_manifest().items() if name.startswith("animegan")]
    assert len(foreign) >= 3
    assert not any(spec.commercial_use or spec.default for spec in foreign)


def test_sources_are_typed() -> None:
    specs = load_manifest()
    detector = specs["blazepose"].file("pose_detection.tflite")
    matting = specs["isnet"].file("isnet.onnx")
    assert detector is not None
    assert matting is not None
    assert any(isinstance(source, WheelSource) for source in detector.sources)
    assert any(isinstance(source, NpmSource) for source in matting.sources)


@pytest.mark.parametrize(
    ("extra", "source", "complaint"),
    [
        ("", '{ kind = "carrier pigeon" }', "unknown kind"),
        ("", '{ kind = "url" }', "url"),
        ('colour = "red"', "", "colour"),
    ],
)
def test_mistakes_are_named(extra: str, source: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_manifest(ENTRY.format(extra=extra, source=source))


def test_a_name_stands_once() -> None:
    entry = ENTRY.format(extra="", source="")
    assert list(parse_manifest(entry)) == ["one"]
    with pytest.raises(ValueError, match="twice"):
        parse_manifest(entry + entry)


def test_the_store_is_light_to_import() -> None:
    heavy = "{'httpx', 'rich', 'filelock', 'platformdirs', 'numpy'}"
    code = f"import sys, weights.store; assert not {heavy} & set(sys.modules), sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PACKAGE.parent)
