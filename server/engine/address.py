"""Where the engine of a data directory says how it is reached: believed only after a connection."""

from __future__ import annotations

import fcntl
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """What an engine writes down about itself."""

    id: str
    url: str
    """tls://host:port of its scheduler."""
    pid: int
    release: str
    fingerprint: str
    on_demand: bool
    """Started by whoever needed it, so that it may be replaced and leaves when idle."""
    started: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Places:
    """The engine's files in a data directory. All may be deleted at any time: run/ is made again."""

    data: Path

    @property
    def run(self) -> Path:
        folder = self.data / "run"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def address(self) -> Path:
        return self.run / "engine.json"

    @property
    def lifetime(self) -> Path:
        """Locked by the engine as long as it lives."""
        return self.run / "engine.lock"

    @property
    def start(self) -> Path:
        """Locked by whoever starts an engine."""
        return self.run / "engine-start.lock"

    @property
    def log(self) -> Path:
        return self.run / "engine.log"

    @property
    def scratch(self) -> Path:
        return self.run / "scratch"

    def inhabited(self) -> bool:
        """Whether an engine lives. The lock is the truth: an address may be old, and a busy engine slow to answer."""
        with self.lifetime.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared, so that those who ask do not meet
            except BlockingIOError:
                return True
        return False

    def read(self) -> Address | None:
        """None if there is none, or none that can be understood."""
        try:
            return Address(**orjson.loads(self.address.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            log.warning("engine address not understood", extra={"file": str(self.address), "error": str(error)})
            return None

    def write(self, address: Address) -> None:
        self._prepared(address).replace(self.address)

    def restore(self, address: Address) -> None:
        """Write it where there is none. That of an engine which was quicker stays: one of the two has to leave."""
        prepared = self._prepared(address)
        try:
            os.link(prepared, self.address)
        except FileExistsError:
            log.info("another engine was quicker", extra={"file": str(self.address)})
        finally:
            prepared.unlink()

    def _prepared(self, address: Address) -> Path:
        temporary = self.address.with_suffix(f".{address.id}.tmp")
        temporary.write_bytes(orjson.dumps(asdict(address)))
        return temporary

    def withdraw(self, address: Address) -> None:
        """Take the address away, if it is still this one."""
        if self.read() == address:
            self.address.unlink(missing_ok=True)
