"""The resend route: whole, in part, in other formats, and the pure rules behind it."""

from __future__ import annotations

import io
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image as Pillow

from serve_app.blobs import FolderBlobs
from serve_app.context import Context
from serve_app.errors import NotAcceptable, RangeNotSatisfiable
from serve_app.intake import decode
from serve_app.routes.negotiation import choose, is_known, part_of
from tests.serve_app.routes.conftest import Runner, Submit, photo


@pytest.fixture
def url(submit: Submit, runner: Runner) -> str:
    job_id = submit().json()["id"]
    runner.do()
    return f"/v1/jobs/{job_id}/result"


def test_parts_make_the_whole(client: httpx.Client, guest: dict[str, str], url: str) -> None:
    whole = client.get(url, headers=guest)
    size = len(whole.content)
    assert whole.headers["accept-ranges"] == "bytes"
    found = b""
    for wanted in ("bytes=0-99", "bytes=100-199", "bytes=200-"):
        part = client.get(url, headers={**guest, "Range": wanted})
        assert part.status_code == 206
        begin, end = len(found), len(found) + len(part.content) - 1
        assert part.headers["content-range"] == f"bytes {begin}-{end}/{size}"
        assert part.headers["etag"] == whole.headers["etag"]
        assert part.headers["content-type"] == "image/png"
        found += part.content
    assert found == whole.content
    last = client.get(url, headers={**guest, "Range": "bytes=-10"})
    assert (last.status_code, last.content) == (206, whole.content[-10:])
    beyond = client.get(url, headers={**guest, "Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    assert beyond.json()["error"]["name"] == "RangeNotSatisfiable"
    changed = {**guest, "Range": "bytes=0-9", "If-Range": '"another"'}
    assert client.get(url, headers=changed).content == whole.content


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_formats(client: httpx.Client, guest: dict[str, str], url: str, kind: str) -> None:
    by_header = client.get(url, headers={**guest, "Accept": f"image/{kind}"})
    by_query = client.get(url, headers=guest, params={"format": kind})
    assert by_header.content == by_query.content
    assert by_header.headers["etag"] == by_query.headers["etag"]
    assert "Accept" in by_header.headers["vary"]
    assert by_header.headers["content-type"] == f"image/{kind}"
    picture = Pillow.open(io.BytesIO(by_header.content))
    assert (picture.format, picture.size) == (kind.upper(), (90, 120))
    if kind == "png":
        assert (decode(by_header.content) == 255 - decode(photo(1))).all()
    tags = {client.get(url, headers=guest, params={"format": one}).headers["etag"]
            for one in ("png", "jpeg", "webp")}  # fmt: skip
    assert len(tags) == 3
    known = {**guest, "Accept": f"image/{kind}", "If-None-Match": by_header.headers["etag"]}
    assert client.get(url, headers=known).status_code == 304
    other = {**known, "Accept": "image/webp" if kind != "webp" else "image/png"}
    assert client.get(url, headers=other).status_code == 200


def test_what_cannot_be_made(client: httpx.Client, guest: dict[str, str], url: str) -> None:
    answer = client.get(url, headers={**guest, "Accept": "text/html"})
    assert (answer.status_code, answer.json()["error"]["name"]) == (406, "NotAcceptable")
    assert client.get(url, headers=guest, params={"format": "bmp"}).status_code == 422


def test_any_replica_sends_it(
    application: FastAPI, client: httpx.Client, guest: dict[str, str], url: str, context: Context
) -> None:
    """As after a restart: all parts new, over the same tables and pictures."""
    whole = client.get(url, headers=guest)
    again = Context.of(context.settings, context.catalogue)
    application.state.context = again
    answer = client.get(url, headers=guest)
    again.database.close()
    assert answer.content == whole.content
    assert answer.headers["etag"] == whole.headers["etag"]


def test_the_bucket_sends_it(
    application: FastAPI,
    client: httpx.Client,
    guest: dict[str, str],
    url: str,
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = context.settings.model_copy(update={"blob_redirect": True})
    application.state.context = replace(context, settings=settings)
    assert client.get(url, headers=guest).status_code == 200, "a folder has no such addresses"
    asked = []

    def link(_blobs: FolderBlobs, name: str, seconds: int, media_type: str) -> str:
        asked.append((seconds, media_type))
        return f"https://bucket.example/{name}?signed"

    monkeypatch.setattr(FolderBlobs, "link", link)
    answer = client.get(url, headers=guest, follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"].startswith("https://bucket.example/")
    assert "no-store" in answer.headers["cache-control"]
    assert asked == [(60, "image/png")]
    assert client.get(url, headers=guest, params={"format": "jpeg"}).status_code == 200


OFFERED = ("image/png", "image/jpeg", "image/webp")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "image/png"),
        ("", "image/png"),
        ("*/*", "image/png"),
        ("image/*", "image/png"),
        ("image/jpeg", "image/jpeg"),
        ("IMAGE/JPEG;q=1.0", "image/jpeg"),
        ("image/webp, image/jpeg;q=0.9", "image/webp"),
        ("image/webp;q=0.1, image/jpeg;q=0.9", "image/jpeg"),
        ("image/avif,image/webp,image/apng,image/*,*/*;q=0.8", "image/png"),
        ("image/png;q=0, image/*", "image/jpeg"),
        ("text/html, image/*;q=0.1", "image/png"),
        ("image/webp;q=nonsense, image/jpeg;q=0.1", "image/jpeg"),
        ("image/jpeg;q=7", "image/jpeg"),
        (",,;q=1,image/webp", "image/webp"),
    ],
)
def test_the_format_that_is_liked_best(accept: str | None, chosen: str) -> None:
    assert choose(accept, OFFERED) == chosen


@pytest.mark.parametrize("accept", ["text/html", "image/gif", "image/png;q=0", "*/*;q=0", ";"])
def test_no_format_that_is_liked(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        choose(accept, OFFERED)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (None, None),
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-", slice(0, 10)),
        ("Bytes = 2 - 4", slice(2, 5)),
        ("bytes=5-99", slice(5, 10)),
        ("bytes=-3", slice(7, 10)),
        ("bytes=-99", slice(0, 10)),
        ("bytes=0-1,4-5", None),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("lines=0-1", None),
        ("bytes=0-" + "9" * 100, slice(0, 10)),
    ],
)
def test_ranges(asked: str | None, found: slice | None) -> None:
    assert part_of(asked, None, '"tag"', 10) == found


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=999-"])
def test_ranges_beyond_the_end(asked: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        part_of(asked, None, '"tag"', 10)


def test_tags() -> None:
    assert part_of("bytes=0-1", '"tag"', '"tag"', 10) == slice(0, 2)
    assert part_of("bytes=0-1", 'W/"tag"', '"tag"', 10) is None
    assert is_known('"a", W/"tag"', '"tag"')
    assert is_known("*", '"tag"')
    assert not is_known('"a"', '"tag"')
    assert not is_known(None, '"tag"')
