"""Requests to other people's servers: real servers on this machine, which play all parts."""

from __future__ import annotations

import socket
import ssl
import time
from typing import Any

import anyio
import httpx
import pytest
import trustme

from serve_app import dial
from serve_app.errors import AddressRefused
from tests.receiver import Receiver, Reply, receiving


async def get(url: str, **options: Any) -> dial.Answer:
    return await dial.send("GET", httpx.URL(url), **{"allowed": dial.public_or_own} | options)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://2130706433:{port}/",  # 127.0.0.1 as one number
        "http://0x7f.1:{port}/",
        "http://127.1:{port}/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
async def test_nothing_of_ours_is_called(url: str) -> None:
    with receiving() as receiver:
        with pytest.raises((AddressRefused, dial.NoAnswer)):
            await get(url.format(port=receiver.port), allowed=dial.public_only, seconds=5)
        assert receiver.received == []


async def test_the_address_that_is_judged_is_the_one_that_is_dialled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name server that answers with a public address first, and then with this machine."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def lying(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name != "rebinding.example":
            return real(host, port, *rest, **more)
        asked.append(name)
        address = "127.0.0.2" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", lying)
    with receiving() as receiver:
        judged: list[str] = []

        def judge(address: Any) -> bool:
            judged.append(str(address))
            return str(address) == "127.0.0.2"

        with pytest.raises(dial.NoAnswer):  # nobody listens at 127.0.0.2
            await get(f"http://rebinding.example:{receiver.port}/", allowed=judge)
        assert judged == ["127.0.0.2"]
        assert asked == ["rebinding.example"]
        assert receiver.received == []


async def test_one_bad_address_among_good_ones_refuses_the_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def mixed(_host: Any, port: Any, *_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, 1, 6, "", (one, port)) for one in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", mixed)
    with pytest.raises(AddressRefused):
        await get("https://mixed.example/", allowed=dial.public_only)


async def test_the_name_stays_the_name() -> None:
    with receiving() as receiver:
        answer = await get(f"http://localhost:{receiver.port}/path?a=b")
        assert answer.status == 200
        (request,) = receiver.received
        assert request.headers["host"] == f"localhost:{receiver.port}"
        assert request.path == "/path?a=b"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


async def tls(receiver: Receiver, authority: trustme.CA) -> dial.Answer:
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return await get(f"https://localhost:{receiver.port}/", trust=trust)


async def test_the_certificate_is_that_of_the_name(authority: trustme.CA) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    told: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: told.append(name)
    with receiving(server) as receiver:
        assert (await tls(receiver, authority)).status == 200
        assert told == ["localhost"]
        with pytest.raises(dial.NoAnswer):  # without the authority nobody vouches for it
            await get(f"https://localhost:{receiver.port}/")


async def test_a_certificate_of_another_name_is_refused(authority: trustme.CA) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "elsewhere.example").configure_cert(server)
    with receiving(server) as receiver:
        with pytest.raises(dial.NoAnswer):
            await tls(receiver, authority)
        assert receiver.received == []


async def test_redirects_are_not_followed() -> None:
    with receiving() as receiver, receiving() as inner:
        receiver.reply = lambda _: Reply(302, headers={"Location": f"{inner.url}/secret"})
        assert (await get(f"{receiver.url}/")).status == 302
        assert inner.received == []


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, receiving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert (await get(f"{receiver.url}/")).status == 200
        assert proxy.received == []


async def test_slow_servers_are_left() -> None:
    with receiving() as receiver:
        receiver.reply = lambda _: Reply(after=1.5)
        began = time.monotonic()
        with pytest.raises(dial.NoAnswer):
            await get(f"{receiver.url}/", seconds=0.3)
        assert time.monotonic() - began < 1.2


async def test_long_answers_are_cut() -> None:
    with receiving() as receiver:
        receiver.reply = lambda _: Reply(body=b"x" * 5_000_000)
        assert len((await get(f"{receiver.url}/")).body) == 64_000


async def test_what_is_no_http() -> None:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - no Django

    async def babble(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.send(b"220 mail.example ESMTP\r\n")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, babble)
        with pytest.raises(dial.NoAnswer):
            await get(f"http://127.0.0.1:{port}/")
        tasks.cancel_scope.cancel()
    await listener.aclose()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.com\\@127.0.0.1/",
        "https://example.com/\r\nHost: a",
        "https://example.com:0/",
        "example.com",
        "/path",
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://user:password@example.com/",
        "https://[::1/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/" + "a" * 2000,
    ],
)
def test_what_is_no_address_for_a_webhook(text: str) -> None:
    with pytest.raises(AddressRefused):
        dial.check_url(text)


def test_what_is_one() -> None:
    assert dial.check_url("https://example.com/hook?a=b").host == "example.com"
    assert dial.check_url("http://localhost:8000/", plain=True).port == 8000
