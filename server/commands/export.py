"""`glossator export`: the annotations of a source in the formats that other programs read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
import requests
from rich.console import Console

from iiif_store.errors import GlossatorError
from iiif_store.export import archive
from iiif_store.export.formats import FORMATS, Format
from iiif_store.export.published import CanvasAnnotations, Options, Published
from iiif_store.export.static_links import StaticLinks
from iiif_store.fetch.pictures import Pictures
from iiif_store.links import Links
from iiif_store.source import source_id
from server.commands.progress import bar
from server.commands.sending import reason
from server.findings import Part
from server.services import Services, build
from server.settings import HERE, Settings
from server.site import Site

STATIC = "static"
SHOWN = 10
Told = Callable[[int, int], None]


@click.command(name="export")
@click.argument("source", metavar="ID|URL")
@click.option("--format", "name", type=click.Choice([*FORMATS, STATIC]), required=True)
@click.option("--out", "where", required=True, help="file, directory (with a slash at its end, or existing), or -")
@click.option("--layer", "layers", multiple=True, help="only this layer; may be repeated")
@click.option("--from", "first", default="", help="first canvas, by place from 1, key or id")
@click.option("--to", "last", default="", help="last canvas")
@click.option(
    "--size",
    type=click.IntRange(16, 30_000),
    default=1280,
    show_default=True,
    help="longest side of a data set's pictures",
)
@click.option("--crate", type=click.Choice(["1.1", "1.2"]), default="1.2", help="version of RO-Crate")
@click.option("--base-url", help=f"of our URLs in the export [default: GLOSSATOR_BASE_URL, {HERE}]")
@click.option("--images", is_flag=True, help="static: bring the publisher's pictures along, too")
@click.option("--server", help="base URL of a running server; default: the data directory of this machine")
@click.option("--token", help="token for --server (GLOSSATOR_TOKEN)", envvar="GLOSSATOR_TOKEN")
def command(
    source: str,
    name: str,
    where: str,
    layers: tuple[str, ...],
    first: str,
    last: str,
    size: int,
    crate: str,
    base_url: str | None,
    images: bool,
    server: str | None,
    token: str | None,
) -> None:
    """Export what is published of a source. Formats of many files become a zip, or, where --out is a directory (or ends
    with a slash), files in it; there the same command again goes on where it was stopped. With --server always a zip.

    Exit code 1: nothing could be done, or a file is missing from what was written.
    """
    out = Path(where)
    if name == STATIC:
        if server:
            raise click.UsageError("A static site is made from a data directory. Leave --server out.")
        _check_folder(out)
        raise SystemExit(1 if _static(source, out, Part(layers, first, last), base_url, images) else 0)
    is_folder = where != "-" and (where.endswith("/") or out.is_dir())
    if is_folder:
        _check_files(FORMATS[name], out, server)
    if server:
        query = {"layer": ",".join(layers), "canvas_from": first, "canvas_to": last, "size": str(size), "crate": crate}
        _there(f"{server.rstrip('/')}/api/sources/{_id(source)}/export/{name}", query, out, token)
        return
    built = build(Settings())
    book = _book(built, source, Part(layers, first, last), base_url)
    options = Options(size=size, pictures=_pictures(built), crate=crate, folder=out if is_folder else None)
    raise SystemExit(1 if _write(FORMATS[name], book, options, out) else 0)


def _check_files(form: Format, out: Path, server: str | None) -> None:
    """Before anything is read or downloaded: whether the format can be written as files into the directory `out`."""
    if not form.is_folder:
        raise click.UsageError(f"{out} is a directory, and this format is one file. Name a file in it.")
    if server:
        raise click.UsageError(f"{out} is a directory, and a server sends a zip. Name a file that ends in .zip.")
    _check_folder(out)


def _check_folder(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise click.UsageError(f"{out} is a file, and many files are to be written. Name a directory.")


def _write(form: Format, book: Published, options: Options, out: Path) -> list[str]:
    """What is missing."""
    unread: set[int] = set()
    with _progress() as told, _explained(out):
        walked = _counted(book, told, unread)
        if options.folder:
            missing = archive.unpacked(form.entries(walked, options), out)
        else:
            _save(form.stream(walked, options), out)
            missing = []
    _report(missing)
    if unread:
        click.echo(
            f"{len(unread)} of {book.canvases} canvases were not read yet, so that nothing is known of them. "
            "A job reads them (POST /api/jobs, or the page of the source under /admin/).",
            err=True,
        )
    return missing


def _static(source: str, out: Path, part: Part, base_url: str | None, images: bool) -> list[str]:
    """What is missing."""
    built = build(Settings())
    row = built.sources.open(_id(source))
    links = StaticLinks((base_url or HERE).rstrip("/"))
    book = built.findings.published(row, links, part)
    with _progress() as told, _explained(out):
        missing = archive.unpacked(Site(built, row, _counted(book, told), out, images=images).entries(), out)
    _report(missing)
    click.echo(
        f"{out} is the content of {links.home()}: put it there and open that in a browser. "
        "For another address say --base-url again; to try it here: "
        f"--base-url http://127.0.0.1:8080, then python3 -m http.server -b 127.0.0.1 -d {out} 8080",
        err=True,
    )
    return missing


def _book(built: Services, source: str, part: Part, base_url: str | None) -> Published:
    base = (base_url or built.settings.base_url or HERE).rstrip("/")
    return built.findings.published(built.sources.open(_id(source)), Links(base), part)


def _there(url: str, query: dict[str, str], out: Path, token: str | None) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    told = {name: value for name, value in query.items() if value}
    try:
        with requests.get(url, params=told, headers=headers, stream=True, timeout=600) as answer:
            if answer.status_code != 200:
                raise click.ClickException(f"{url} was refused: {reason(answer)}")
            with bar("bytes") as shown, _explained(out):
                _save(_heard(answer.iter_content(2**16), lambda size: shown(size, 0, "bytes")), out)
    except requests.RequestException as error:
        raise click.ClickException(f"{url} broke off: {error}. Nothing was written.") from error


def _heard(pieces: Iterable[bytes], told: Callable[[int], None]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        yield piece
        size += len(piece)
        told(size)


def _save(pieces: Iterator[bytes], out: Path) -> None:
    """To a file, which appears when it is whole, or to standard output."""
    if str(out) == "-":
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    archive.put(out, pieces)


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    """What the disk says, with the file that it is about. What is fetched has errors of its own, and a reader of
    standard output may leave."""
    try:
        yield
    except OSError as error:
        if isinstance(error, GlossatorError | requests.RequestException | BrokenPipeError):
            raise
        what = f"{error.filename or out} cannot be written: {error.strerror or error}"
        raise click.ClickException(f"{what}. Make room for it, or choose another --out.") from error


def _counted(book: Published, told: Told, unread: set[int] | None = None) -> Published:
    """The same, telling how far each walk is, and which canvases (by place) were not read."""

    def walk() -> Iterator[CanvasAnnotations]:
        for done, page in enumerate(book, 1):
            told(done, book.canvases)
            if unread is not None and not page.is_read:
                unread.add(page.number)
            yield page

    return replace(book, walk=walk)


@contextmanager
def _progress() -> Iterator[Told]:
    """A bar where a person looks at a terminal."""
    if not Console(stderr=True).is_terminal:
        yield lambda done, total: None
        return
    with bar("canvases") as told:
        yield lambda done, total: told(done, total, "canvases")


def _report(missing: list[str]) -> None:
    for line in missing[:SHOWN]:
        click.echo(f"  missing: {line}", err=True)
    if len(missing) > SHOWN:
        click.echo(f"  and {len(missing) - SHOWN} more", err=True)
    if missing:
        click.echo("The same command again tries these again.", err=True)


def _pictures(built: Services) -> Pictures:
    return Pictures(built.remote, local=built.local.path, max_bytes=built.settings.max_picture)


def _id(source: str) -> str:
    return source_id(source) if ":" in source else source
