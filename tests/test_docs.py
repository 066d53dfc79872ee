"""What the pages list is what the code has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

from starlette.routing import Route

from serve_app.application import build_app
from serve_app.commands.settings import table
from serve_app.context import Context
from serve_app.routes.compat import ROUTERS
from serve_app.routes.views import JobView
from serve_app.settings import describe

DOCS = Path(__file__).parent.parent / "docs"


def test_the_settings_page_is_made_from_the_code() -> None:
    page = (DOCS / "2-operating.md").read_text()
    listed = page.split("<!-- settings -->")[1].split("<!-- /settings -->")[0].strip()
    assert listed == table(), "run: fitting-room settings, and put its table into the page"


def api_page() -> str:
    return (DOCS / "4-api.md").read_text()


def test_the_api_page_names_every_route() -> None:
    paths = build_app(cast("Context", None)).openapi()["paths"]
    routes = {f"{method.upper()} {path}" for path, found in paths.items() for method in found}
    old = {
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, Route)
        for method in route.methods or ()
    }
    named = re.findall(r"`((?:GET|POST|PATCH|DELETE) /[^` ]*)", api_page())
    assert set(named) == routes | old


def test_the_api_page_names_every_error_that_a_client_can_meet() -> None:
    paths = build_app(cast("Context", None)).openapi()["paths"].values()
    told = {
        (status, name)
        for found in paths
        for operation in found.values()
        for status, answer in operation["responses"].items()
        if int(status) >= 400 and answer["description"] != "Not ready, and why."
        for name in answer["description"].split(", ")
    }
    table = api_page().split("## Errors")[1]
    rows = [row.split("|")[1:3] for row in table.splitlines() if row.startswith("| ")]
    named = {
        (status, name)
        for statuses, names in rows
        for status in re.findall(r"[0-9]{3}", statuses)
        for name in re.findall(r"`([A-Z]\w+)`", names)
    }
    assert told <= named


def test_the_api_page_names_every_field_of_a_job() -> None:
    shown = api_page().split("A job shows `")[1].split("`")[0]
    assert re.split(r",\s+", shown) == list(JobView.model_fields)


def test_the_api_page_names_the_limits_as_they_are() -> None:
    defaults = {one.variable: one.default for one in describe()}
    rows = re.findall(r"\| `(FITTING_ROOM_RATE_\w+)` \|.*\| (\d+) \|", api_page())
    assert len(rows) == 4
    assert all(defaults[name] == value for name, value in rows)
