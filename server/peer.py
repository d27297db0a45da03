"""Whose process is at the other end of a connection within this machine, from the kernel's table of TCP connections
(proc(5), /proc/net/tcp; Documentation/networking/proc_net_tcp.rst)."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

TABLES = (Path("/proc/self/net/tcp"), Path("/proc/self/net/tcp6"))


def is_ours(environ: WSGIEnvironment) -> bool:
    """Whether a process of our own user sent a request from this machine. A proxy that runs as another user did not,
    nor did other people who work here. Only Linux tells; elsewhere everybody is taken for us."""
    if sys.platform != "linux":
        return True
    try:
        address, port, here = (environ[name] for name in ("REMOTE_ADDR", "REMOTE_PORT", "SERVER_PORT"))
        return owners(address, int(port), int(here)) == {os.getuid()}
    except (KeyError, ValueError):  # a server that does not say who is connected
        return False


def owners(address: str, port: int, here: int) -> set[int]:
    """The users that hold a connection from this address and port of this machine to its port `here`; none if it is
    closed. More than one where two of our addresses have the same connection: whose it is cannot be told."""
    ends = {f"{form}:{port:04X}" for form in _forms(address)}
    rows = (line.split() for line in _lines())
    # Of a connection that its process gave up the table says user 0 and inode 0.
    return {int(row[7]) for row in rows if row[1] in ends and row[2].endswith(f":{here:04X}") and row[9] != "0"}


def _lines() -> Iterator[str]:
    for table in TABLES:
        with suppress(FileNotFoundError):  # without IPv6 there is one
            yield from table.read_text("ascii").splitlines()[1:]


def _forms(address: str) -> list[str]:
    """An address as the tables have it. A program that speaks IPv6 reaches an IPv4 one under a mapped address."""
    found = ip_address(address)
    plain = found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
    mapped = [] if isinstance(plain, IPv6Address) else [IPv6Address(f"::ffff:{plain}").packed]
    return [_hexadecimal(form) for form in (plain.packed, *mapped)]


def _hexadecimal(packed: bytes) -> str:
    """Words of 32 bits, each in the byte order of this machine."""
    return "".join(f"{word:08X}" for word in struct.unpack(f"={len(packed) // 4}I", packed))
