"""How we set up `distributed`: quiet, lean, nothing but what readings need. Each line says why."""

from __future__ import annotations

import hashlib
import logging
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import TYPE_CHECKING, Any

from ml_backends.plugins import GROUP

if TYPE_CHECKING:
    from server.engine.types import Urgency
    from server.settings import Settings

DASK: Mapping[str, Any] = {
    # Tasks wait in the workers' own queues, which are ordered by priority; the scheduler's queue counts waiting
    # background tasks as load and would hold an urgent one back behind them.
    "distributed.scheduler.worker-saturation": "inf",
    # Which task killed a worker is found with claims; the scheduler just runs again what was lost.
    "distributed.scheduler.allowed-failures": 1_000_000,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    # Results are names; memory belongs to models. Pausing would never end, since a model's memory is not given back.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    # The default sets OMP_NUM_THREADS=1, which makes torch use one core.
    "distributed.nanny.pre-spawn-environ": {"MALLOC_TRIM_THRESHOLD_": 65536, "DASK_LOGGING__DISTRIBUTED": "warning"},
    "distributed.client.scheduler-info-interval": "60s",
    "distributed.comm.timeouts.connect": "10s",
    "distributed.diagnostics.nvml": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.admin.tick.limit": "30s",
    "distributed.admin.low-level-log-length": 1000,
}

RESOURCES: Mapping[Urgency, Mapping[str, float]] = {
    "now": {"urgent": 1},
    "soon": {"background": 1},
    "later": {"background": 1},
}
"""What a task occupies. A worker has more threads than background places, so that slow publishers of a batch never
hold all of them while somebody waits for a page. Tasks with resources also go to the least busy worker at once."""

PRIORITIES: Mapping[Urgency, int] = {"now": 20, "soon": 10, "later": 0}

PROMPT = 0.001
"""Seconds that messages are collected before they are sent. Dask's 5 and 10 ms suit graphs of many tasks; of a page
that is asked for right after another they would be half of what the engine costs."""

FOR_THE_ENGINE = (
    "store_url",
    "allow_hosts",
    "proxy",
    "device",
    "weights",
    "yolo_weights",
    "max_document",
    "max_picture",
    "max_pixels",
    "cache_size",
    "attempts",
    "engine_threads",
    "engine_idle",
    "log_level",
)
"""Settings that an engine reads when it starts; one that was started with others is replaced."""


def configure_dask() -> None:
    """For this process and those that its nanny starts. `distributed` logs through the root logger, as we do."""
    import dask

    dask.config.set(DASK)
    for name in ("distributed", "tornado", "asyncio"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        logger.handlers.clear()
        logger.propagate = True
    # A lost connection is ours to report; its attempts to come back are not interesting.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)


def release() -> str:
    """Of this code; scheduler, workers and clients must agree on it."""
    try:
        return version("glossator")
    except PackageNotFoundError:
        return "unpackaged"


def fingerprint(settings: Settings) -> str:
    """Changes with the release, the Python environment, its backends, and every setting that the engine reads."""
    values = [repr(getattr(settings, name)) for name in FOR_THE_ENGINE]
    backends = sorted(
        f"{entry.name}={entry.value} {entry.dist and entry.dist.version}" for entry in entry_points(group=GROUP)
    )
    parts = [release(), sys.prefix, *values, *backends]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def threads(settings: Settings) -> tuple[int, int]:
    """(all threads of a worker, background places among them)."""
    return settings.engine_threads + max(1, settings.engine_threads // 4), settings.engine_threads
