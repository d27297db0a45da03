"""What is mended in a publisher's document so that it can be used: a closed list of named repairs.

Each function of `REPAIRS` is one repair; its name is what is reported with the source. It changes the resource in place
and says whether it did. Everything that no repair names passes through as it came.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .language import LanguageMap, is_language_map, language_map
from .painting import contents, paintings
from .places import ARRAYS, LINKS, Place, resources
from .services import service_type
from .shape import JSON, identifier, kind, listed, objects, string, whole
from .vocabulary import ATTRIBUTION_LABEL, PRESENTATION_3, media_type3, motivation3, type3

_TEXTS = ("label", "summary")
_LABELLED = frozenset({"", "provider", "homepage", "rendering"})


def repair(document: JSON, *, url: str | None = None) -> tuple[str, ...]:
    """Mend a Manifest or Collection of version 3 in place; the names of the repairs that were needed.

    `url` is where it came from: the id of a document that tells none. Raises NotIIIF where its items cannot be told.
    """
    applied = set()
    for resource, place in resources(document, url):
        for mend in REPAIRS:
            if mend(resource, place):
                applied.add(mend.__name__)
    return tuple(mend.__name__ for mend in REPAIRS if mend.__name__ in applied)


def nulls_removed(resource: JSON, place: Place) -> bool:
    """`"navDate": null` says nothing, and clients stumble over it."""
    empty = [key for key, value in resource.items() if value is None]
    for key in empty:
        del resource[key]
    return bool(empty)


def drafts_read(resource: JSON, place: Place) -> bool:
    """What drafts of version 3 called otherwise: sequences of canvases, content of canvases, members of collections."""
    if "items" in resource:
        return False
    sequence = next(iter(objects(resource.get("sequences"))), {}) if place.type == "Manifest" else {}
    name = {"Manifest": "canvases", "Canvas": "content", "Collection": "members"}.get(place.type, "")
    holder = sequence or resource
    items = holder.get(name) or sequence.get("items")
    if not items:
        return False
    resource["items"] = items
    resource.pop("sequences" if sequence else name)
    return True


def keywords_renamed(resource: JSON, place: Place) -> bool:
    """`@id` and `@type` are `id` and `type` in version 3, except in services."""
    found = [key for key in ("@id", "@type") if key in resource and key[1:] not in resource]
    for key in found:
        value = resource.pop(key)
        resource[key[1:]] = type3(value) if key == "@type" and isinstance(value, str) else value
    return bool(found)


def id_added(resource: JSON, place: Place) -> bool:
    """A document without an id is called by its URL, a part without one by what it stands in."""
    if identifier(resource) or place.id is None:
        return False
    resource["id"] = place.id
    return True


def type_added(resource: JSON, place: Place) -> bool:
    """A resource without a type is what stands at its place."""
    if kind(resource):
        return False
    told = media_type3(string(resource.get("format"))) if place.name == "body" or place.name in LINKS else None
    if name := told or place.type:
        resource["type"] = name
    return bool(name)


def context_added(resource: JSON, place: Place) -> bool:
    """A document without a Presentation context."""
    contexts = listed(resource.get("@context"))
    if place.path != "$" or any("iiif.io/api/presentation" in item for item in contexts if isinstance(item, str)):
        return False
    resource["@context"] = [*contexts, PRESENTATION_3] if contexts else PRESENTATION_3
    return True


def texts_mapped(resource: JSON, place: Place) -> bool:
    """Texts are language maps: not strings, not numbers, not with the draft's `@none`."""
    changed = [_mapped(resource, key) for key in _TEXTS]
    if isinstance(resource.get("requiredStatement"), str):
        resource["requiredStatement"] = {"value": resource["requiredStatement"]}
    for statement in objects(resource.get("requiredStatement")):
        changed += [_mapped(statement, "value"), _mapped(statement, "label", ATTRIBUTION_LABEL)]
    for entry in objects(resource.get("metadata")):
        if "label" in entry or "value" in entry:
            changed += [_mapped(entry, key, {"none": [""]}) for key in ("label", "value")]
    return any(changed)


def _mapped(resource: JSON, key: str, default: LanguageMap | None = None) -> bool:
    value = resource.get(key)
    if is_language_map(value) or (texts := language_map(value) or default) is None:
        return False
    resource[key] = texts
    return True


def lists_made(resource: JSON, place: Place) -> bool:
    """Properties that may have several values are arrays, even with one (P3, 4.3)."""
    found = [key for key in ARRAYS if key in resource and not isinstance(resource[key], list)]
    for key in found:
        resource[key] = [resource[key]]
    return bool(found)


def links_made(resource: JSON, place: Place) -> bool:
    """Links are objects with an id and a type, not bare URIs (P3, 4.2)."""
    found = [key for key in LINKS if any(isinstance(link, str) for link in listed(resource.get(key)))]
    for key in found:
        resource[key] = [
            {"id": link, "type": LINKS[key]} if isinstance(link, str) else link for link in listed(resource[key])
        ]
    return bool(found)


def unusable_left_out(resource: JSON, place: Place) -> bool:
    """Values of which no client could make anything: a number as a link, an entry without label, an empty text."""
    before = len(resource), sum(len(resource[key]) for key in ARRAYS if key in resource)
    for key in ARRAYS:
        if key in resource and not (key == "items" and place.name in ("", "body")):
            resource[key] = [item for item in resource[key] if _usable(item, key)]
    for key in _TEXTS:
        if key in resource and not is_language_map(resource[key]):
            del resource[key]
    if "requiredStatement" in resource and not _is_entry(resource["requiredStatement"]):
        del resource["requiredStatement"]
    return before != (len(resource), sum(len(resource[key]) for key in ARRAYS if key in resource))


def _usable(item: Any, key: str) -> bool:
    if key == "behavior":
        return isinstance(item, str)
    if key == "metadata":
        return _is_entry(item)
    return isinstance(item, dict)


def _is_entry(item: Any) -> bool:
    return isinstance(item, dict) and all(is_language_map(item.get(key)) for key in ("label", "value"))


def label_added(resource: JSON, place: Place) -> bool:
    """What has to have a label is called by its id."""
    if "label" in resource or place.name not in _LABELLED:
        return False
    resource["label"] = {"none": [identifier(resource) or place.path]}
    return True


def services_typed(resource: JSON, place: Place) -> bool:
    """A service without a type; it is told by its context or profile."""
    found = [entry for key in ("service", "services") for entry in objects(resource.get(key)) if not kind(entry)]
    for entry in found:
        entry["@type" if "@id" in entry else "type"] = service_type(entry)
    return bool(found)


def numbers_read(resource: JSON, place: Place) -> bool:
    """Sizes are whole numbers: not text, not fractions."""
    found = [key for key in ("width", "height") if key in resource and type(resource[key]) is not int]
    sizes: JSON = {key: size for key in found if (size := whole(resource[key]))}
    resource.update(sizes)
    return bool(sizes)


def images_wrapped(resource: JSON, place: Place) -> bool:
    """An image where its painting annotation should stand, or an annotation that calls itself an image."""
    if place.type != "Annotation" or kind(resource) != "Image":
        return False
    if "body" not in resource:
        body = dict(resource)
        resource.clear()
        resource.update({"id": place.id, "motivation": "painting", "body": body})
    resource["type"] = "Annotation"
    return True


def motivation_read(resource: JSON, place: Place) -> bool:
    """What stands in `items` of a canvas paints, said plainly: `painting`, not nothing and not `sc:painting`."""
    if place.type != "Annotation" or kind(resource) != "Annotation":
        return False
    names = [motivation3(name) for name in listed(resource.get("motivation")) if isinstance(name, str)]
    if names and "sc:painting" not in listed(resource.get("motivation")):
        return False
    resource["motivation"] = names[0] if len(names) == 1 else names or "painting"
    return True


def painting_targets_made_strings(resource: JSON, place: Place) -> bool:
    """A painting target as an object is valid and shows no image in Mirador 4.0: what a fragment can say, it says.
    One that is missing is the canvas."""
    if place.type != "Annotation" or place.canvas is None or kind(resource) != "Annotation":
        return False
    target = resource.get("target")
    made = _target_string(target[0] if isinstance(target, list) and len(target) == 1 else target, place.canvas)
    if made is None or made == target:
        return False
    resource["target"] = made
    return True


def _target_string(target: Any, canvas: str) -> str | None:
    """None: it says more than a string can."""
    if isinstance(target, str) and target:
        return target
    if not isinstance(target, dict):
        return None if isinstance(target, list) and target else canvas
    uri = identifier(target.get("source")) if "source" in target else identifier(target)
    selectors = listed(target.get("selector"))
    if not selectors:
        return uri or canvas
    values = [item.get("value") for item in objects(selectors) if kind(item) == "FragmentSelector"]
    value = string(values[0]) if len(values) == len(selectors) == 1 else None
    return f"{uri}#{value.removeprefix('#')}" if uri and value else None


def canvas_size_taken_from_image(resource: JSON, place: Place) -> bool:
    """A canvas without a size has that of the one image it shows, if the manifest tells it."""
    if place.type != "Canvas" or any(key in resource for key in ("width", "height", "duration")):
        return False
    bodies = [body for annotation in paintings(resource) for body in contents(annotation.get("body"))]
    width, height = (whole(bodies[0].get(key)) if len(bodies) == 1 else None for key in ("width", "height"))
    if not width or not height:
        return False
    resource.update({"width": width, "height": height})
    return True


REPAIRS: tuple[Callable[[JSON, Place], bool], ...] = (
    nulls_removed,
    drafts_read,
    keywords_renamed,
    images_wrapped,
    id_added,
    type_added,
    context_added,
    texts_mapped,
    lists_made,
    links_made,
    unusable_left_out,
    label_added,
    services_typed,
    numbers_read,
    motivation_read,
    painting_targets_made_strings,
    canvas_size_taken_from_image,
)
