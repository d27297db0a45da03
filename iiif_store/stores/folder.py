"""Many files of one kind, spread over sub-folders so that the cost of a write does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iiif_store.stores import files


@dataclass(frozen=True, slots=True)
class Folder:
    """`root/ab/abcdef.json`: files named by a hash, in sub-folders named by its first two characters."""

    root: Path
    suffix: str = ".json"

    def path(self, name: str) -> Path:
        """Raises ValueError for what cannot be a name."""
        return files.named(self.root / name[:2], name, self.suffix)

    def read(self, name: str) -> bytes | None:
        return files.read(self.path(name), self.root) if files.is_name(name) else None

    def has(self, name: str) -> bool:
        return files.is_name(name) and files.status(self.path(name), self.root) is not None

    def remove(self, name: str) -> bool:
        """False if there was none."""
        return files.is_name(name) and files.remove(self.path(name), self.root)

    def find(self, prefix: str) -> str | None:
        """The first name that begins so; two characters at least. One small directory is read, no file."""
        shard = self.root / prefix[:2]
        if len(prefix) < 2 or not files.is_name(prefix) or files.status(shard, self.root) is None:
            return None
        return next((name for name in files.names(shard, self.suffix) if name.startswith(prefix)), None)

    def names(self) -> Iterator[str]:
        """All of them, in order."""
        for shard in files.names(self.root, ""):
            if len(shard) == 2:
                yield from files.names(self.root / shard, self.suffix)
