"""A job as a stream of server-sent events."""

from __future__ import annotations

import json
import threading

import httpx
import pytest

from serve_app.jobs import Jobs
from tests.serve_app.routes.conftest import Runner, Submit

Event = dict[str, str]


def listen(client: httpx.Client, url: str, headers: dict[str, str], most: int = 99) -> list[Event]:
    """The events until the stream ends, or so many of them; comments as the field ``."""
    found: list[Event] = []
    with client.stream("GET", url, headers=headers) as stream:
        assert stream.status_code == 200
        event: Event = {}
        for line in stream.iter_lines():
            if line:
                name, _, value = line.partition(":")
                event[name] = value.strip()
            else:
                found.append(event)
                event = {}
            if len(found) >= most:
                break
    return found


def test_events(
    client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner, jobs: Jobs
) -> None:
    job_id = submit().json()["id"]
    seen: list[tuple[str, str | None]] = []
    moves = iter(
        [
            lambda: jobs.claim("other", 60) and jobs.report(job_id, 1, "pose", 0.2),
            lambda: jobs.put_back(job_id, 1),
            runner.do,
        ]
    )
    with client.stream("GET", f"/v1/jobs/{job_id}/events", headers=guest) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data: "):
                job = json.loads(line.removeprefix("data: "))
                seen.append((job["status"], job["stage"]))
                threading.Thread(target=next(moves, lambda: None)).start()
    assert seen[0] == ("queued", None)
    assert ("running", "pose") in seen
    assert seen[-1] == ("succeeded", None)


def test_events_end_when_the_job_is_erased(
    client: httpx.Client, guest: dict[str, str], submit: Submit, jobs: Jobs
) -> None:
    job_id = submit().json()["id"]
    with client.stream("GET", f"/v1/jobs/{job_id}/events", headers=guest) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 1000"
        client.delete(f"/v1/jobs/{job_id}", headers=guest)
        assert sum(line.startswith("data: ") for line in lines) <= 1


def test_who_comes_back_is_told_only_what_is_new(
    client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner, jobs: Jobs
) -> None:
    job_id = submit().json()["id"]
    url = f"/v1/jobs/{job_id}/events"
    assert submit().status_code == 202  # somebody behind it
    retry, first = listen(client, url, guest, most=2)
    assert retry == {"retry": "1000"}
    assert (first["event"], json.loads(first["data"])["queue_position"]) == ("job", 1)
    worker = threading.Timer(0.5, runner.do)
    worker.start()
    rest = listen(client, url, {**guest, "Last-Event-ID": first["id"]})
    worker.join()
    states = [json.loads(event["data"])["status"] for event in rest if "data" in event]
    assert states == ["succeeded"], "and not again that it waits"
    last = rest[-1]["id"]
    assert last != first["id"]
    late = client.get(url, headers={**guest, "Last-Event-ID": first["id"]})
    assert last in late.text
    over = client.get(url, headers={**guest, "Last-Event-ID": last})
    assert (over.status_code, over.content) == (204, b"")


def test_a_silent_stream_shows_that_it_lives(
    client: httpx.Client,
    guest: dict[str, str],
    submit: Submit,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("serve_app.routes.events.HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr("serve_app.routes.events.PAUSE", 0.05)
    url = f"/v1/jobs/{submit().json()['id']}/events"
    events = listen(client, url, guest, most=4)
    assert [set(event) for event in events[2:]] == [{""}, {""}]
