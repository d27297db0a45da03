"""Turns: few at once for one host, from threads and processes together."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from iiif_store.fetch.failures import Unavailable
from iiif_store.fetch.limits import Deadline
from iiif_store.fetch.polite import Turns

URL = "http://example.org/a"


@pytest.mark.parametrize("shared", [True, False])
def test_as_many_at_once_as_allowed(tmp_path: Path, shared: bool) -> None:
    turns = Turns(3, tmp_path if shared else None)
    together = threading.Barrier(3, timeout=30)

    def take(_: int) -> None:
        with turns.turn(URL, Deadline.after(30)):
            together.wait()  # passes only when three hold a turn at once

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(take, range(6)))


def test_full_is_told_at_the_deadline(tmp_path: Path) -> None:
    one, other = Turns(1, tmp_path), Turns(1, tmp_path)  # as of two processes
    with one.turn(URL, Deadline.after(30)):
        for turns in (one, other):
            with pytest.raises(Unavailable, match="too many requests"), turns.turn(URL, Deadline.after(0.05)):
                pass
        with other.turn("http://example.org:8080/a", Deadline.after(0.05)):
            pass
    with other.turn(URL, Deadline.after(30)):
        pass


def test_a_turn_is_given_back_after_an_error(tmp_path: Path) -> None:
    turns = Turns(1, tmp_path)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turns.turn(URL, Deadline.after(30)):
            _ = 1 / 0


def test_a_process_that_dies_gives_its_turn_back(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path\n"
        "from iiif_store.fetch.limits import Deadline; from iiif_store.fetch.polite import Turns\n"
        f"turn = Turns(1, Path(sys.argv[1])).turn({URL!r}, Deadline.after(30)); turn.__enter__(); os._exit(9)"
    )
    died = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, cwd=Path(__file__).parents[3])
    assert died.returncode == 9
    with Turns(1, tmp_path).turn(URL, Deadline.after(30)):
        pass


def test_a_host_that_asks_for_rest() -> None:
    turns = Turns(2, None)
    turns.rest(URL, 600.0)
    turn = turns.turn(URL, Deadline.after(5))
    with pytest.raises(Unavailable, match=r"example\.org has asked for a rest") as failure, turn:
        pass
    assert failure.value.status == 429
    assert failure.value.retry_after is not None
    assert 590 < failure.value.retry_after <= 600
    with turns.turn("http://elsewhere.example/", Deadline.after(5)):
        pass
