"""The panel of a job: kept where it was asked for, erased with the job."""

from __future__ import annotations

import httpx

from serve_app.blobs import FolderBlobs
from serve_app.jobs import Jobs
from tests.serve_app.conftest import Clock
from tests.serve_app.routes.conftest import Runner, Submit


def test_its_owner_gets_it(
    client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner
) -> None:
    job_id = submit().json()["id"]
    early = client.get(f"/v1/jobs/{job_id}/panel", headers=guest)
    assert (early.status_code, early.json()["error"]["name"]) == (404, "PanelNotKept")
    runner.do(with_panel=True)
    answer = client.get(f"/v1/jobs/{job_id}/panel", headers=guest)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/")
    assert answer.content != client.get(f"/v1/jobs/{job_id}/result", headers=guest).content


def test_a_job_without_one(
    client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner
) -> None:
    job_id = submit().json()["id"]
    runner.do()
    answer = client.get(f"/v1/jobs/{job_id}/panel", headers=guest)
    assert (answer.status_code, answer.json()["error"]["name"]) == (404, "PanelNotKept")
    assert "debug=true" in answer.json()["error"]["hint"]


def test_it_is_erased_with_the_job(
    client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner, blobs: FolderBlobs
) -> None:
    job_id = submit().json()["id"]
    sent = set(blobs.names())
    runner.do(with_panel=True)
    assert len(set(blobs.names()) - sent) == 2
    assert client.delete(f"/v1/jobs/{job_id}", headers=guest).status_code == 204
    assert not set(blobs.names())
    assert client.get(f"/v1/jobs/{job_id}/panel", headers=guest).status_code == 404


def test_it_expires_with_the_result_and_is_no_orphan_before(
    client: httpx.Client,
    guest: dict[str, str],
    submit: Submit,
    runner: Runner,
    jobs: Jobs,
    blobs: FolderBlobs,
    clock: Clock,
) -> None:
    job_id = submit().json()["id"]
    runner.do(with_panel=True)
    assert jobs.retention.erase_orphans(0) == 0
    assert client.get(f"/v1/jobs/{job_id}/panel", headers=guest).status_code == 200
    clock.forward(hours=jobs.settings.result_hours + 1)
    assert client.get(f"/v1/jobs/{job_id}/panel", headers=guest).json()["error"]["name"] == (
        "PanelNotKept"
    )
    jobs.sweep()
    assert not set(blobs.names())


def test_the_tryon_takes_debug_and_fast(submit: Submit) -> None:
    answer = submit(debug="true", fast="true")
    assert answer.status_code == 202
    assert answer.json()["parameters"]["debug"] is True
    assert answer.json()["parameters"]["fast"] is True
