"""Every option once: name, type, default and help. Environment `GLOSSATOR_<NAME>`, or a key of one TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from iiif_store.errors import GlossatorError

HERE = "http://127.0.0.1:8000"
"""Base of our URLs where nobody says another: where `glossator serve` has them."""

FILE = "glossator.toml"
"""In the current directory."""

CommaList = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Read once at start; commands override single values."""

    model_config = SettingsConfigDict(env_prefix="GLOSSATOR_", toml_file=FILE, extra="forbid", frozen=True)

    data: Path = Field(Path("data"), description="data directory")
    store: str | None = Field(None, description="store URL; default tinydb:// in the data directory")
    scheduler: str | None = Field(
        None, description="tls:// address of a running scheduler; default: an engine of our own"
    )
    base_url: str | None = Field(None, description="public URL, may have a path; needed behind a proxy")
    trusted_proxies: CommaList = Field((), description="addresses whose X-Forwarded-* headers count")
    allow_hosts: CommaList = Field((), description="intranet hosts, HOST or HOST:PORT, that may be fetched from")
    proxy: str | None = Field(None, description="outgoing HTTP proxy; it takes over the guard's duty")
    backends: CommaList = Field(("illustrations",), description="layers that a new source gets")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps")
    weights: Path | None = Field(None, description="directory with weights by hash, for machines without a network")
    yolo_weights: Path | None = Field(None, description="weights (.pt or .onnx) that the backend yolo runs")
    deadline: float = Field(45.0, gt=0, description="seconds that a page GET waits for the model")
    refresh_after: float = Field(3600.0, ge=0, description="seconds until the publisher is asked again")
    max_document: int = Field(64 * 2**20, gt=0, description="bytes of a manifest or collection, decompressed")
    max_picture: int = Field(128 * 2**20, gt=0, description="bytes of one picture")
    max_upload: int = Field(4 * 2**30, gt=0, description="bytes of one upload of scans, packed and unpacked")
    max_scans: int = Field(10_000, gt=0, description="pictures in one folder or upload of scans")
    max_pixels: int = Field(100_000_000, gt=0, description="pixels of one picture, checked before decoding")
    cache_size: int = Field(10 * 2**30, gt=0, description="bytes of the cache directory")
    queue_limit: int = Field(1000, gt=0, description="readings on demand that may wait; more are answered 503")
    rate_limit: str = Field("600/minute", description="cold pages per client address")
    attempts: int = Field(3, gt=0, description="failures until a reading waits for a person")
    engine_threads: int = Field(8, gt=0, description="pictures fetched at once by a worker")
    engine_idle: float = Field(1800.0, gt=0, description="seconds without work until an engine started on demand exits")
    prefetch: int = Field(2, ge=0, description="canvases read ahead of a cold page")
    threads: int = Field(64, ge=2, description="threads of a web process; at most half of them wait for models")
    answers_size: int = Field(64 * 2**20, ge=0, description="bytes of finished answers that a web process keeps")
    writes: Literal["checked", "protocol"] = Field(
        "checked",
        description="checked: annotations target what is in their source, and changing one needs If-Match; "
        "protocol: neither, as the Web Annotation Protocol by itself",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING, ERROR")

    def __init__(self, **values: Any) -> None:
        """Raises GlossatorError where the environment, or the file, says what cannot be meant."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise GlossatorError(" ".join(map(_problem, error.errors(include_url=False)))) from error
        except tomllib.TOMLDecodeError as error:
            raise GlossatorError(f"{FILE} is no TOML: {error}.") from error

    @field_validator("trusted_proxies", "allow_hosts", "backends", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("base_url")
    @classmethod
    def _no_slash(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("it has to begin with http:// or https://")
        return value.rstrip("/") if value else None

    @property
    def store_url(self) -> str:
        return self.store or f"tinydb://{self.data.resolve()}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def _problem(error: Mapping[str, Any]) -> str:
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"{FILE} says {name!r}, and there is no setting of that name."
    return f"GLOSSATOR_{name.upper()}, or {name} in {FILE}, is {error['input']!r}: {error['msg']}."
