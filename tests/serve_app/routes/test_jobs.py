"""A job over HTTP: how it stands, the resend route, events, cancel, erase."""

from __future__ import annotations

import threading
import time
from datetime import datetime

import httpx
import pytest

from serve_app.blobs import FolderBlobs
from serve_app.context import Context
from serve_app.intake import decode
from serve_app.jobs import Jobs
from tests.serve_app.conftest import Clock
from tests.serve_app.routes.conftest import Runner, Submit, photo


def made(submit: Submit) -> str:
    job_id: str = submit().json()["id"]
    return job_id


def test_the_envelope(
    client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner, jobs: Jobs
) -> None:
    job_id = made(submit)
    claimed = jobs.claim("test", 60)
    assert claimed is not None
    jobs.report(job_id, 1, "drape", 0.6)
    running = client.get(f"/v1/jobs/{job_id}", headers=guest).json()
    assert (running["status"], running["stage"], running["progress"]) == ("running", "drape", 0.6)
    assert running["queue_position"] is None
    jobs.put_back(job_id, 1)
    runner.do()
    done = client.get(f"/v1/jobs/{job_id}", headers=guest).json()
    assert set(done) == {
        "id",
        "kind",
        "status",
        "stage",
        "progress",
        "stages",
        "queue_position",
        "parameters",
        "created_at",
        "started_at",
        "finished_at",
        "expires_at",
        "engine",
        "timings",
        "confidence",
        "category",
        "warnings",
        "result",
        "error",
        "webhook",
    }
    assert (done["status"], done["progress"], done["timings"]) == ("succeeded", 1.0, {"drape": 5.0})
    assert done["engine"]["licence"] == "Apache-2.0"
    assert (done["result"]["width"], done["result"]["height"]) == (90, 120)
    for moment in ("created_at", "started_at", "finished_at", "expires_at"):
        assert datetime.fromisoformat(done[moment].replace("Z", "+00:00")).utcoffset() is not None


def test_the_resend_route(
    client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner, clock: Clock
) -> None:
    url = f"/v1/jobs/{made(submit)}/result"
    early = client.get(url, headers=guest)
    assert (early.status_code, early.json()["error"]["name"]) == (409, "ResultNotReady")
    assert int(early.headers["retry-after"]) > 0
    runner.do()
    first, second = (client.get(url, headers=guest) for _ in range(2))
    assert first.status_code == 200
    assert first.content == second.content
    assert first.headers["content-type"] == "image/png"
    assert "no-store" in first.headers["cache-control"]
    assert (decode(first.content) == 255 - decode(photo(1))).all()

    tag = first.headers["etag"]
    same = client.get(url, headers={**guest, "If-None-Match": f'"other", {tag}'})
    assert (same.status_code, same.content) == (304, b"")
    other = client.get(url, headers={**guest, "If-None-Match": '"other"'})
    assert other.status_code == 200
    attached = client.get(url, headers=guest, params={"download": True})
    assert attached.headers["content-disposition"].startswith("attachment; filename=")

    clock.forward(hours=73)
    late = client.get(url, headers=guest)
    assert (late.status_code, late.json()["error"]["name"]) == (410, "ResultExpired")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("PersonNotFound", 422),
        ("GarmentNotFound", 422),
        ("WeightsMissing", 503),
        ("WorkerLost", 503),
        ("InternalError", 500),
        ("SomethingNew", 422),
    ],
)
def test_the_result_of_a_failed_job_is_its_error(
    client: httpx.Client,
    guest: dict[str, str],
    submit: Submit,
    runner: Runner,
    name: str,
    status: int,
) -> None:
    job_id = made(submit)
    runner.fail(name)
    error = {"name": name, "message": "It went wrong.", "hint": "Do better."}
    assert client.get(f"/v1/jobs/{job_id}", headers=guest).json()["error"] == error
    answer = client.get(f"/v1/jobs/{job_id}/result", headers=guest)
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert ("retry-after" in answer.headers) == (status == 503)


def test_a_result_whose_picture_is_gone(
    client: httpx.Client,
    guest: dict[str, str],
    submit: Submit,
    runner: Runner,
    blobs: FolderBlobs,
) -> None:
    job_id = made(submit)
    runner.do()
    for name in list(blobs.names()):
        blobs.delete(name)
    answer = client.get(f"/v1/jobs/{job_id}/result", headers=guest)
    assert (answer.status_code, answer.json()["error"]["name"]) == (410, "ResultExpired")


def test_cancel(
    client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner
) -> None:
    job_id = made(submit)
    for _ in range(2):
        answer = client.post(f"/v1/jobs/{job_id}/cancel", headers=guest)
        assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    result = client.get(f"/v1/jobs/{job_id}/result", headers=guest)
    assert (result.status_code, result.json()["error"]["name"]) == (410, "JobCanceled")

    done = made(submit)
    runner.do()
    late = client.post(f"/v1/jobs/{done}/cancel", headers=guest)
    assert (late.status_code, late.json()["error"]["name"]) == (409, "JobFinished")


def test_delete_erases_everything(
    client: httpx.Client,
    guest: dict[str, str],
    submit: Submit,
    runner: Runner,
    blobs: FolderBlobs,
) -> None:
    job_id = made(submit)
    runner.do()
    assert client.delete(f"/v1/jobs/{job_id}", headers=guest).status_code == 204
    assert [path for path in blobs.folder.rglob("*") if path.is_file()] == []
    for path in ("", "/result"):
        assert client.get(f"/v1/jobs/{job_id}{path}", headers=guest).status_code == 404
    assert client.delete(f"/v1/jobs/{job_id}", headers=guest).status_code == 404


def test_history_by_cursor(client: httpx.Client, guest: dict[str, str], submit: Submit) -> None:
    ids = sorted((made(submit) for _ in range(5)), reverse=True)
    found: list[str] = []
    query: dict[str, str | int] = {"limit": 2}
    while True:
        page = client.get("/v1/jobs", headers=guest, params=query).json()
        found += [job["id"] for job in page["jobs"]]
        if page["next"] is None:
            break
        query["before"] = page["next"]
    assert found == ids


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "before=" + "a" * 100])
def test_history_refuses_nonsense(client: httpx.Client, guest: dict[str, str], query: str) -> None:
    answer = client.get(f"/v1/jobs?{query}", headers=guest)
    assert (answer.status_code, answer.json()["error"]["name"]) == (422, "InvalidRequest")
    assert query.partition("=")[0] in answer.json()["error"]["message"]


def test_waiting_for_a_job(
    client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner
) -> None:
    url = f"/v1/jobs/{made(submit)}"
    began = time.monotonic()
    early = client.get(url, headers=guest, params={"wait": 0.5})
    assert time.monotonic() - began >= 0.5
    assert early.json()["status"] == "queued"
    assert int(early.headers["retry-after"]) > 0
    worker = threading.Timer(0.3, runner.do)
    worker.start()
    done = client.get(url, headers=guest, params={"wait": 30})
    worker.join()
    assert done.json()["status"] == "succeeded"
    assert "retry-after" not in done.headers
    for bad in ("61", "-1", "soon"):
        assert client.get(url, headers=guest, params={"wait": bad}).status_code == 422


def test_how_a_webhook_went_stands_in_the_job(
    client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner, context: Context
) -> None:
    refused = submit(webhook_url="https://10.0.0.1/")
    assert (refused.status_code, refused.json()["error"]["name"]) == (422, "AddressRefused")
    job = submit(webhook_url="https://example.com/hook").json()
    assert job["webhook"] == {"url": "https://example.com/hook", "deliveries": []}
    assert "webhook_url" not in job["parameters"]
    runner.do()
    (due,) = context.webhooks.take()
    assert context.webhooks.settle(due, 500, "The receiver answered 500.")
    webhook = client.get(f"/v1/jobs/{job['id']}", headers=guest).json()["webhook"]
    (delivery,) = webhook["deliveries"]
    assert delivery["next_attempt_at"]
    assert (
        delivery.items()
        >= {
            "id": due.id,
            "event": "job.succeeded",
            "state": "pending",
            "attempts": 1,
            "last_status": 500,
            "last_error": "The receiver answered 500.",
        }.items()
    )


def test_a_job_may_be_kept_for_less(
    client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner, clock: Clock
) -> None:
    job_id = submit(input_seconds="600", result_seconds="60").json()["id"]
    runner.do()
    assert client.get(f"/v1/jobs/{job_id}/result", headers=guest).status_code == 200
    clock.forward(seconds=61)
    assert client.get(f"/v1/jobs/{job_id}/result", headers=guest).status_code == 410
    assert submit(result_seconds="59").status_code == 422
