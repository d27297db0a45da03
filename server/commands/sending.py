"""Scans to a running server: read from disk while they are sent, and the server heard while it works."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import orjson
import requests

from server.commands.progress import Told, bar
from server.scans import archive, folder
from server.scans.scanner import Wishes, name_of
from server.scans.selection import LeftOut, NotScans
from server.settings import Settings

LINES = "application/x-ndjson"
CHUNK = 2**18
TIMEOUT = 600.0
"""Seconds of silence; the server tells of every file it begins with."""


def send(
    path: Path, recursive: bool, wishes: Wishes, backends: tuple[str, ...], server: str, token: str | None
) -> dict[str, Any]:
    """Send a folder's files, or a zip as it is; the server's row of the source. Raises ClickException, NotScans."""
    label, files, left_out = _chosen(path, recursive)
    fields = {"name": name_of(path), "label": wishes.label or label, "backends": ",".join(backends)}
    fields |= {"rights": wishes.rights or "", "attribution": wishes.attribution or ""}
    headers = {"Accept": LINES} | ({"Authorization": f"Bearer {token}"} if token else {})
    with bar("sending") as told:
        body = Multipart({name: text for name, text in fields.items() if text}, files, told)
        headers["Content-Type"] = body.media_type
        url = f"{server.rstrip('/')}/api/sources"
        try:
            with requests.post(url, data=body, headers=headers, timeout=TIMEOUT, stream=True) as answer:
                row = _heard(answer, server, told)
        except requests.RequestException as error:
            raise click.ClickException(f"{server} does not answer: {error}") from error
    row["scans"]["left_out"] += [asdict(one) for one in left_out]
    return row


class Multipart:
    """A form with files (RFC 7578) that is never in memory as a whole."""

    def __init__(self, fields: Mapping[str, str], files: Sequence[tuple[str, Path]], told: Told) -> None:
        boundary = secrets.token_hex(16)
        self.media_type = f"multipart/form-data; boundary={boundary}"
        self._told, self._end = told, f"--{boundary}--\r\n".encode()
        start = f"--{boundary}\r\nContent-Disposition: form-data; name="
        self._fields = b"".join(f'{start}"{name}"\r\n\r\n{text}\r\n'.encode() for name, text in fields.items())
        self._files = [(f'{start}"files"; filename="{_quoted(name)}"\r\n\r\n'.encode(), path) for name, path in files]
        self._length = len(self._fields) + len(self._end) + sum(len(head) + 2 for head, _ in self._files)
        self._length += sum(path.stat().st_size for _, path in files)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        for chunk in self._chunks():
            yield chunk
            sent += len(chunk)
            self._told(sent, self._length, "sending")

    def _chunks(self) -> Iterator[bytes]:
        yield self._fields
        for head, path in self._files:
            yield head
            with path.open("rb") as file:
                yield from iter(lambda: file.read(CHUNK), b"")
            yield b"\r\n"
        yield self._end


def _chosen(path: Path, recursive: bool) -> tuple[str, list[tuple[str, Path]], list[LeftOut]]:
    """The label, the files by the names under which they are sent, and what is not sent."""
    if not path.is_dir():
        if not archive.is_zip(path):
            raise NotScans(f"{path} is neither a folder nor a zip. Give the folder that the pictures are in.")
        return path.stem, [(path.name, path)], []
    found = folder.listed(path, recursive=recursive, most=Settings().max_scans)
    files, left_out = [], list(found.left_out)
    for item in found.items:
        try:
            with item.open() as file:
                files.append((item.name, file))
        except ValueError as error:
            left_out.append(LeftOut(item.name, str(error), item.is_expected))
    return found.label, files, left_out


def _heard(answer: requests.Response, server: str, told: Told) -> dict[str, Any]:
    """Every line of the answer, up to the one that ends it. Raises ClickException."""
    if answer.status_code != 200:
        raise click.ClickException(f"{server} refused: {reason(answer)}")
    for line in answer.iter_lines():
        said = orjson.loads(line)
        if step := said.get("step"):
            told(step["done"], step["total"], "scans")
        elif problem := said.get("problem"):
            raise click.ClickException(f"{server} refused: {problem['detail']}")
        elif row := said.get("source"):
            return dict(row)
    raise click.ClickException(f"{server} broke off. The same command goes on from here.")


def reason(answer: requests.Response) -> str:
    """What a server says of a request that it refused."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError):
        return f"{answer.status_code} {answer.reason}"


def _quoted(name: str) -> str:
    """As browsers write it (HTML, 4.10.21.8)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
