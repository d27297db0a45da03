"""A run folder belongs to one run: what was written for other data or other settings is not gone on with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ml_backends.training.pages import UnreadableData

FILE = "identity.json"


def claim(run: Path, facts: Mapping[str, Any]) -> None:
    """Notes in the folder `run` what a run depends on; raises UnreadableData where the folder holds another run.

    `facts` is JSON, by name; a long one counts by its hash.
    """
    told = {name: _short(value) for name, value in facts.items()}
    path = run / FILE
    if not path.exists():
        run.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
        return
    before = json.loads(path.read_text("utf-8"))
    other = sorted(name for name in {*told, *before} if told.get(name) != before.get(name))
    if other:
        raise UnreadableData(
            f"{run} holds a run that differs in {', '.join(other)}. "
            "Give this one a directory of its own with --run, or delete that one."
        )


def _short(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return text if len(text) < 200 else hashlib.sha256(text.encode()).hexdigest()
