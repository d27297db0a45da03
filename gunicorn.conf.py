"""gunicorn reads this file by itself when it is started beside it; `glossator serve` finds it where it is installed.

With gunicorn's own defaults (one thread, 30 s) a page that waits for a model dies and blocks all others.
"""

import os
import shutil
import tempfile
from pathlib import Path

from server.settings import Settings

_settings = Settings()
_metrics = f"glossator-metrics-{os.getpid()}-"

wsgi_app = "wsgi:app"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = _settings.threads
preload_app = False  # the application holds locks and connections, which do not survive a fork

# A waiting GET is answered at the deadline. A restart lets those that wait finish.
timeout = int(_settings.deadline) + 30
graceful_timeout = int(_settings.deadline) + 15
keepalive = 75  # longer than a proxy keeps an idle connection: nginx 60 s

forwarded_allow_ips = ""  # whom to believe is the application's business: GLOSSATOR_TRUSTED_PROXIES
control_socket_disable = True  # several servers may run under one user
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a heartbeat never waits for a disk

# Prometheus adds up the values of all workers from files. One directory per master, kept over a reload.
if _metrics not in os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""):
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix=_metrics)


def post_worker_init(worker):  # type: ignore[no-untyped-def]
    """Whichever worker is first keeps our sources in step with the streams that are followed. Not where the
    application is wrapped in another, which hides it."""
    import threading

    from server.context import SERVICES
    from server.following import keep_following

    services = getattr(worker.app.callable, "extensions", {}).get(SERVICES)
    if services:
        lock = services.settings.data / "run" / "following.lock"
        keep_following(services.follower, lock, services.settings.refresh_after, threading.Event())


def child_exit(server, worker):  # type: ignore[no-untyped-def]
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(server):  # type: ignore[no-untyped-def]
    if _metrics in os.environ["PROMETHEUS_MULTIPROC_DIR"]:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
