"""Parquet, for data frames and query engines: the columns of the table, typed, in groups of rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq

from . import table
from .published import Options, Published

ROWS = 1000
"""Of a group, which is held in memory."""
_TYPES = {int: pa.int64(), str: pa.string(), float: pa.float64()}


def document(book: Published, options: Options) -> Iterator[bytes]:
    """One file. Its metadata say which manifest it is about and what wrote it."""
    about = {"title": book.title, "manifest": book.manifest, "software": book.software}
    fields = [pa.field(name, _TYPES[kind]) for name, kind in table.COLUMNS.items()]
    schema = pa.schema(fields, metadata=about)
    sink, found = _Sink(), table.rows(book)
    with pq.ParquetWriter(pa.PythonFile(sink, "w"), schema, compression="zstd") as writer:
        while group := list(islice(found, ROWS)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
            group.clear()  # it would stay until the next one is whole
            yield sink.taken()
    yield sink.taken()


class _Sink:
    """What pyarrow writes to."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        """Everything since the last call."""
        body = b"".join(self._parts)
        self._parts.clear()
        return body
