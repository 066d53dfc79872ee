"""One key, one job, one answer, on both databases."""

from __future__ import annotations

import threading

import httpx
import pytest

from serve_app.blobs import FolderBlobs
from serve_app.context import Context
from tests.serve_app.conftest import BOTH, Clock
from tests.serve_app.routes.conftest import Runner, Submit, new_guest, photo

pytestmark = BOTH
KEY = {"Idempotency-Key": "once"}


def count(client: httpx.Client, headers: dict[str, str]) -> int:
    return len(client.get("/v1/jobs", headers=headers).json()["jobs"])


def test_the_first_answer_comes_again_as_it_was(
    submit: Submit, client: httpx.Client, guest: dict[str, str], runner: Runner, clock: Clock
) -> None:
    first = submit(KEY)
    assert first.status_code == 202
    assert "idempotent-replayed" not in first.headers
    runner.do()
    clock.forward(hours=23)
    again = submit(KEY)
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    for name in ("location", "retry-after", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert submit({"Idempotency-Key": "twice"}).json()["id"] != first.json()["id"]
    assert count(client, guest) == 2
    clock.forward(hours=1, minutes=1)
    assert submit(KEY).json()["id"] != first.json()["id"], "a day later it is a new key"


def test_a_finished_answer_comes_again_too(submit: Submit, runner: Runner) -> None:
    worker = threading.Timer(0.5, runner.do)
    worker.start()
    first = submit({**KEY, "Prefer": "wait=30"})
    worker.join()
    assert (first.status_code, first.json()["status"]) == (200, "succeeded")
    again = submit(KEY)
    assert (again.status_code, again.content) == (200, first.content)


@pytest.mark.parametrize(
    "other", [{"category": "dress"}, {"webhook_url": "https://example.com/"}, {"seed": "1"}]
)
def test_other_parameters_are_a_clash(
    submit: Submit, client: httpx.Client, guest: dict[str, str], other: dict[str, str]
) -> None:
    submit(KEY)
    clash = submit(KEY, **other)
    assert (clash.status_code, clash.json()["error"]["name"]) == (409, "IdempotencyKeyReused")
    pictures = {"person": photo(1), "garment": photo(3)}
    clash = client.post("/v1/tryon", headers={**guest, **KEY}, files=pictures)
    assert clash.status_code == 409
    clash = client.post("/v1/anime", headers={**guest, **KEY}, files={"image": photo(1)})
    assert clash.status_code == 409
    assert count(client, guest) == 1


def test_requests_that_were_refused_are_not_kept(
    submit: Submit, client: httpx.Client, guest: dict[str, str]
) -> None:
    assert submit(KEY, category="hat").status_code == 422
    assert submit(KEY).status_code == 202
    assert count(client, guest) == 1


def test_everybody_has_their_own_keys(
    submit: Submit, client: httpx.Client, guest: dict[str, str]
) -> None:
    first = submit(KEY).json()["id"]
    files = {"person": photo(1), "garment": photo(2)}
    stranger = client.post("/v1/tryon", headers={**new_guest(client), **KEY}, files=files)
    assert stranger.status_code == 202
    assert stranger.json()["id"] != first


def test_the_same_request_many_times_at_once_runs_once(
    submit: Submit, client: httpx.Client, guest: dict[str, str], blobs: FolderBlobs
) -> None:
    gate, found = threading.Barrier(6), []

    def send() -> None:
        gate.wait()
        found.append(submit(KEY))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in found} == {202}
    assert len({answer.content for answer in found}) == 1
    assert count(client, guest) == 1
    assert len(list(blobs.names())) == 2, "no picture is left of the others"


def test_what_was_kept_goes_with_the_job(
    submit: Submit, client: httpx.Client, guest: dict[str, str], context: Context
) -> None:
    job_id = submit(KEY).json()["id"]
    user_id = client.get("/v1/me", headers=guest).json()["id"]
    assert context.replies.find(user_id, "once") is not None
    client.delete(f"/v1/jobs/{job_id}", headers=guest)
    assert context.replies.find(user_id, "once") is None
    assert submit(KEY).json()["id"] != job_id


def test_an_answer_that_never_went_out(
    submit: Submit,
    client: httpx.Client,
    guest: dict[str, str],
    context: Context,
    runner: Runner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The replica died between the job and its answer: the job is there, and is told of."""
    with monkeypatch.context() as dying:
        dying.setattr("serve_app.idempotency.Replies.keep", lambda *_: 1 / 0)
        assert submit(KEY).status_code == 500
    runner.do()
    again = submit(KEY)
    assert (again.status_code, again.json()["status"]) == (200, "succeeded")
    assert count(client, guest) == 1
