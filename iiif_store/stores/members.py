"""Which collection lists which source: written once per collection, read when an unknown source is asked for.

`root/ab/<collection>.json` holds those members of the collection whose ids begin with `ab`. A file per member would
make thousands of a large collection; a file per collection would have to be opened for every one there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import orjson

from iiif_store.stores import files

SUFFIX = ".json"


class Members:
    """Nothing here is synced to the disk: the next look at a collection puts the same again."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, collection: str, members: dict[str, str]) -> None:
        """Add members, id -> URL; unchanged ones cost a look."""
        shards: defaultdict[Path, dict[str, str]] = defaultdict(dict)
        for source, url in members.items():
            files.named(self._root, source, "")  # raises ValueError for an id that is none
            shards[files.named(self._root / source[:2], collection, SUFFIX)][source] = url
        with files.exclusive(self._root / ".lock"):
            for path, some in shards.items():
                known = self._read(path)
                if not some.items() <= known.items():
                    files.replace(path, orjson.dumps(known | some), sync="none")

    def find(self, source: str) -> Iterator[tuple[str, str]]:
        """(collection, URL) for each collection that lists the source."""
        shard = self._root / source[:2]
        if not files.is_name(source) or files.status(shard, self._root) is None:
            return
        for collection in files.names(shard, SUFFIX):
            if url := self._read(shard / f"{collection}{SUFFIX}").get(source):
                yield collection, url

    def _read(self, path: Path) -> dict[str, str]:
        """Empty for a file that is missing or was cut off."""
        try:
            members = orjson.loads(files.read(path, self._root) or b"{}")
        except orjson.JSONDecodeError:
            return {}
        return members if isinstance(members, dict) else {}
