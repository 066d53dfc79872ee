"""Requests to servers of other people: to an address that was looked at, and no further.

A name is resolved once, and the connection goes to the very address that was judged: a name server
that answers differently the next time changes nothing. Redirects are not followed, proxies of the
environment are not asked, and neither time nor answer may grow without bound. Addresses are not
logged, because they may carry secrets.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

import anyio
import httpx

from serve_app.addresses import Address, is_loopback, is_public
from serve_app.errors import AddressRefused

LONGEST_URL = 2000
_LONGEST_ANSWER = 64_000
_UNFIT = re.compile(r"[\s\x00-\x1f\x7f\\]")
_USER_AGENT = "fitting-room/1"


class NoAnswer(Exception):
    """The server cannot be reached, takes too long, or does not speak HTTP."""


@dataclass(frozen=True)
class Answer:
    """A status and the beginning of a body."""

    status: int
    body: bytes


Judge = Callable[[Address], bool]


def public_only(address: Address) -> bool:
    """Addresses of the internet."""
    return is_public(address)


def public_or_own(address: Address) -> bool:
    """The internet and this machine: for development."""
    return is_public(address) or is_loopback(address)


def anywhere(_address: Address) -> bool:
    """Where the operator chose the address."""
    return True


def check_url(text: str, *, plain: bool = False) -> httpx.URL:
    """An https address, or with `plain` an http one too, without a password in it.

    Says nothing of where it leads. Raises AddressRefused.
    """
    try:
        url = httpx.URL(text) if len(text) <= LONGEST_URL else None
    except (httpx.InvalidURL, ValueError):
        url = None
    if url is None or not url.host or _UNFIT.search(text) or not _is_port(url.port):
        raise AddressRefused("That is not a web address.")
    if url.scheme != "https" and not (plain and url.scheme == "http"):
        raise AddressRefused("Only https addresses are called.")
    if url.userinfo:
        raise AddressRefused("The address has a password in it.")
    return url


def check_literal(url: httpx.URL, allowed: Judge) -> None:
    """Refuse early what needs no name server to be known as wrong. Raises AddressRefused."""
    try:
        address = ip_address(url.host)
    except ValueError:
        return
    if not allowed(address):
        raise AddressRefused("The address is not a public one.")


async def send(
    method: str,
    url: httpx.URL,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    seconds: float = 10.0,
    allowed: Judge = public_only,
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """One request and what came back of it. Raises AddressRefused, NoAnswer."""
    try:
        with anyio.fail_after(seconds):
            address = await _resolve(url, allowed)
            return await _exchange(
                _request(method, url, address, headers or {}, content, seconds), trust
            )
    except TimeoutError as error:
        raise NoAnswer(f"No answer within {seconds:g} s.") from error
    except (httpx.TransportError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
        raise NoAnswer(f"No answer: {type(error).__name__}.") from error


async def _resolve(url: httpx.URL, allowed: Judge) -> Address:
    """The first address of the name; one that is refused refuses them all."""
    found = await anyio.getaddrinfo(url.raw_host, url.port or _port(url), type=socket.SOCK_STREAM)
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses or not all(allowed(address) for address in addresses):
        raise AddressRefused("The name does not lead to a public address.")
    return addresses[0]


def _request(
    method: str,
    url: httpx.URL,
    address: Address,
    headers: Mapping[str, str],
    content: bytes,
    seconds: float,
) -> httpx.Request:
    """To the address itself, while Host and the certificate stay those of the name."""
    host = url.netloc.decode("ascii")
    return httpx.Request(
        method,
        url.copy_with(host=str(address)),
        headers={"User-Agent": _USER_AGENT, **headers, "Host": host},
        content=content,
        extensions={
            "sni_hostname": url.raw_host.decode("ascii"),
            "timeout": httpx.Timeout(seconds).as_dict(),
        },
    )


async def _exchange(request: httpx.Request, trust: ssl.SSLContext | None) -> Answer:
    # The transport alone: a client would follow, ask proxies, and log the address.
    async with httpx.AsyncHTTPTransport(verify=trust or _trust()) as transport:
        response = await transport.handle_async_request(request)
        try:
            return Answer(response.status_code, await _beginning(response))
        finally:
            await response.aclose()


@cache
def _trust() -> ssl.SSLContext:
    """Made once: reading all authorities takes longer than a request."""
    return httpx.create_ssl_context(trust_env=False)


async def _beginning(response: httpx.Response) -> bytes:
    body = b""
    async for part in response.aiter_raw():
        body += part
        if len(body) >= _LONGEST_ANSWER:
            break
    return body[:_LONGEST_ANSWER]


def _is_port(number: int | None) -> bool:
    return number is None or 0 < number < 65536


def _port(url: httpx.URL) -> int:
    return 443 if url.scheme == "https" else 80
