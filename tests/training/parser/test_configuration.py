from __future__ import annotations

from typing import Any

import pytest

from training.parser.configuration import override


def _settings() -> dict[str, Any]:
    return {"steps": 10, "rate": 0.5, "out": "run", "flip": False, "_hidden": 1}


def test_settings_keep_their_types() -> None:
    settings = _settings()
    override(settings, ["--steps=20", "--rate=1", "--out=5", "--flip=True"])
    assert settings == {"steps": 20, "rate": 1, "out": "5", "flip": True, "_hidden": 1}


@pytest.mark.parametrize("argument", ["--step=20", "--steps", "--_hidden=2", "--steps=2.5"])
def test_wrong_arguments_stop_the_script(argument: str) -> None:
    with pytest.raises(SystemExit):
        override(_settings(), [argument])


def test_an_imported_script_is_left_alone() -> None:
    settings = {**_settings(), "__name__": "training.parser.train"}
    override(settings)
    assert settings["steps"] == 10
