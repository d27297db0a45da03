"""Whose process a connection of this machine belongs to, by the kernel's own word."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server import peer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")

NOBODY = 65534
CLIENT = """
import os, socket, sys
os.setuid(int(sys.argv[2]))
connection = socket.socket()
connection.connect(("127.0.0.1", int(sys.argv[1])))
print(flush=True)
sys.stdin.read()
"""


@contextmanager
def listening(address: str = "127.0.0.1") -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as server:
        server.bind((address, 0))
        server.listen()
        yield server


def environ(server: socket.socket, client: tuple[str, int]) -> dict[str, str]:
    """What a WSGI server says of a connection."""
    return {"REMOTE_ADDR": client[0], "REMOTE_PORT": str(client[1]), "SERVER_PORT": str(server.getsockname()[1])}


@pytest.mark.parametrize(
    ("family", "there", "seen"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET6, "::ffff:127.0.0.1", "127.0.0.1"),
        (socket.AF_INET6, "::1", "::1"),
    ],
)
def test_our_own_connection_is_ours_as_long_as_it_is_open(family: int, there: str, seen: str) -> None:
    with listening(seen) as server:
        client = socket.socket(family)
        client.connect((there, server.getsockname()[1]))
        accepted, address = server.accept()
        with accepted:
            told = environ(server, (seen, address[1]))
            assert peer.is_ours(told)
            assert not peer.is_ours(told | {"SERVER_PORT": "1"}), "a connection to another server"
            assert not peer.is_ours(told | {"REMOTE_PORT": "1"})
            client.close()
            assert peer.owners(seen, address[1], server.getsockname()[1]) == set()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_the_connection_of_another_user_is_not() -> None:
    with listening() as server:
        port = server.getsockname()[1]
        for user, ours in ((NOBODY, False), (os.getuid(), True)):
            command = [sys.executable, "-c", CLIENT, str(port), str(user)]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
                assert client.stdout and client.stdout.readline(), "it is connected"
                accepted, address = server.accept()
                with accepted:
                    assert peer.owners(address[0], address[1], port) == {user}
                    assert peer.is_ours(environ(server, address)) is ours
                    assert client.stdin and client.stdin.close() is None


def test_what_the_table_does_not_tell_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same end of a connection in the hands of another user, of two users, and given up."""
    with listening() as server, socket.create_connection(server.getsockname()) as client:
        real = peer.TABLES[0].read_text().splitlines()
        told = environ(server, client.getsockname())
        end = "{:08X}:{:04X}".format(int.from_bytes(b"\x7f\0\0\x01", sys.byteorder), client.getsockname()[1])
        (row,) = [line for line in real if line.split()[1] == end]

    def read_as(*rows: str) -> bool:
        table = tmp_path / "tcp"
        table.write_text("\n".join((real[0], *rows)))
        monkeypatch.setattr(peer, "TABLES", (table, tmp_path / "no tcp6"))
        return peer.is_ours(told)

    def held_by(user: int, inode: str = "77") -> str:
        cells = row.split()
        return " ".join((*cells[:7], str(user), cells[8], inode, *cells[10:]))

    assert read_as(row) and read_as(held_by(os.getuid()))
    assert not read_as()
    assert not read_as(held_by(os.getuid() + 1))
    assert not read_as(row, held_by(os.getuid() + 1))
    assert not read_as(held_by(os.getuid(), inode="0"))


def test_a_server_that_does_not_say_who_is_connected_is_asked_by_strangers() -> None:
    assert not peer.is_ours({"REMOTE_ADDR": "127.0.0.1", "SERVER_PORT": "8000"})
    assert not peer.is_ours({"REMOTE_ADDR": "", "REMOTE_PORT": "1", "SERVER_PORT": "8000"})
