"""Where an engine's log goes: one file that all its processes append to, renamed when it has grown."""

from __future__ import annotations

import logging
from logging.handlers import WatchedFileHandler
from pathlib import Path

from server.log import JsonLines, configure

LOG_SIZE, LOG_FILES = 10 * 2**20, 3


def log_to(file: Path | None, level: str) -> None:
    """Send this process's log to a file that may be renamed under it, or to standard error."""
    if file is None:
        return configure(level)
    handler = WatchedFileHandler(file)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def rotate(file: Path) -> None:
    """Rename a log that has grown; those who write into it notice and open a new one."""
    try:
        if file.stat().st_size < LOG_SIZE:
            return
    except FileNotFoundError:
        return
    for number in range(LOG_FILES - 1, 0, -1):
        older = file.with_name(f"{file.name}.{number}")
        if older.exists():
            older.replace(file.with_name(f"{file.name}.{number + 1}"))
    file.replace(file.with_name(f"{file.name}.1"))
