"""Settings come from the environment and describe themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from serve_app.settings import PREFIX, Settings, describe


def test_the_environment_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FITTING_ROOM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FITTING_ROOM_PORT", "8123")
    monkeypatch.setenv("FITTING_ROOM_MAX_PIXELS", "1000000")
    settings = Settings()
    assert (settings.port, settings.max_pixels) == (8123, 1_000_000)
    assert settings.database == f"sqlite:///{tmp_path / 'fitting-room.sqlite3'}"
    assert settings.pictures == tmp_path / "pictures"
    assert settings.weights == tmp_path / "weights"


def test_what_is_set_wins_over_what_follows_from_it(tmp_path: Path) -> None:
    settings = Settings(weights_dir=tmp_path, database_url="mysql://u:p@h/d")
    assert (settings.weights, settings.database) == (tmp_path, "mysql://u:p@h/d")


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "0"), ("PORT", "many"), ("LICENCES", "none"), ("MAX_PIXELS", "999999999999")],
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_every_setting_is_described(tmp_path: Path) -> None:
    rows = describe()
    assert {row.variable for row in rows} == {PREFIX + n.upper() for n in Settings.model_fields}
    assert all(row.description.endswith(".") for row in rows)
    assert str(Path.home()) not in "".join(row.default for row in rows)
