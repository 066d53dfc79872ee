"""A job through its states, in short."""

from __future__ import annotations

from deployments.types import Engine
from serve_app.blobs import Picture
from serve_app.jobs import ClaimedJob, Jobs

ENGINE = Engine("drape", "1", "Apache-2.0", True)
RESULT = Picture(b"the dressed person", "image/png", 30, 40)


def submit(jobs: Jobs, user: str, picture: Picture, key: str | None = None) -> str:
    return jobs.submit(
        user, "tryon", {"category": "auto"}, {"person": picture, "garment": picture}, key
    )


def claim(jobs: Jobs, worker: str = "runner") -> ClaimedJob:
    claimed = jobs.claim(worker, 60)
    assert claimed is not None
    return claimed


def succeed(jobs: Jobs, claimed: ClaimedJob) -> bool:
    return jobs.succeed(
        claimed.id,
        claimed.attempt,
        result=RESULT,
        engine=ENGINE,
        timings={"pose": 51.234},
        confidence=0.75,
        warnings=["half-length photo"],
    )


def status(jobs: Jobs, user: str, job_id: str) -> str:
    return jobs.snapshot(user, job_id).job.status
