"""Backends reach the network through the same guard (ml_backends.types.Transport)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import FetchRefused
from .remote import Remote


@dataclass(frozen=True, slots=True)
class GuardedTransport:
    """Bytes only, nothing cached; what the guard refuses is an OSError here, as the protocol says."""

    remote: Remote

    def get(self, url: str, *, max_bytes: int) -> bytes:
        try:
            return self.remote.get(url, max_bytes=max_bytes, keep=False).body
        except FetchRefused as error:
            raise PermissionError(str(error)) from error

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        try:
            return self.remote.post(url, body, headers=headers, max_bytes=max_bytes)
        except FetchRefused as error:
            raise PermissionError(str(error)) from error
