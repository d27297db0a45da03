"""`glossator run` as it is typed: exit codes, what it says, and being stopped and started again."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from server.run.book import STATE
from tests.engines import until
from tests.publisher import Publisher

ROOT = Path(__file__).parents[2]
PICTURE = re.compile(r"/image/3/([^/]+)/full/\d+,/0/default\.jpg")


def command(publisher: Publisher, url: str | Path, out: Path, *options: str) -> list[str]:
    program = "from server.cli import main; main()"
    return [
        *(sys.executable, "-c", program, "run", str(url), "--out", str(out), "--allow-host", publisher.host),
        *options,
    ]


def environment(tmp_path: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "GLOSSATOR_DATA": str(tmp_path / "data"), "COLUMNS": "80"}


def run(publisher: Publisher, url: str | Path, tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    line = command(publisher, url, tmp_path / "out", *options)
    return subprocess.run(line, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False)


def begin(publisher: Publisher, url: str, tmp_path: Path) -> subprocess.Popen[str]:
    line = command(publisher, url, tmp_path / "out")
    return subprocess.Popen(line, env=environment(tmp_path), cwd=tmp_path, stderr=subprocess.PIPE, text=True)


def readings(tmp_path: Path) -> set[str]:
    """The revisions that are stored."""
    return {path.stem for path in (tmp_path / "out" / STATE / "readings").glob("??/*.json")}


def fetched(publisher: Publisher) -> Counter[str]:
    """How often each page was asked for, at the size for the model."""
    return Counter(found[1] for request in publisher.requests if (found := PICTURE.fullmatch(request.path)))


def test_all_is_well(publisher: Publisher, tmp_path: Path) -> None:
    done = run(publisher, publisher.manifest(3), tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    title, summary = done.stderr.splitlines()
    assert title == "book-3"
    assert re.fullmatch(
        r"3 pages \(0 from an earlier run\), \d+ findings, 0 pages failed, 0 with crops missing: .*/out", summary
    ), "one line, however narrow the terminal is said to be, and no progress bar"


def test_a_broken_page_is_counted_and_named(publisher: Publisher, tmp_path: Path) -> None:
    file = tmp_path / "book.json"
    book = requests.get(publisher.manifest(3), timeout=60).json()
    canvas = json.dumps(book["items"][1]).replace("/image/", "/half-picture/image/")
    book["items"][1] = json.loads(canvas)
    file.write_text(json.dumps(book))
    done = run(publisher, file, tmp_path)
    assert done.returncode == 1
    _, summary, line, advice = done.stderr.splitlines()
    assert summary.startswith("3 pages (0 from an earlier run), ") and "1 pages failed" in summary
    assert line.startswith("  p. 2: ") and "broken or truncated" in line
    assert advice == "Run the same command again to try these again."
    assert (tmp_path / "out" / "manifest.json").exists(), "what could be read is there"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("/iiif/3/collection", "is a collection of 1 members"),
        ("/404/iiif/3/book/manifest", "was answered with status 404. It is not there; check the URL."),
        ("/plain/nls_107118335_3.jpg", "not JSON, where a manifest was expected"),
    ],
)
def test_what_cannot_be_read_is_one_line(publisher: Publisher, tmp_path: Path, what: str, said: str) -> None:
    done = run(publisher, publisher.url(what), tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ") and said in line


def test_an_unknown_backend_and_a_missing_option(publisher: Publisher, tmp_path: Path) -> None:
    done = run(publisher, publisher.manifest(1), tmp_path, "--backend", "nonsense")
    assert done.returncode == 1
    installed = "colorize, colorize-eccv16, colorize-siggraph17, illustrations, yolo"
    assert f"no backend 'nonsense' is installed, only {installed}" in done.stderr
    line = [sys.executable, "-c", "from server.cli import main; main()", "run", publisher.manifest(1)]
    bare = subprocess.run(line, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert bare.returncode == 2
    assert "Missing option '--out'" in bare.stderr


def test_on_a_terminal_there_is_a_bar(publisher: Publisher, tmp_path: Path) -> None:
    parent, child = pty.openpty()
    line = command(publisher, publisher.manifest(2), tmp_path / "out")
    running = subprocess.Popen(line, env=environment(tmp_path) | {"TERM": "xterm"}, cwd=tmp_path, stderr=child)
    os.close(child)
    shown = b"".join(_pieces(parent))
    assert running.wait() == 0
    assert b"2/2" in shown
    assert "\N{BOX DRAWINGS HEAVY HORIZONTAL}".encode() in shown


def _pieces(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # how Linux says that nobody writes to a terminal any more
            return
        if not piece:
            return
        yield piece


def test_verbose_logs_each_page_as_a_line_of_json(publisher: Publisher, tmp_path: Path) -> None:
    done = run(publisher, publisher.manifest(2), tmp_path, "--verbose")
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [event["event"] for event in events].count("read") == 2


def test_killed_in_the_middle_it_goes_on_and_reads_nothing_twice(publisher: Publisher, tmp_path: Path) -> None:
    url = publisher.manifest(24)
    publisher.latency = 0.2
    running = begin(publisher, url, tmp_path)
    until(lambda: len(readings(tmp_path)) >= 6)
    running.kill()
    running.communicate()
    stored, before = readings(tmp_path), fetched(publisher)
    assert 6 <= len(stored) < 24
    assert not (tmp_path / "out" / "manifest.json").exists()

    publisher.latency = 0.0
    done = run(publisher, url, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[1].startswith(f"24 pages ({len(stored)} from an earlier run), ")
    after = fetched(publisher)
    assert len(after) == 24
    again = {page for page, count in (after - before).items() if page in before}
    assert len(again) <= len(before) - len(stored), "only what was in flight may have been asked for again"
    assert max(after.values()) <= 2
    assert sum((after - before).values()) <= 24 - len(stored)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_finishes_what_is_begun_and_goes_on_later(
    publisher: Publisher, tmp_path: Path, number: signal.Signals
) -> None:
    url = publisher.manifest(24)
    publisher.latency = 0.2
    running = begin(publisher, url, tmp_path)
    until(lambda: len(readings(tmp_path)) >= 3)
    running.send_signal(number)
    _, told = running.communicate()
    assert running.returncode == 130
    assert told.splitlines()[-1] == "Stopped. The same command goes on from here."
    assert list((tmp_path / "out" / STATE / "run" / "claims").iterdir()) == [], "nobody is taken for dead"
    stored = len(readings(tmp_path))
    assert stored < 24
    publisher.latency = 0.0
    done = run(publisher, url, tmp_path)
    assert done.returncode == 0
    assert f"({stored} from an earlier run)" in done.stderr
    assert max(fetched(publisher).values()) == 1, "no page was asked for twice"


def test_two_at_once_into_one_directory(publisher: Publisher, tmp_path: Path) -> None:
    url = publisher.manifest(40)
    running = begin(publisher, url, tmp_path)
    until(lambda: readings(tmp_path))
    publisher.latency = 3600.0  # now the first one hangs; the manifest is in the cache that both use
    second = run(publisher, url, tmp_path)
    running.kill()
    running.communicate()
    assert second.returncode == 1
    assert re.search(r"Another run writes to .*/out\. Wait for it, or choose another --out\.", second.stderr)
