"""The doors of variants: manifests, canvases and pages with derived images beside the originals (design, section 6)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from flask import Blueprint, Response, request

from iiif_store.curated import LAYER
from iiif_store.image_api.whole import whole_jpeg
from iiif_store.links import VariantLinks, Version
from server import respond
from server.context import links, services
from server.errors import NotComputed
from server.images import StoredImage
from server.unseekable import zipped
from server.variants import IMAGE, Picture
from server.web.computing import may_compute, read
from server.web.opening import opened

door = Blueprint("variants", __name__, url_prefix="/iiif")

COLUMNS = ("file", "canvas", "image", "run", "rights", "attribution")


@door.get("/<version:version>/<key:source>/variants/<name:variant>/manifest")
def manifest(version: Version, source: str, variant: str) -> Response:
    """The book with its derived images; `?layers=a,b` only with some of its layers. Computes nothing."""
    found = opened(source, refresh=request.method == "GET")
    asked = request.args.get("layers")
    layers = [LAYER, *(layer.name for layer in found.source.layers)] if asked is None else asked.split(",")
    body = services().variants.manifest(
        found.source, _links(variant, version), layers=layers, all_pages=may_compute(found.source)
    )
    return respond.presentation(body, version, keep=None, age=found.age)


@door.get("/<version:version>/<key:source>/variants/<name:variant>/canvas/<key:canvas>")
def canvas(version: Version, source: str, variant: str, canvas: str) -> Response:
    """One canvas of it."""
    found = opened(source).source
    body = services().variants.canvas(found, canvas, _links(variant, version), all_pages=may_compute(found))
    return respond.presentation(body, version, keep=None)


@door.get("/<version:version>/<key:source>/variants/<name:variant>/<key:canvas>/<layer:layer>")
def page(version: Version, source: str, variant: str, canvas: str, layer: str) -> Response:
    """The annotations of one canvas, as for the originals, on the canvas of the variant."""
    found = opened(source)
    minted = _links(variant, version)
    services().variants.layer(found.source, variant)
    if layer == LAYER:
        written = services().curated.page(found.source, canvas, minted, version)
        body = services().variants.curated(found.source, written, minted)
        return respond.presentation(body, version, keep=None)
    place = services().pages.find(found.source, canvas, layer)
    body = services().pages.page(place, read(place, version), minted, version)
    return respond.presentation(body, version, keep=found.keep)


@door.get("/<version:version>/<key:source>/variants/<name:variant>/layers/<layer:layer>")
def layer(version: Version, source: str, variant: str, layer: str) -> Response:
    """All pages of a layer."""
    found = opened(source).source
    services().variants.layer(found, variant)
    minted = _links(variant, version)
    if layer == LAYER:
        body = services().curated.collection(found, minted, version)
    else:
        body = services().pages.collection(found, layer, minted, version)
    return respond.presentation(body, version, keep=None)


@door.get("/3/<key:source>/variants/<name:variant>/annotation/<annotation:name>")
def annotation(source: str, variant: str, name: str) -> Response:
    """One annotation of it."""
    canvas, revision, number = name.split("-")
    found = opened(source)
    services().variants.layer(found.source, variant)
    body = services().pages.annotation(found.source, canvas, revision, int(number), _links(variant, "3"))
    return respond.annotation(body, keep=found.keep)


@door.get("/3/<key:source>/variants/<name:variant>.zip")
def archive(source: str, variant: str) -> Response:
    """The derived images that are computed, as JPEG files, and a table of where they come from."""
    found, minted = opened(source).source, _links(variant, "3")
    pictures = list(services().variants.pictures(found, variant))
    if not pictures:
        raise NotComputed(
            f"No picture of this variant is computed yet. Look at it at {minted.view(found.id)}&variant={variant}, or "
            f"have all pictures computed by a job: POST {minted.base}/api/jobs."
        )
    saved = ("Content-Disposition", f'attachment; filename="{found.id}-{variant}.zip"')
    body = zipped(_files(pictures, minted))
    return Response(body, 200, [saved, ("Cache-Control", "no-cache")], mimetype="application/zip")


def derived(image: str) -> StoredImage | None:
    """The derived image of this public id, for the Image API; None for an id of another form. The first GET of any part
    of it has it computed, as that of a page does, and raises the same; a deleted source raises Gone."""
    match = IMAGE.fullmatch(image)
    if match is None:
        return None
    source, canvas, revision, number = match.groups()
    place = services().variants.place(opened(source).source, canvas, revision)
    found = services().variants.picture(place, read(place, "image"), int(number))
    variant = services().recipes.info_of(place.task.recipe).variant
    manifest = VariantLinks("", variant).manifest(source).lstrip("/") if variant else None
    return StoredImage(found.record, found.file, source=source, manifest=manifest)


def _links(variant: str, version: Version) -> VariantLinks:
    return VariantLinks(links().base, variant, version)


def _files(pictures: list[Picture], links: VariantLinks) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file, made as it is asked for; the table last, when all are known to be there."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for picture in pictures:
        record = picture.record
        name = f"{picture.page:04d}-{record.id}.jpg"
        yield name, whole_jpeg(record, picture.file)
        run = links.run(record.revision or "")
        writer.writerow((name, picture.canvas.id, links.image(record.id), run, record.rights, record.attribution))
    yield "pictures.csv", table.getvalue().encode()
