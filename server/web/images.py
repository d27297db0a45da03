"""Pictures that live here (the sample): Image API 3.0, level 0, whole and in any width."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue

from server import respond
from server.context import links, services
from server.local import level0_info, reduced, size_of

DAY = 86400

door = Blueprint("images", __name__, url_prefix="/iiif/image/3")


@door.get("/<name:image>/info.json")
def info(image: str) -> Response:
    """info.json of a picture."""
    scan = services().local.scan(image)
    return respond.image_info(orjson.dumps(level0_info(scan, links().base)))


@door.get("/<name:image>")
def base(image: str) -> Response:
    """The base URI leads to info.json (Image API 3.0, section 2)."""
    services().local.scan(image)
    return respond.elsewhere(f"{links().image(image)}/info.json")


@door.get("/<name:image>/full/<size>/0/default.jpg")
def picture(image: str, size: str) -> ResponseReturnValue:
    """The whole picture: `max`, `w,` or the `w,h` of a width."""
    scan = services().local.scan(image)
    wanted = size_of(scan, size)
    if wanted == (scan.width, scan.height):
        return send_file(scan.file, mimetype="image/jpeg", conditional=True, max_age=DAY)
    return send_file(reduced(scan, wanted), mimetype="image/jpeg", etag=f"{image}-{wanted[0]}", max_age=DAY)
