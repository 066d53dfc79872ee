"""The service is what its description says: random requests find no fault and no surprise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from serve_app.application import build_app
from serve_app.context import Context
from serve_app.intake import accept
from serve_app.jobs import Jobs
from serve_app.wechat import WeChat
from tests.receiver import receiving
from tests.serve_app.routes.conftest import Runner, photo
from tests.serve_app.test_wechat import jscode2session, settings_of

EXAMPLES = 6
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]


@pytest.fixture
def app(context: Context) -> Iterator[FastAPI]:
    """The service without limits, beside a WeChat of its own."""
    unlimited = dict.fromkeys(
        ("rate_requests", "rate_submissions", "rate_address", "rate_logins"), 0
    )
    with receiving() as server:
        server.reply = jscode2session
        changed = context.settings.model_copy(update=unlimited)
        yield build_app(replace(context, settings=changed, wechat=WeChat(settings_of(server.url))))


@pytest.fixture
def done(jobs: Jobs, runner: Runner, context: Context) -> tuple[str, str]:
    """A job that is done, and the token of its owner."""
    grant = context.identity.guest()
    picture = accept(photo(1))
    job_id = jobs.submit(grant.user_id, "anime", {"style": "cel"}, {"image": picture})
    runner.do()
    return job_id, grant.token


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_fault_and_no_surprise(
    app: FastAPI, context: Context, done: tuple[str, str], mode: GenerationMode
) -> None:
    """Requests that keep to the description, and requests that do not."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 25
    for operation in operations:
        _explore(operation, context, done, mode)


def _explore(operation: Any, context: Context, done: tuple[str, str], mode: GenerationMode) -> None:
    """A few requests to one route: as a new guest, and where there is a job, as its owner too."""
    strategy = operation.as_strategy(generation_mode=mode)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy, own=booleans())
    def explore(case: Any, own: bool) -> None:
        token = context.identity.guest().token
        if own and "job_id" in (case.path_parameters or {}) and case.method != "DELETE":
            case.path_parameters["job_id"], token = done
        case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {token}"})

    try:
        explore()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "nothing can be wrong with this request"
