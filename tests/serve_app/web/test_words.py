"""Every language of the page says everything, and every warning has its words."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from deployments import types, worker
from deployments.anime import portrait
from serve_app import errors
from serve_app.routes.pages import WEB

DOCS = Path(__file__).parents[3] / "docs"
OTHERS = ("zh", "ko")


def words(language: str) -> dict[str, str]:
    text = (WEB / f"words-{language}.js").read_text("utf-8")
    found = re.findall(r'"((?:[^"\\]|\\.)+)": "((?:[^"\\]|\\.)*)"', text)
    assert len(found) == len({key for key, _ in found}), "a key is there twice"
    return dict(found)


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_missing_and_nothing_left_over(language: str) -> None:
    english, other = words("en"), words(language)
    assert set(english) == set(other)
    for key, text in english.items():
        assert other[key], key
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", other[key])), key


def test_every_warning_has_words() -> None:
    page = (DOCS / "4-api.md").read_text("utf-8")
    table = page.split("## Warnings")[1].split("\n## ")[0]
    names = {
        name
        for row in re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE)
        for name in re.findall(r"`([A-Z]\w+)", row)
    }
    assert len(names) > 10
    assert {f"warning.{name}" for name in names} <= set(words("en"))


def test_every_key_that_the_page_asks_for_is_there() -> None:
    code = "".join(path.read_text("utf-8") for path in WEB.glob("*.js") if "words" not in path.name)
    asked = set(re.findall(r'\bt\("([\w.]+)"', code))
    assert len(asked) > 50
    assert asked <= set(words("en"))


ELSEWHERE = set(
    re.findall(
        r"\w+",
        "AddressRefused AdminNeeded ArmOverTorso DatabaseTooNew DraftNotFound EngineUnknown "
        "IdempotencyKeyReused ImageMissing InvalidRequest JobCanceled JobFailed JobFinished "
        "KeyNotFound MethodNotAllowed NotAcceptable PanelNotKept PictureNotFound PortraitMissing "
        "PoseUnreadable RangeNotSatisfiable ResultNotReady RouteNotFound ScopeMissing ServiceError "
        "TokenInvalid TokenMissing TooManyKeys UnsupportedMediaType WeChatBusy WeChatCodeInvalid "
        "WeChatNotConfigured WeChatUnavailable WeChatUserBlocked",
    )
)
"""Errors of requests that the page does not make, or that it settles itself."""


def test_every_error_that_a_visitor_can_meet_has_words() -> None:
    modules: tuple[tuple[ModuleType, type[Exception]], ...] = (
        (errors, errors.ServiceError),
        (types, types.ModelError),
        (portrait, types.ModelError),
        (worker, types.ModelError),
    )
    names = {
        name
        for module, kind in modules
        for name, one in vars(module).items()
        if isinstance(one, type) and issubclass(one, kind) and one is not types.ModelError
    }
    assert {"ImageTooLarge", "FaceNotFound", "GpuMemoryExhausted"} <= names
    assert names >= ELSEWHERE, "an exception for an error that is gone"
    english = words("en")
    for name in names - ELSEWHERE:
        assert english[f"error.{name}"], name
        assert english[f"hint.{name}"], name
