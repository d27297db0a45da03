"""Secrets that may write. Only their SHA-256 is stored; they are long and random, so no salt is needed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from iiif_store.stores.base import Token


def new_token(name: str) -> tuple[str, Token]:
    """A secret of 256 random bits, to be shown once, and the token to be stored for it."""
    secret = f"glossator_{secrets.token_urlsafe(32)}"
    created = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return secret, Token(secrets.token_hex(6), name, digest(secret), created)


def matches(secret: str, tokens: Iterable[Token]) -> Token | None:
    """The token of that secret, if any; the time taken does not tell how near a wrong one came."""
    given, found = digest(secret), None
    for token in tokens:
        if hmac.compare_digest(token.digest.encode(), given.encode()):
            found = token
    return found


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal; any text has one."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
