"""What /metrics tells. Over several processes prometheus_client keeps the values in PROMETHEUS_MULTIPROC_DIR."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 5.0, 15.0, 45.0, float("inf"))


class Metrics:
    """The counters of one web application."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "glossator_requests", "Answered requests", ["door", "method", "status"], registry=registry
        )
        self.seconds = Histogram(
            "glossator_request_seconds", "Time to answer", ["door"], registry=registry, buckets=BUCKETS
        )
        self.warm = Counter("glossator_warm_answers", "Requests answered from memory", registry=registry)
        self.problems = Counter("glossator_problems", "Errors told to clients", ["type"], registry=registry)
        self.waiting = Gauge(
            "glossator_waiting_threads",
            "Threads that wait for a model or a publisher",
            registry=registry,
            multiprocess_mode="livesum",
        )

        self._told: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}

    def count(self, door: str, method: str, status: str, seconds: float) -> None:
        """One answered request. The labels come from closed lists, so that their series are few and may be kept."""
        key = door, method, status
        if key not in self._told:
            self._told[key] = self.requests.labels(*key), self.seconds.labels(door)
        requests, duration = self._told[key]
        requests.inc()
        duration.observe(seconds)

    def render(self) -> bytes:
        """The text format of Prometheus, summed over all web processes."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        whole = CollectorRegistry()
        MultiProcessCollector(whole)
        return generate_latest(whole)
