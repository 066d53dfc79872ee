"""A client for the service: submit, wait with progress, download, cancel."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import httpx

Picture: TypeAlias = Path | bytes | str
"""A file, its bytes, or the id of a preset in the gallery."""
Job: TypeAlias = dict[str, Any]

_FINAL = frozenset({"succeeded", "failed", "canceled", "expired"})


class ServiceError(Exception):
    """The service answered with an error: its public name, what happened, what to do."""

    def __init__(self, name: str, message: str, hint: str, status: int) -> None:
        super().__init__(name, message, hint, status)
        self.name, self.message, self.hint, self.status = name, message, hint, status

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


@dataclass
class Client:
    """One user of the service at `base_url`. Without a token a guest's is asked for.

    >>> with Client("http://127.0.0.1:8000") as client:        # doctest: +SKIP
    ...     job = client.tryon(Path("person.jpg"), Path("garment.jpg"))
    ...     picture = client.result(client.wait(job))
    """

    base_url: str
    token: str | None = None
    timeout: float = 60.0

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=self.base_url, timeout=self.timeout)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def tryon(self, person: Picture, garment: Picture, **parameters: str) -> Job:
        """Submit a try-on; the answer is the job, not yet done."""
        return self._submit("/v1/tryon", {"person": person, "garment": garment}, parameters)

    def anime(self, image: Picture, **parameters: str) -> Job:
        """Submit an avatar; the answer is the job, not yet done."""
        return self._submit("/v1/anime", {"image": image}, parameters)

    def job(self, job_id: str) -> Job:
        """The job as it stands."""
        answer: Job = self._request("GET", f"/v1/jobs/{job_id}").json()
        return answer

    def wait(
        self,
        job: Job,
        on_progress: Callable[[Job], None] | None = None,
        timeout: float = 300.0,
        interval: float = 0.25,
    ) -> Job:
        """Poll until the job is done, at most `timeout` seconds.

        Raises ServiceError for a job that failed and TimeoutError for one that is not done yet;
        the job itself lives on and may be waited for again.
        """
        deadline = time.monotonic() + timeout
        while job["status"] not in _FINAL:
            if time.monotonic() > deadline:
                raise TimeoutError(f"job {job['id']} is still {job['status']}")
            time.sleep(interval)
            job = self.job(job["id"])
            if on_progress:
                on_progress(job)
        _raise_if_failed(job)
        return job

    def result(self, job: Job) -> bytes:
        """The picture of a job that succeeded."""
        return self._request("GET", f"/v1/jobs/{job['id']}/result").content

    def cancel(self, job: Job) -> None:
        """Stop a job that is queued or running."""
        self._request("POST", f"/v1/jobs/{job['id']}/cancel")

    def delete(self, job: Job) -> None:
        """Erase a job with its pictures."""
        self._request("DELETE", f"/v1/jobs/{job['id']}")

    def _submit(self, route: str, pictures: dict[str, Picture], parameters: dict[str, str]) -> Job:
        files = {n: _upload(value) for n, value in pictures.items() if not isinstance(value, str)}
        presets = {f"{n}_id": value for n, value in pictures.items() if isinstance(value, str)}
        answer = self._request("POST", route, files=files, data={**presets, **parameters})
        job: Job = answer.json()
        return job

    def _request(self, method: str, route: str, **content: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._bearer()}"}
        answer = self._http.request(method, route, headers=headers, **content)
        _raise_for_error(answer)
        return answer

    def _bearer(self) -> str:
        if self.token is None:
            answer = self._http.post("/v1/auth/guest")
            _raise_for_error(answer)
            self.token = str(answer.json()["token"])
        return self.token


def _upload(picture: Path | bytes) -> tuple[str, bytes]:
    if isinstance(picture, Path):
        return picture.name, picture.read_bytes()
    return "picture", picture


def _raise_if_failed(job: Job) -> None:
    if job["status"] != "succeeded":
        error = job.get("error") or {"name": "JobNotDone", "message": f"job {job['status']}"}
        raise ServiceError(error["name"], error["message"], error.get("hint", ""), 200)


def _raise_for_error(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        raise ServiceError("HttpError", answer.text[:200], "", answer.status_code) from None
    raise ServiceError(error["name"], error["message"], error.get("hint", ""), answer.status_code)
