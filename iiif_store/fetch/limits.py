"""How much is asked of a publisher, and how much is taken from one."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one fetch. Times in seconds."""

    max_bytes: int = 64 * 2**20
    """Of a body, after decompression."""
    max_pixels: int = 100_000_000
    """Of a picture, read from its header before anything is decoded. Images of one canvas may have twice as many
    together, at the size that is wanted."""
    connect_timeout: float = 5.0
    read_timeout: float = 20.0
    """The longest silence."""
    total_timeout: float = 60.0
    """For everything together: redirects, retries and the waits between them."""
    picture_timeout: float = 600.0
    """For all images and tiles of one canvas together; none is asked for later."""
    redirects: int = 5
    per_host: int = 4
    """Requests that one host gets from us at once, over all threads and processes that share a cache directory."""
    retries: int = 2
    """Further attempts after the first."""
    backoff: float = 0.5
    """The wait before the first retry; each further one is twice as long."""
    longest_wait: float = 15.0
    """A publisher that asks for more with Retry-After is not waited for."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment after which nobody waits any more."""

    at: float
    """On the clock of `time.monotonic`."""

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds, 0 when it has passed."""
        return max(0.0, self.at - time.monotonic())
