"""The page of the CPU system: a person of the gallery, a garment that was sent, the two as one."""

from __future__ import annotations

import secrets
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from serve_app.context import Context
from serve_app.database import Draft
from serve_app.jobs import Snapshot
from serve_app.routes.earlier.callers import COOKIE
from serve_app.routes.earlier.links import of_garment, of_result, root
from serve_app.routes.views import root_of

PREFIX = "/Try_On_API"
NAME = "page"
"""What the page calls its draft: there is one for each user."""


@cache
def _template() -> Template:
    folder = Path(__file__).parent.parent.parent / "web"
    return Template((folder / "try_on_api.html").read_text("utf-8"))


def draft_of(parts: Context, user_id: str) -> Draft:
    """What the page shows to somebody; there is a person in it."""
    draft = parts.jobs.draft_called(user_id, NAME)
    return draft if draft and draft.person else another(parts, user_id)


def another(parts: Context, user_id: str) -> Draft:
    """Any person of the gallery, but not the same twice in a row. Raises PresetUnknown."""
    draft = parts.jobs.draft_called(user_id, NAME)
    others = [one.id for one in parts.presets.list("person") if not draft or one.id != draft.person]
    chosen = secrets.choice(others) if others else parts.presets.random("person").id
    return parts.jobs.choose_person(user_id, NAME, chosen)


def made_before(parts: Context, user_id: str, draft: Draft) -> Snapshot | None:
    """The job that was made of the draft, as long as it has or will have a result."""
    if draft.job_id is None:
        return None
    snapshot = parts.jobs.snapshot(user_id, draft.job_id)
    return snapshot if snapshot.result or not snapshot.done else None


def page(request: Request, parts: Context, user_id: str) -> Response:
    """The page as it stands for somebody."""
    draft = draft_of(parts, user_id)
    shown = {"person": f"{root_of(request)}/v1/gallery/pictures/{draft.person}"}
    if draft.blob:
        shown["garment"] = of_garment(request, parts, draft)
    made = made_before(parts, user_id, draft)
    if made and made.result:
        shown["result"] = of_result(request, parts, made.result)
    images = "\n".join(
        f'<img id="{what}" src="{escape(where)}" alt="{what}" height="512">'
        for what, where in shown.items()
    )
    ready = "" if draft.blob else " disabled"
    text = _template().substitute(images=images, ready=ready, root=escape(root_of(request)))
    return HTMLResponse(text)


def remember(answer: Response, request: Request, parts: Context, token: str) -> Response:
    """So that the page's own forms, which know no token, are the same user's."""
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(parts.settings.token_days * 86_400),
        path=root_of(request) + PREFIX,
        secure=root(request, parts).startswith("https:"),
        httponly=True,
        samesite="strict",
    )
    return answer
