"""A local HTTP server that serves byte ranges, and can cut the line in the middle of an answer."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMPLETE = 1 << 62


@dataclass
class Served:
    """What the server has, what it was asked for, and how much of an answer it still gives."""

    files: dict[str, bytes] = field(default_factory=dict)
    ranges: list[str | None] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    """Bytes after which the next answers break off, first one first."""
    address: str = ""


@contextmanager
def file_server(files: dict[str, bytes]) -> Iterator[Served]:
    served = Served(dict(files))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            content = served.files.get(self.path.lstrip("/"))
            if content is None:
                self.send_error(404)
                return
            served.ranges.append(self.headers.get("Range"))
            start = self._start(content)
            self.send_response(206 if start else 200)
            self.send_header("ETag", self._tag(content))
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            limit = served.cuts.pop(0) if served.cuts else COMPLETE
            self.wfile.write(content[start : start + limit])
            if limit < len(content) - start:
                self.close_connection = True

        def _tag(self, content: bytes) -> str:
            return f'"{hashlib.sha256(content).hexdigest()[:16]}"'

        def _start(self, content: bytes) -> int:
            same = self.headers.get("If-Range") == self._tag(content)
            asked = self.headers.get("Range", "")
            return int(asked.removeprefix("bytes=").rstrip("-")) if asked and same else 0

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    served.address = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
