"""Which addresses are public."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from iiif_store.fetch.addresses import is_public, parse

PUBLIC = ["8.8.8.8", "193.62.193.83", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
INNER = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",  # carrier-grade NAT, and Alibaba's metadata at 100.100.100.200
    "169.254.169.254",  # metadata of most clouds
    "168.63.129.16",  # Azure's wire server
    "192.0.0.192",  # Oracle's metadata
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",  # Amazon's metadata
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001:0:7f00:1::1",  # Teredo
]


@pytest.mark.parametrize("text", PUBLIC)
def test_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", INNER)
def test_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(("text", "found"), [("[::1]", "::1"), ("fe80::1%eth0", "fe80::1"), ("10.0.0.1", "10.0.0.1")])
def test_literals_as_urls_and_resolvers_write_them(text: str, found: str) -> None:
    assert parse(text) == ip_address(found)


@pytest.mark.parametrize("text", ["example.org", "", "2130706433", "0x7f.1"])
def test_names(text: str) -> None:
    assert parse(text) is None
