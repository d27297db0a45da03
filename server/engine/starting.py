"""Finding the engine of a data directory, and starting one where there is none: once, however many processes ask."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed.security import Security
from filelock import FileLock, Timeout

import server
from server.engine.address import Address, Places
from server.engine.configuration import configure_dask, fingerprint, release
from server.engine.link import ANSWER, Link
from server.engine.tasks import release_of, retire
from server.engine.tls import security
from server.engine.types import EngineLost, EngineUnavailable
from server.settings import Settings

log = logging.getLogger(__name__)

PAUSE = 0.05
"""Seconds between two looks for an engine that is starting or leaving."""

SOON = 5.0
"""What clients are told to wait when there is no engine yet."""


class Starter:
    """One per web process; it knows when that came up, so that a newer engine is not taken for an outdated one."""

    def __init__(self, settings: Settings) -> None:
        configure_dask()
        self._settings, self._places = settings, Places(settings.data)
        self._keys: Security = security(settings.data)
        self._born = time.time()

    def find(self, timeout: float = 5.0) -> Link | None:
        """A connection to the engine, if one runs; raises EngineUnavailable if that is of another release."""
        if self._settings.scheduler:
            return self._elsewhere(self._settings.scheduler, timeout)
        address = self._places.read()
        if address is None or not self._places.inhabited():
            return None
        try:
            link = Link(address.url, self._keys, timeout=timeout)
        except EngineLost as error:
            log.info("engine not reached", extra={"address": address.url, "error": str(error)})
            return None
        return link if self._fits(address, link) else None

    def find_or_start(self, deadline: float) -> Link:
        """Raises EngineUnavailable; when `deadline` (time.monotonic) passes the engine may still be on its way."""
        if link := self.find(_left(deadline)):
            return link
        if self._settings.scheduler:
            raise EngineUnavailable(
                f"No engine answers at {self._settings.scheduler}; see whether it runs there, and its log.",
                retry_after=SOON,
            )
        with self._one_starts(deadline):
            return self._start(deadline)

    def _start(self, deadline: float) -> Link:
        """Start an engine as soon as no other holds the lifetime lock, and wait until it answers."""
        started: subprocess.Popen[bytes] | None = None
        while True:
            if link := self.find(_left(deadline)):
                return link
            if started is None and not self._places.inhabited():
                started = self._launch()
            if started and started.poll():
                raise EngineUnavailable(
                    f"The engine could not be started (exit status {started.returncode}). {self._places.log} says why.",
                    retry_after=SOON,
                )
            if time.monotonic() >= deadline:
                raise EngineUnavailable("The engine is still starting.", retry_after=SOON)
            time.sleep(PAUSE)

    def _launch(self) -> subprocess.Popen[bytes]:
        """Detached from our session and standard streams, so that it outlives us and no Ctrl-C reaches it."""
        command = [sys.executable, "-m", "server.engine.process"]
        with self._places.log.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=_environment(),
            )
        assert process.stdin
        process.stdin.write(self._settings.model_dump_json().encode())
        process.stdin.close()
        threading.Thread(target=process.wait, name="engine-reaper", daemon=True).start()
        log.info("engine started", extra={"pid": process.pid})
        return process

    def _fits(self, address: Address, link: Link) -> bool:
        """Whether it is of our release and settings. One that was started on demand, and before us, is replaced."""
        if address.fingerprint == fingerprint(self._settings):
            return True
        if address.on_demand and (address.started < self._born or address.release != release()):
            log.info("engine replaced", extra={"release": address.release, "pid": address.pid})
            link.ask(retire, "replaced by an engine of other settings or another release")
            link.close()
            return False
        if address.release != release():
            link.close()
            raise _other_release(address.url, address.release)
        log.warning("the engine was started with other settings", extra={"address": address.url})
        return True

    def _elsewhere(self, url: str, timeout: float) -> Link | None:
        try:
            link = Link(url, self._keys, timeout=timeout)
            theirs = link.ask(release_of)
        except EngineLost as error:
            log.warning("engine not reached", extra={"address": url, "error": str(error)})
            return None
        if theirs != release():
            link.close()
            raise _other_release(url, theirs)
        return link

    @contextmanager
    def _one_starts(self, deadline: float) -> Iterator[None]:
        lock = FileLock(self._places.start, thread_local=False)
        try:
            lock.acquire(timeout=max(0.0, deadline - time.monotonic()))
        except Timeout as error:
            raise EngineUnavailable("Another process is starting the engine.", retry_after=SOON) from error
        try:
            yield
        finally:
            lock.release()


def _left(deadline: float) -> float:
    """Seconds for one attempt to connect: what is left, but enough for an engine that answers."""
    return min(ANSWER, max(1.0, deadline - time.monotonic()))


def _other_release(url: str, theirs: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"The engine at {url} is of release {theirs}, this server of {release()}. Restart it with this release.",
        retry_after=60.0,
    )


def _environment() -> dict[str, str]:
    """Ours, with the folder that `server` was imported from if that is no installed package."""
    root = Path(server.__file__ or "").resolve().parent.parent
    if str(root) in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        return dict(os.environ)
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}
