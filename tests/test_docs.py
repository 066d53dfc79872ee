"""What the pages list is what the code has."""

from __future__ import annotations

from pathlib import Path

from serve_app.commands.settings import table

DOCS = Path(__file__).parent.parent / "docs"


def test_the_settings_page_is_made_from_the_code() -> None:
    page = (DOCS / "2-operating.md").read_text()
    listed = page.split("<!-- settings -->")[1].split("<!-- /settings -->")[0].strip()
    assert listed == table(), "run: fitting-room settings, and put its table into the page"
