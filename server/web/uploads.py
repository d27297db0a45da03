"""Scans that are uploaded, as pictures or as a zip: a form in, a book out, and on the way a line for each file."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

import orjson
from flask import Response, request, stream_with_context
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from iiif_store.errors import GlossatorError
from iiif_store.source import Source
from iiif_store.stores import files
from ml_backends.types import BackendUnavailable
from server.context import doors, services
from server.errors import BadInput, problem_of
from server.scans import archive
from server.scans.folder import there
from server.scans.names import clean, stem
from server.scans.scanner import Scanned, Step, Wishes
from server.scans.selection import Item, LeftOut, Selection, select
from server.sources import now
from server.web.requests import UploadRequest, parameters

LINES = "application/x-ndjson"
FORM = "multipart/form-data"
FIELDS, FIELD = 20, 500_000
"""Parts of a form that are no files, at most, and bytes of one; the parser takes files in pieces below that."""

Work = Generator[Step, None, "Made"]


@dataclass(frozen=True, slots=True)
class Upload:
    """What came with a form."""

    sent: UploadRequest
    files: list[tuple[str, Path]]
    """Their names, and where they lie."""
    folder: tempfile.TemporaryDirectory[str]
    """Gone with all of them at the end."""


@dataclass(frozen=True, slots=True)
class Made:
    """A book that was registered."""

    source: Source
    new: bool
    scanned: Scanned


def is_upload() -> bool:
    """Whether this request brings files."""
    return request.mimetype == FORM


def wants_lines() -> bool:
    """Whether this client follows the work."""
    return LINES in request.headers.get("Accept", "")


def received(check: Callable[[tuple[str, ...]], None]) -> Upload:
    """The form of this request, once all of it is here, and its backends have passed the `check`. Raises BadInput,
    RequestEntityTooLarge, StoreUnavailable, and what the check raises."""
    settings, scratch = services().settings, services().scanner.scratch
    request.max_content_length = settings.max_upload
    with ExitStack() as undo, files.explained(scratch):
        folder = tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True)
        undo.callback(folder.cleanup)
        form, arrived = _parsed(Path(folder.name), settings.max_scans)
        sent = parameters(_said(form), UploadRequest)
        check(sent.backends or ())
        named = [file for file in arrived.getlist("files") if file.filename]
        if not named:
            raise BadInput("The form has no file. Choose pictures, or one zip of them, as 'files'.")
        undo.pop_all()
    return Upload(sent, [(_name(file.filename), cast(_Landing, file.stream).path) for file in named], folder)


def _said(form: MultiDict[str, str]) -> dict[str, Any]:
    """The fields that have something in them."""
    backends = [name for part in form.getlist("backends") for name in part.split(",") if name]
    said: dict[str, Any] = {name: text for name, text in form.items() if text.strip() and name != "backends"}
    return said | ({"backends": backends} if backends else {})


def _parsed(folder: Path, most: int) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    """The fields of a form, and its files in `folder`."""
    names = (folder / str(number) for number in itertools.count())

    def land(**_told: object) -> IO[bytes]:
        return cast(IO[bytes], _Landing(next(names)))

    parser = FormDataParser(cast(Any, land), max_form_memory_size=FIELD, max_form_parts=most + FIELDS)
    try:
        length, options = request.content_length, request.mimetype_params
        _stream, form, arrived = parser.parse(request.stream, request.mimetype, length, options)
    except RequestEntityTooLarge as error:
        told = f"An upload may have {request.max_content_length or 0:,} bytes and {most:,} files. Add it in parts."
        raise RequestEntityTooLarge(told) from error
    return form, arrived


class _Landing:
    """A file that arrives. It is closed as soon as it is there: thousands may come in one form."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("wb")

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def seek(self, _place: int) -> None:
        """What the parser does with a file that is complete."""
        self._file.close()


def work(upload: Upload) -> Work:
    """Make the book and register it; takes one of the threads that may wait. Raises NotScans, EngineBusy."""
    sent, scanner = upload.sent, services().scanner
    with doors().limits.waiting(), upload.folder:
        wishes = Wishes(sent.label, sent.rights, sent.attribution)
        found = yield from scanner.scan(_selection(upload.files), wishes, created=now(), name=sent.name)
    source, new = services().sources.settle(found.url, found.document, backends=sent.backends, policy=sent.policy)
    return Made(source, new, found)


def lines(work: Work, row: Any) -> Response:
    """Its steps as they are done, and at the end what `row` makes of the book, or the problem: one JSON object each."""

    def told() -> Iterator[bytes]:
        try:
            made = yield from _steps(work)
            yield _line("source", row(made))
        except (GlossatorError, BackendUnavailable) as error:
            yield _line("problem", problem_of(error, whole=True).document())

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(stream_with_context(told()), 200, headers, content_type=LINES)


def _steps(work: Work) -> Generator[bytes, None, Made]:
    while True:
        try:
            step = next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        yield _line("step", {"done": step.done, "total": step.total, "doing": step.doing})


def _line(name: str, value: Any) -> bytes:
    return orjson.dumps({name: value}) + b"\n"


def _selection(arrived: list[tuple[str, Path]]) -> Selection:
    """One zip is a book as it is; of several files each zip among them is a chapter."""
    scanner, most = services().scanner, services().settings.max_scans
    if len(arrived) == 1 and archive.is_zip(arrived[0][1]):
        return scanner.select(arrived[0][1], label=arrived[0][0])
    items: list[Item] = []
    left_out: list[LeftOut] = []
    for name, path in arrived:
        if archive.is_zip(path):
            inside = scanner.select(path, label=name)
            items += [Item(f"{stem(name)}/{item.name}", item.open) for item in inside.items]
            left_out += inside.left_out
        else:
            items.append(Item(name, partial(there, path)))
    return select(stem(arrived[0][0]), items, left_out, most=most)


def _name(sent: str | None) -> str:
    """What the client calls it; of a path only what leads down."""
    parts = (sent or "").replace("\\", "/").split("/")
    return clean("/".join(part for part in parts if part not in ("", ".", ".."))) or "file"
