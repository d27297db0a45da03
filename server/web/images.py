"""The Image API, 3.0 and 2.1, level 2: pictures and their info.json. Warm pictures are answered before, see drawing."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response

from iiif_store.image_api import info
from iiif_store.image_api.request import BadImageRequest, parse
from iiif_store.links import Links, Version
from server import respond
from server.context import doors, links
from server.images import OpenImage

door = Blueprint("images", __name__, url_prefix="/iiif/image")


@door.get("/<version:version>/<path:rest>", merge_slashes=False)
def image(version: Version, rest: str) -> Response:
    """A picture, its info.json, or from its base URI the way there (section 2)."""
    name, *parameters = rest.split("/")
    match parameters:
        case [region, size, rotation, file]:
            # What is no request is refused before anything is looked for or computed.
            request = parse(version, region, size, rotation, file)
            return respond.image(doors().drawing.answer(request, doors().opened.open(name), links()))
        case ["info.json"]:
            return respond.image_info(orjson.dumps(_info(version, doors().opened.open(name), links())), version)
        case [] | [""]:
            return respond.elsewhere(f"{links().image(doors().opened.open(name).name, version)}/info.json")
    doors().opened.open(name)
    raise BadImageRequest("After the image come its region, size, rotation, and quality.format, or info.json.")


def _info(version: Version, image: OpenImage, minted: Links) -> dict[str, object]:
    record, manifest = image.stored.record, image.stored.manifest
    label = {"label": {"none": [record.label]}} if record.label else {}
    part_of = [{"id": f"{minted.base}/{manifest}", "type": "Manifest", **label}] if manifest else []
    told = {"en": ["How this picture was made"]}
    run = {"type": "Dataset", "label": told, "format": "application/ld+json"}
    see_also = [{"id": minted.run(record.revision), **run}] if record.revision else []
    terms = info.Terms(record.rights, record.attribution, see_also, part_of)
    return info.document(version, minted.image(image.name, version), image.shape, terms)
