"""Whether everything of a document of Presentation 2 is still in what we publish of it as version 3, key by key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.spec.comparison import (
    JSON,
    Rule,
    entry,
    list_of,
    listed,
    motivation,
    number,
    resource,
    same,
    service,
    statement,
    target,
    texts,
    texts_kept,
    type_kept,
    uri,
)

RENAMED_2 = {
    "@id": "id",
    "@type": "type",
    "description": "summary",
    "related": "homepage",
    "within": "partOf",
    "resource": "body",
    "on": "target",
    "full": "source",
    "chars": "value",
    "style": "styleClass",
    "otherContent": "annotations",
    "startCanvas": "start",
    "contentLayer": "supplementary",
}
"""What properties of version 2 are called in version 3."""


def missing_of_2(original: JSON, published: JSON) -> list[str]:
    """What of `original`, of version 2, is not in `published`, of version 3. Empty: all is there."""
    return list(_contained_2(original, published, "$"))


def _contained_2(old: JSON, new: JSON, path: str) -> Iterator[str]:
    overruled = next((item for item in listed(old.get("sequences")) if isinstance(item, dict)), {})
    for key, value in old.items():
        if value is None or value == "" or (path == "$" and key in ("@id", "@context")):
            continue
        if key in ("viewingHint", "viewingDirection") and key in overruled:
            continue  # what the first sequence says holds
        if key in STRUCTURE_2:
            yield from STRUCTURE_2[key](value, new, f"{path}.{key}")
            continue
        name = key if key in new and key not in RULES_2 else RENAMED_2.get(key, key)
        if key == "@context":
            continue
        if name not in new:
            yield from [] if key in ("label", "description") and not texts(value) else [f"{path}: {key}"]
        else:
            yield from RULES_2.get(key, same)(value, new[name], f"{path}.{name}")


def _two(old: Any, new: Any, path: str) -> Iterator[str]:
    yield from resource(_contained_2)(old, new, path)


def _among(old: Any, new: Any, path: str) -> Iterator[str]:
    """Links, in their order, perhaps with those of a sequence among them."""
    found = {uri(link): link for link in listed(new)}
    before = [link for link in listed(old) if link]
    if [uri(link) for link in listed(new) if uri(link) in map(uri, before)] != [uri(link) for link in before]:
        yield f"{path}: {[uri(link) for link in before]} is {list(found)}"
    for link in before:
        yield from _two(link, found.get(uri(link)), path)


def _attribution(old: Any, new: JSON, path: str) -> Iterator[str]:
    yield from texts_kept(old, [new.get("requiredStatement", {}).get("value"), new.get("attribution")], path)


def _license(old: Any, new: JSON, path: str) -> Iterator[str]:
    """In `rights`, which has http and /vocab/, or in the metadata."""
    told = [new.get("rights"), *texts(new.get("metadata"))]
    for item in listed(old):
        found = str(uri(item))
        plain = found.replace("https:", "http:")
        if not {found, plain, plain.replace("/page/", "/vocab/")} & {str(text) for text in told}:
            yield f"{path}: {found}"


def _logo(old: Any, new: JSON, path: str) -> Iterator[str]:
    logos = [uri(logo) for agent in listed(new.get("provider")) for logo in listed(agent.get("logo"))]
    logos += [uri(logo) for logo in listed(new.get("logo"))]
    yield from (f"{path}: {uri(logo)}" for logo in listed(old) if uri(logo) not in logos)


def _viewing_hint(old: Any, new: JSON, path: str) -> Iterator[str]:
    """`top` is said by where a range stands."""
    told = [*listed(new.get("behavior")), *listed(new.get("viewingHint"))]
    yield from (f"{path}: {hint}" for hint in listed(old) if hint not in told and hint != "top")


def _sequences(old: Any, new: JSON, path: str) -> Iterator[str]:
    """The first is the manifest's own order; its id and label are given up. Others are ranges."""
    first, *others = [item for item in listed(old) if isinstance(item, dict)]
    own = {key: value for key, value in first.items() if key not in ("@id", "@type", "@context", "label", "canvases")}
    yield from _contained_2(own, new, path)
    canvases = listed(first.get("canvases"))
    for n, (canvas, item) in enumerate(zip(canvases, new["items"], strict=False)):
        yield from _contained_2(canvas, item, f"{path}[0].canvases[{n}]")
    if len(canvases) > len(new["items"]):
        yield f"{path}: canvases"
    ids = {uri(item) for item in new["items"]}
    orders = {uri(found) for found in listed(new.get("structures")) if "sequence" in listed(found.get("behavior"))}
    for n, other in enumerate(others, 1):
        yield from (f"{path}[{n}]: {uri(item)}" for item in listed(other.get("canvases")) if uri(item) not in ids)
        if uri(other) and uri(other) not in orders:
            yield f"{path}[{n}]: the order {uri(other)}"


def _images(old: Any, new: JSON, path: str) -> Iterator[str]:
    pages = listed(new.get("items"))
    painted = [annotation for page in pages[-1:] for annotation in listed(page.get("items"))]
    for n, (one, other) in enumerate(zip([i for i in listed(old) if isinstance(i, dict)], painted, strict=False)):
        yield from _contained_2(one, other, f"{path}[{n}]")
    if len([item for item in listed(old) if isinstance(item, dict)]) > len(painted):
        yield f"{path}: images"


def _structures(old: Any, new: JSON, path: str) -> Iterator[str]:
    ranges = dict(_ranges(new.get("structures")))
    for n, one in enumerate(listed(old)):
        other = ranges.get(uri(one))
        if uri(one) is None:
            continue
        if other is None:
            yield f"{path}[{n}]: {uri(one)}"
            continue
        own = {key: value for key, value in one.items() if key not in ("@type", "ranges", "canvases", "members")}
        yield from _contained_2(own, other, f"{path}[{n}]")
        members = listed(one.get("members")) or [*listed(one.get("canvases")), *listed(one.get("ranges"))]
        inside = {uri(item) for item in other["items"]}
        yield from (f"{path}[{n}]: {uri(item)}" for item in members if uri(item) and uri(item) not in inside)


def _ranges(found: Any) -> Iterator[tuple[Any, JSON]]:
    for item in listed(found):
        if isinstance(item, dict) and "items" in item:
            yield item.get("id"), item
            yield from _ranges(item["items"])


def _choice(old: Any, new: JSON, path: str) -> Iterator[str]:
    for item in listed(old):
        inner = [list(_two(item, option, path)) for option in listed(new.get("items"))]
        if all(inner):
            yield f"{path}: {str(item)[:80]}"


def _collected(old: Any, new: JSON, path: str) -> Iterator[str]:
    items = {uri(item): item for item in listed(new.get("items"))}
    for n, one in enumerate(listed(old)):
        if uri(one) not in items:
            yield f"{path}[{n}]: {uri(one)}"
        elif isinstance(one, dict):
            yield from _contained_2(one, items[uri(one)], f"{path}[{n}]")


def _selector(old: Any, new: Any, path: str) -> Iterator[str]:
    yield from (f"{path}: {text}" for text in texts(old) if ":" not in text and text not in texts(new))


STRUCTURE_2: dict[str, Rule] = {
    "sequences": _sequences,
    "images": _images,
    "structures": _structures,
    "attribution": _attribution,
    "license": _license,
    "logo": _logo,
    "viewingHint": _viewing_hint,
    "default": _choice,
    "item": _choice,
    "collections": _collected,
    "manifests": _collected,
    "members": _collected,
}

RULES_2: dict[str, Rule] = {
    "@type": type_kept,
    "label": texts_kept,
    "description": texts_kept,
    "requiredStatement": statement,
    "metadata": list_of(entry),
    "thumbnail": _among,
    "related": _among,
    "rendering": _among,
    "seeAlso": _among,
    "within": _among,
    "otherContent": list_of(_two),
    "service": list_of(service),
    "resource": _two,
    "full": _two,
    "on": target,
    "selector": _selector,
    "stylesheet": _two,
    "motivation": motivation,
    "startCanvas": _two,
    "contentLayer": _two,
    "width": number,
    "height": number,
}
