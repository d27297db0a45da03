"""Reading a publisher's document: bytes or JSON in, a Manifest or Collection out, or NotIIIF."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from .errors import NotIIIF
from .links import Version
from .manifest import Collection, Manifest
from .repair import repair
from .shape import JSON, kind, listed
from .upgrade import upgrade
from .vocabulary import OLD_PRESENTATION, type3

if TYPE_CHECKING:
    from .fetch.remote import Remote

_OTHERS = {
    "AnnotationPage": "an annotation page or list; give the manifest that it belongs to",
    "AnnotationCollection": "an annotation collection or layer; give the manifest that it belongs to",
    "Annotation": "a single annotation; give the manifest that it belongs to",
    "Canvas": "a single canvas; give the manifest that it belongs to",
    "Range": "a single range; give the manifest that it belongs to",
    "sc:Sequence": "a single sequence; give the manifest that it belongs to",
    "OrderedCollection": "a stream of activities; give one of the manifests that it names",
    "OrderedCollectionPage": "a stream of activities; give one of the manifests that it names",
    "ImageService3": "the info.json of an image; give a manifest that shows it",
}
_IMAGE_INFO = "the info.json of an image; give a manifest that shows it"


def parse(data: bytes | JSON, *, url: str | None = None) -> Manifest | Collection:
    """Read a Manifest or Collection of version 2 or 3. `url` is where it came from; it names the document in errors,
    and is its id if it has none. Raises NotIIIF with the JSON path of what cannot be used; nothing else.

    What is given is copied, not kept.
    """
    try:
        return _parse(_decoded(data), url)
    except NotIIIF as error:
        raise NotIIIF(error.reason, path=error.path, url=url) from error
    except RecursionError as error:
        raise NotIIIF("nested too deeply to be read", url=url) from error


def load(where: str | Path | JSON, remote: Remote | None = None) -> Manifest | Collection:
    """Open a Manifest or Collection by URL, by file or as parsed JSON, with canvases that can fetch their pictures.

    Raises NotIIIF, FetchFailed or FetchRefused, and OSError for a file. `remote` says how to fetch; the default asks
    public addresses only.
    """
    from .fetch.remote import Remote  # the network, which the server's documents do without
    from .workbench import Workbench

    bench = Workbench(remote or Remote())
    if isinstance(where, dict):
        found = parse(where)
    elif isinstance(where, str) and where.startswith(("http://", "https://")):
        found = parse(bench.remote.get(where).body, url=where)
    else:
        found = parse(Path(where).read_bytes())
    return replace(found, desk=bench) if isinstance(found, Manifest) else found


def _parse(original: Any, url: str | None) -> Manifest | Collection:
    version = _recognised(original)
    document = _copied(original)
    if version == "2":
        document = upgrade(document)
    document["type"] = type3(kind(document))
    repairs = repair(document, url=url)
    make = Manifest if document["type"] == "Manifest" else Collection
    return make(document, original, version, repairs)


def _decoded(data: bytes | JSON) -> Any:
    if not isinstance(data, bytes):
        return _copied(data)
    try:
        return orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        hint = "an HTML page" if data.lstrip()[:1] == b"<" else "not JSON"
        raise NotIIIF(f"{hint}, where a manifest was expected: {error}") from error


def _copied(document: Any) -> Any:
    """A deep copy, and the check that it can be written as JSON again: not nested beyond what orjson writes."""
    try:
        return orjson.loads(orjson.dumps(document))
    except orjson.JSONEncodeError as error:
        raise NotIIIF(f"not JSON: {error}") from error


def _recognised(document: Any) -> Version:
    """The version of a Manifest or Collection; raises NotIIIF for anything else, saying what it is."""
    if not isinstance(document, dict):
        raise NotIIIF("not a IIIF document: its JSON is no object")
    name = type3(kind(document))
    contexts = [item for item in listed(document.get("@context")) if isinstance(item, str)]
    if name in ("Manifest", "Collection"):
        old = any(OLD_PRESENTATION.search(item) for item in contexts)
        return "2" if old or ("@type" in document and "type" not in document) else "3"
    if any("/image/" in item or "image-api" in item for item in contexts) or "protocol" in document:
        raise NotIIIF(_IMAGE_INFO, path="$")
    if name in _OTHERS:
        raise NotIIIF(_OTHERS[name], path="$.type" if "type" in document else "$.@type")
    if not name:
        raise NotIIIF("not a IIIF document: it has no type", path="$.type")
    raise NotIIIF(f"not a Manifest or Collection but {name!r}", path="$.type" if "type" in document else "$.@type")
