"""Which addresses are public, and which one a request came from."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from serve_app.addresses import household, is_loopback, is_public, sender


@pytest.mark.parametrize("text", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "1.1.1.1"])
def test_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",  # noqa: S104 - an address to be refused
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",  # metadata of most clouds
        "100.100.100.200",  # of Alibaba's
        "192.0.0.192",  # of Oracle's
        "168.63.129.16",  # of Azure's
        "fd00:ec2::254",  # of Amazon's
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2002:a9fe:a9fe::1",  # of 169.254.169.254
        "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
        "64:ff9b::a9fe:a9fe",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo of 127.0.0.1
    ],
)
def test_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


def test_loopback() -> None:
    assert is_loopback(ip_address("127.0.0.1"))
    assert is_loopback(ip_address("::ffff:127.0.0.1"))
    assert is_loopback(ip_address("::1"))
    assert not is_loopback(ip_address("10.0.0.1"))


TRUSTED = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["1.2.3.4"], "203.0.113.5"),  # whoever says so is no proxy of ours
        ("10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),  # the first one is invented
        ("10.0.0.1", ["6.6.6.6", "1.2.3.4, 10.0.0.9"], "1.2.3.4"),
        ("10.0.0.1", ["10.1.1.1, 10.0.0.9"], "10.1.1.1"),
        ("::1", ["2606:4700::1"], "2606:4700::1"),
        ("10.0.0.1", ["not an address"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("unknown", ["1.2.3.4"], "unknown"),
    ],
)
def test_who_sent_a_request(peer: str, forwarded: list[str], found: str) -> None:
    assert sender(peer, forwarded, TRUSTED) == found


def test_one_line_of_ipv6_is_one_household() -> None:
    assert household("2606:4700:1:2:3::9") == household("2606:4700:1:2:ffff::1")
    assert household("2606:4700:1:2::9") != household("2606:4700:1:3::9")
    assert household("::ffff:1.2.3.4") == household("1.2.3.4") == "1.2.3.4"
    assert household("unknown") == "unknown"
