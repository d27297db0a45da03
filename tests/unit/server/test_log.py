"""The structured log."""

from __future__ import annotations

import logging

import orjson

from server.log import JsonLines


def line(record: logging.LogRecord) -> dict[str, object]:
    text = JsonLines().format(record)
    assert "\n" not in text
    found: dict[str, object] = orjson.loads(text)
    return found


def test_a_record_is_one_line_with_what_was_given_as_extra() -> None:
    made = logging.getLogger("glossator.x").makeRecord(
        "glossator.x", logging.WARNING, "f.py", 1, "read %s", ("it",), None, extra={"source": "abc", "odd": {1: {2}}}
    )
    found = line(made)
    assert (found["event"], found["level"], found["logger"]) == ("read it", "warning", "glossator.x")
    assert found["source"] == "abc" and "lineno" not in found
    assert str(found["time"]).endswith("+00:00")


def test_an_exception_brings_its_trace() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    found = line(logging.LogRecord("x", logging.ERROR, "f.py", 1, "failed", None, info))
    assert "ValueError: two\nlines" in str(found["trace"])
