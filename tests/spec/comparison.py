"""Whether everything of a publisher's document is still in what we publish, compared key by key.

Written from the specifications, not from the code under test. What may be called or written otherwise stands in the
tables; everything else has to be there under its name with an equal value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

JSON = dict[str, Any]
Rule = Callable[[Any, Any, str], Iterator[str]]

APPENDED = {"metadata", "seeAlso", "annotations", "partOf", "otherContent", "attribution", "requiredStatement"}
"""Where we may add something at the end, on the manifest or its canvases."""

TYPES_2 = {
    "sc:manifest": "Manifest",
    "sc:collection": "Collection",
    "sc:canvas": "Canvas",
    "sc:range": "Range",
    "sc:annotationlist": "AnnotationPage",
    "sc:layer": "AnnotationCollection",
    "oa:annotation": "Annotation",
    "dctypes:image": "Image",
    "dcterms:image": "Image",
    "dctypes:sound": "Sound",
    "dctypes:audio": "Sound",
    "dctypes:movingimage": "Video",
    "dctypes:text": "Text",
    "cnt:contentastext": "TextualBody",
    "oa:choice": "Choice",
    "oa:specificresource": "SpecificResource",
    "oa:fragmentselector": "FragmentSelector",
    "oa:svgselector": "SvgSelector",
    "iiif:imageapiselector": "ImageApiSelector",
    "oa:tag": "TextualBody",
    "oa:cssstyle": "CssStylesheet",
}

DRAFT_3 = {"content": "items", "members": "items", "@id": "id", "@type": "type"}
"""Names that drafts of version 3 had."""


def missing_in_3(original: JSON, published: JSON) -> list[str]:
    """What of `original` is not in `published`, both of version 3. Empty: all is there."""
    return list(contained(original, published, "$"))


def missing_in_2(original: JSON, published: JSON) -> list[str]:
    """What of a document of version 2 is not in its enriched copy of version 2, where everything keeps its name."""
    return list(_same_version(original, published, "$"))


def listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def uri(value: Any) -> Any:
    return (value.get("id") or value.get("@id")) if isinstance(value, dict) else value


def texts(value: Any) -> list[str]:
    """Every text in a value of any version, without its language."""
    if isinstance(value, dict):
        if "@value" in value:
            return texts(value["@value"])
        spoken = [inner for key, inner in value.items() if not key.startswith("@") or key == "@none"]
        return [text for inner in spoken for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [] if value is None else [str(value).lower() if isinstance(value, bool) else str(value)]


def languages(value: Any) -> set[str]:
    """The languages that a text of any version is marked with."""
    if isinstance(value, list):
        return set().union(*(languages(item) for item in value), set())
    if not isinstance(value, dict):
        return set()
    if "@value" in value:
        return {value["@language"]} if value.get("@language") else set()
    return {key for key in value if key not in ("none", "@none") and not key.startswith("@")}


def texts_kept(old: Any, new: Any, path: str) -> Iterator[str]:
    found = texts(new)
    for text in texts(old):
        # Ours may follow; an object that is no text of any version is told as JSON.
        if text and not any(it.startswith(text) or (it.startswith("{") and text in it) for it in found):
            yield f"{path}: the text {text[:60]!r}"
    if texts(old) and not languages(old) <= languages(new) and not any(it.startswith("{") for it in found):
        yield f"{path}: the languages {languages(old) - languages(new)}"


def same(old: Any, new: Any, path: str) -> Iterator[str]:
    if old != new:
        yield f"{path}: {str(old)[:80]!r} is {str(new)[:80]!r}"


def number(old: Any, new: Any, path: str) -> Iterator[str]:
    try:
        kept = round(float(old)) == new or old == new
    except (TypeError, ValueError):
        kept = old == new
    if not kept:
        yield f"{path}: {old!r} is {new!r}"


def type_kept(old: Any, new: Any, path: str) -> Iterator[str]:
    names = [TYPES_2.get(str(name).lower(), name) for name in listed(old)]
    if names == ["Image"] and new == "Annotation":
        return  # an annotation that called itself an image
    if names and new not in names and new != "TextualBody":
        yield f"{path}: {old!r} is {new!r}"


def motivation(old: Any, new: Any, path: str) -> Iterator[str]:
    for name in listed(old):
        bare = str(name).removeprefix("sc:").removeprefix("oa:")
        if bare not in listed(new) and not (bare == "painting" and "supplementing" in listed(new)):
            yield f"{path}: the motivation {name}"


def in_order(old: Any, new: Any, path: str, inner: Rule) -> Iterator[str]:
    """The same things in the same order; more may follow where we may append."""
    before, after = [item for item in listed(old) if item not in (None, "")], listed(new)
    if len(before) > len(after):
        yield f"{path}: {len(before)} are {len(after)}"
    key = path.rpartition(".")[2]
    if len(after) > len(before) and key not in APPENDED:
        yield f"{path}: {len(before)} became {len(after)}"
    for n, (one, other) in enumerate(zip(before, after, strict=False)):
        yield from inner(one, other, f"{path}[{n}]")


def resource(contained: Rule) -> Rule:
    """A resource given as an object or as its URI."""

    def rule(old: Any, new: Any, path: str) -> Iterator[str]:
        if isinstance(old, dict) and isinstance(new, dict):
            yield from contained(old, new, path)
        elif isinstance(old, list) and isinstance(new, list):
            yield from in_order(old, new, path, rule)
        elif not isinstance(old, dict) and uri(new) != old and old != new:
            yield f"{path}: {str(old)[:80]!r} is {str(new)[:80]!r}"

    return rule


def target(old: Any, new: Any, path: str) -> Iterator[str]:
    """A target may become a string that says the same."""
    if isinstance(new, str) and not isinstance(old, str):
        for part in listed(old)[:1] if isinstance(old, list | dict) else []:
            source = uri(part.get("source") or part.get("full") or part)
            values = [selector.get("value", "") for selector in listed(part.get("selector"))]
            if not new.startswith(str(source)) or any(value not in new for value in values):
                yield f"{path}: {old} is {new}"
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from contained(old, new, path)
    elif old != new and isinstance(old, str):
        yield f"{path}: {old} is {new}"


def service(old: Any, new: Any, path: str) -> Iterator[str]:
    """Only a type may be added and the context, which the type tells in version 3, may go."""
    if isinstance(old, str) or not isinstance(new, dict):
        yield from same(old, uri(new), path)
        return
    for key, value in old.items():
        other = {"@id": "id", "@type": "type", "id": "@id", "type": "@type"}.get(key, key)
        kept = new.get(key, new.get(other))
        if key == "service":
            yield from in_order(value, kept, f"{path}.service", service)
        elif key != "@context":
            yield from same(value, kept, f"{path}.{key}")


def entry(old: Any, new: Any, path: str) -> Iterator[str]:
    """An entry of the metadata; one that is no entry cannot be shown by anything."""
    if isinstance(old, dict) and ("label" in old or "value" in old):
        for key, value in old.items():
            yield from (texts_kept if key in ("label", "value") else same)(value, new.get(key), f"{path}.{key}")


def list_of(inner: Rule) -> Rule:
    return lambda old, new, path: in_order(old, new, path, inner)


def contained(old: JSON, new: JSON, path: str) -> Iterator[str]:
    for key, value in old.items():
        if value is None or (key == "sequences" and path == "$"):
            continue
        name = DRAFT_3.get(key, key) if key not in new else key
        if name not in new:
            yield f"{path}: {key}"
        elif not (path == "$" and name in ("id", "@context")):
            yield from RULES_3.get(name, same)(value, new[name], f"{path}.{name}")
    for sequence in listed(old.get("sequences"))[:1] if path == "$" else []:
        yield from in_order(sequence.get("canvases"), new.get("items"), "$.items", contained)


def statement(old: Any, new: Any, path: str) -> Iterator[str]:
    if isinstance(old, dict):
        for key in ("label", "value"):
            yield from texts_kept(old.get(key), new.get(key), f"{path}.{key}")
    else:
        yield from texts_kept(old, new.get("value"), path)


_links = list_of(resource(contained))

RULES_3: dict[str, Rule] = {
    "label": texts_kept,
    "summary": texts_kept,
    "requiredStatement": statement,
    "metadata": list_of(entry),
    "items": _links,
    "annotations": _links,
    "structures": _links,
    "seeAlso": _links,
    "homepage": _links,
    "rendering": _links,
    "thumbnail": _links,
    "provider": _links,
    "logo": _links,
    "partOf": _links,
    "behavior": list_of(same),
    "service": list_of(service),
    "services": list_of(service),
    "motivation": motivation,
    "target": target,
    "width": number,
    "height": number,
    "body": resource(contained),
    "source": resource(contained),
    "supplementary": resource(contained),
}


def _same_version(old: Any, new: Any, path: str) -> Iterator[str]:
    """Version 2 in version 2: equal, but for our id and label, and for what is appended."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key not in new:
                yield f"{path}: {key}"
            elif key in ("label", "attribution") and path == "$":
                yield from texts_kept(value, new[key], f"{path}.{key}")
            elif not (key == "@id" and path == "$"):
                yield from _same_version(value, new[key], f"{path}.{key}")
    elif isinstance(new, list):
        yield from in_order(old, new, path, _same_version)
    else:
        yield from same(old, new, path)
