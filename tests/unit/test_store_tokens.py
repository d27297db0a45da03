"""Tokens: what is stored does not let anybody in."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace

from iiif_store.stores.tokens import matches, new_token


def test_a_secret_matches_its_own_token_only() -> None:
    pairs = [new_token(f"desk {n}") for n in range(5)]
    tokens = [token for _, token in pairs]
    assert [matches(secret, tokens) for secret, _ in pairs] == tokens
    assert len({secret for secret, _ in pairs}) == len({token.id for token in tokens}) == 5


def test_what_is_stored_is_the_sha256_and_never_the_secret() -> None:
    secret, token = new_token("desk")
    assert token.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(asdict(token))
    assert matches(token.digest, [token]) is None


def test_wrong_secrets_match_nothing() -> None:
    secret, token = new_token("desk")
    for wrong in ("", secret[:-1], secret + "x", secret.upper(), "ü", "\ud800"):
        assert matches(wrong, [token]) is None
    assert matches(secret, []) is None
    assert matches(secret, [replace(token, digest="ü")]) is None
