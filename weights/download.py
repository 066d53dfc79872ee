"""Streaming a file over HTTP so that a cut connection is resumed and not begun anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from weights.errors import SourceFailed

if TYPE_CHECKING:
    import httpx

Report: TypeAlias = Callable[[str, int, int | None], None]
"""Told how far a download is: its label, bytes done, bytes in all (None where not known)."""

ATTEMPTS = 4


@dataclass
class Web:
    """The HTTP side of one fetch run. Hosts that cannot be reached are asked once."""

    connect_timeout: float = 8.0
    read_timeout: float = 30.0
    unreachable: set[str] = field(default_factory=set)

    def download(self, url: str, partial: Path, label: str, report: Report) -> None:
        """Brings `url` to `partial`, which keeps what arrived when it fails and is resumed the next
        time if the server still has the same file. Raises SourceFailed."""
        import httpx

        host = urlsplit(url).netloc
        if host in self.unreachable:
            raise SourceFailed(f"{host} could not be reached")
        timeout = httpx.Timeout(self.read_timeout, connect=self.connect_timeout)
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            try:
                _attempts(client, url, partial, label, report)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                self.unreachable.add(host)
                raise SourceFailed(f"{host} could not be reached: {error}") from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise SourceFailed(f"{url}: {type(error).__name__} {error}") from error


def _attempts(client: httpx.Client, url: str, partial: Path, label: str, report: Report) -> None:
    import httpx

    for attempt in range(ATTEMPTS):
        try:
            _stream(client, url, partial, label, report)
            return
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout):
            if attempt == ATTEMPTS - 1:
                raise


def _stream(client: httpx.Client, url: str, partial: Path, label: str, report: Report) -> None:
    """One request. It asks for the rest of `partial` where a validator says that it is the same."""
    headers = {"Accept-Encoding": "identity", **_resume_headers(url, partial)}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:
            forget(partial)
            raise SourceFailed(f"{url}: the server refused to resume")
        response.raise_for_status()
        resumed = response.status_code == 206
        done = partial.stat().st_size if resumed else 0
        _remember(url, partial, response)
        rest = response.headers.get("Content-Length")
        total = done + int(rest) if rest else None
        with partial.open("ab" if resumed else "wb") as file:
            for block in response.iter_raw():
                file.write(block)
                done += len(block)
                report(label, done, total)


def _resume_headers(url: str, partial: Path) -> dict[str, str]:
    note = _note(partial)
    if not partial.exists() or not partial.stat().st_size or not note.exists():
        return {}
    try:
        kept = json.loads(note.read_text("utf-8"))
    except ValueError:
        return {}
    if kept.get("url") != url or not kept.get("validator"):
        return {}
    return {"Range": f"bytes={partial.stat().st_size}-", "If-Range": kept["validator"]}


def _remember(url: str, partial: Path, response: httpx.Response) -> None:
    """Notes what identifies the server's file. A weak ETag does not do for byte ranges."""
    tag = response.headers.get("ETag", "")
    validator = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")
    _note(partial).write_text(json.dumps({"url": url, "validator": validator}), "utf-8")


def _note(partial: Path) -> Path:
    return partial.with_name(partial.name + ".json")


def forget(partial: Path) -> None:
    """Deletes a partial download and what was noted about it."""
    partial.unlink(missing_ok=True)
    _note(partial).unlink(missing_ok=True)
