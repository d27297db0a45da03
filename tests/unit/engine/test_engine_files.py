"""The engine's files: keys, address, lock, log."""

from __future__ import annotations

import logging
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from cryptography import x509
from filelock import FileLock

from server.engine import logs
from server.engine.address import Address, Places
from server.engine.configuration import FOR_THE_ENGINE, fingerprint
from server.engine.tls import security
from server.settings import Settings

ADDRESS = Address("a", "tls://127.0.0.1:1", 1, "0.1.0", "f", on_demand=True, started=0.0)


def test_keys_are_made_once_however_many_ask(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: security(tmp_path).tls_client_cert, range(8)))
    assert len(set(made)) == 1
    certificate = x509.load_pem_x509_certificate(Path(made[0]).read_bytes())
    assert certificate.not_valid_after_utc.year > certificate.not_valid_before_utc.year + 15
    files = [path for path in (tmp_path / "tls").iterdir() if path.suffix == ".pem"]
    assert len(files) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_an_address_that_was_lost_is_written_again_but_never_over_that_of_another_engine(tmp_path: Path) -> None:
    places, other = Places(tmp_path), replace(ADDRESS, id="b")
    places.restore(ADDRESS)
    assert places.read() == ADDRESS
    places.write(other)  # as a new engine does
    places.restore(ADDRESS)
    assert places.read() == other
    assert [path.name for path in places.run.iterdir()] == ["engine.json"]


def test_an_address_is_read_as_it_was_written(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert places.read() is None
    places.write(ADDRESS)
    assert places.read() == ADDRESS
    places.withdraw(replace(ADDRESS, id="another"))
    assert places.read() == ADDRESS
    places.withdraw(ADDRESS)
    assert places.read() is None


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"id": "a"}', b'{"of": "a later release"}'])
def test_an_address_that_is_not_understood_is_none(tmp_path: Path, text: bytes) -> None:
    places = Places(tmp_path)
    places.address.write_bytes(text)
    assert places.read() is None


def test_the_lock_says_whether_an_engine_lives(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert not places.inhabited()
    with FileLock(places.lifetime):
        assert places.inhabited()
        assert places.inhabited(), "asking leaves the lock alone"
    assert not places.inhabited()


def test_every_setting_of_the_engine_changes_the_fingerprint(tmp_path: Path) -> None:
    usual = Settings(data=tmp_path)
    assert fingerprint(usual) == fingerprint(Settings(data=tmp_path, base_url="https://example.org"))
    for name in FOR_THE_ENGINE:
        if name != "store_url":
            changed = usual.model_copy(update={name: "something else"})
            assert fingerprint(changed) != fingerprint(usual), name
    assert fingerprint(Settings(data=tmp_path / "elsewhere")) != fingerprint(usual)


def test_a_grown_log_is_renamed_and_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOG_SIZE", 100)
    file = tmp_path / "engine.log"
    root, before = logging.getLogger(), (logging.getLogger().handlers[:], logging.getLogger().level)
    logs.rotate(file)
    try:
        logs.log_to(file, "info")
        for number in range(8):
            logging.getLogger("a").info("line", extra={"number": number, "padding": "x" * 100})
            logs.rotate(file)
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers[:], root.level = before
    found = sorted(tmp_path.iterdir())
    assert [path.name for path in found] == ["engine.log.1", "engine.log.2", "engine.log.3"]
    assert [orjson.loads(path.read_bytes())["number"] for path in found] == [7, 6, 5]
