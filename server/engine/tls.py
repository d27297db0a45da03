"""Keys of the engine: scheduler, workers and clients prove to each other that they read the same data directory.

A scheduler executes what it is sent, so every connection is mutual TLS. There is one key pair; its certificate signs
itself and is the only authority that anybody trusts. For a worker on another machine copy the directory `tls` there.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from distributed.security import Security
from filelock import FileLock

YEARS = 20


def security(data: Path) -> Security:
    """The keys in `data`/tls, made at the first use, readable by their owner only."""
    folder = data / "tls"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    with FileLock(folder / ".lock", mode=0o600):
        if not certificate.exists():
            _make(key, certificate)
    files = {"key": str(key), "cert": str(certificate)}
    roles = ("client", "scheduler", "worker")
    pair = {f"tls_{role}_{part}": file for role in roles for part, file in files.items()}
    return Security(require_encryption=True, tls_ca_file=str(certificate), **pair)  # type: ignore[no-untyped-call]


def _make(key_file: Path, certificate_file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "glossator-engine")])
    begins = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("glossator-engine")]), critical=False)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=365 * YEARS))
        .sign(key, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    _write(key_file, key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
    _write(certificate_file, certificate.public_bytes(encoding))


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all; never, not for a moment, readable by others."""
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    temporary.replace(path)
