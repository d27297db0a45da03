"""Tables of contents: the flat ranges of version 2, the nested ones of version 3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .properties3 import content3
from .shape import JSON, identifier, kind, listed, objects

_DEEPEST = 20
"""Nesting goes no deeper; what lies below stands beside, referred to. Real books have five levels."""


def nested(ranges: list[JSON], members: dict[int, list[Any]]) -> list[JSON]:
    """Converted ranges of version 2, in place, as a tree. `members` are the references of each, by `id()` of the range.

    A range that several name stands in the first and is referred to in the others; so is one inside itself.
    """
    by_id = {uri: found for found in reversed(ranges) if (uri := identifier(found))}
    named = {uri for found in ranges for uri in _ranges_in(members[id(found)], by_id)}
    roots = [found for found in ranges if identifier(found) not in named]
    placed: set[int] = set()
    tree = [_placed(root, 0, members, by_id, placed) for root in roots]
    # What is left lies below the deepest level, or is named by its own descendants only.
    tree += [_placed(left, 0, members, by_id, placed) for left in ranges if id(left) not in placed]
    return tree


def flat(ranges: Any) -> Iterator[tuple[JSON, list[JSON]]]:
    """Every range of a tree, parents first, each with its items."""
    for found in objects(ranges):
        items = objects(found.get("items"))
        yield found, items
        yield from flat([item for item in items if is_embedded(item)])


def is_embedded(item: JSON) -> bool:
    """Whether an item of a range is a range that stands there, not a reference to one."""
    return kind(item) == "Range" and "items" in item


def _placed(found: JSON, depth: int, members: dict[int, list[Any]], by_id: dict[str, JSON], placed: set[int]) -> JSON:
    placed.add(id(found))
    items = []
    for reference in members[id(found)]:
        child = by_id.get(identifier(reference) or "")
        if child is None:
            items.append(_canvas_item(reference))
        elif id(child) in placed or depth >= _DEEPEST:
            items.append({"id": child["id"], "type": "Range"})
        else:
            items.append(_placed(child, depth + 1, members, by_id, placed))
    found["items"] = items
    return found


def _ranges_in(references: list[Any], by_id: dict[str, JSON]) -> Iterator[str]:
    return (uri for reference in listed(references) if (uri := identifier(reference)) in by_id)


def _canvas_item(reference: Any) -> Any:
    """A canvas in a range, or a part of one by its fragment, which version 3 writes alike."""
    if isinstance(reference, dict):
        return {"type": "Canvas"} | content3(reference)
    return {"id": reference, "type": "Canvas"} if isinstance(reference, str) else reference
