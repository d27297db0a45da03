"""Our Image API against IIPImage: the same pyramid, the same tiles and regions, in turns.

    python -m benchmarks.images [--rounds 5] [--seconds 3] [--connections 8] [--processes 1]

IIPImage runs as FastCGI behind nginx, as it is meant to; ours is `gunicorn wsgi:app`, with as many worker processes.
Cold tiles are more than either keeps in memory; hot ones are 32 over and over; regions are never asked for twice. `wrk`
asks each server in every round, so that whatever else the machine does hits both; the ratio is the median of those
within a round. Beside it the processor time of both servers for a request (nginx included), and the memory that a
worker has for itself.

Debian: apt-get install iipimage-server nginx-light wrk
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyvips
import requests
from rich.console import Console
from rich.table import Table

from benchmarks.processes import ROOT, STARTING, free_port, median_ratio, until_up
from iiif_store.image_api import pyramid
from iiif_store.image_api.render import QUALITY
from iiif_store.stores.images import ImageRecord
from server.services import build
from server.settings import Settings

IMAGE = "book"
IIPSRV = "/usr/lib/iipimage-server/iipsrv.fcgi"
NEEDED = {"nginx": "nginx-light", "wrk": "wrk", IIPSRV: "iipimage-server"}
AIMS = {"tiles, cold": 1.0, "tiles, hot": 1.0, "regions": 0.6}
HOT = 32
ACROSS, DOWN = 20, 8
"""Pages of the sample side by side: some 17,000 x 10,000 pixels, 3,500 tiles."""

NGINX = """
worker_processes auto; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_timeout 75; keepalive_requests 1000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream iipsrv {{ {sockets} }}
  server {{
    listen 127.0.0.1:{port};
    location /healthz {{ return 200; }}
    location /iiif/ {{
      include /etc/nginx/fastcgi_params; fastcgi_pass iipsrv;
      fastcgi_param REQUEST_URI $request_uri;
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """One contender that runs."""

    name: str
    base: str
    """URL of the image."""
    workers: tuple[psutil.Process, ...]
    others: tuple[psutil.Process, ...] = ()
    """What stands before the workers and belongs to the cost of a request."""

    def cpu(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in (*self.workers, *self.others))

    def memory(self) -> float:
        """MB that a worker has for itself, at the median."""
        return statistics.median(process.memory_full_info().uss / 2**20 for process in self.workers)


@dataclass(frozen=True, slots=True)
class Run:
    """What wrk and the operating system say."""

    rate: float
    cpu: float
    """Microseconds for a request."""


def picture(folder: Path) -> tuple[Path, int, int]:
    """A wall of pages as a pyramid."""
    pages = [pyvips.Image.new_from_file(str(page)) for page in sorted((ROOT / "server" / "sample").glob("*.jpg"))]
    width, height = min(page.width for page in pages), min(page.height for page in pages)
    cut = [page.crop(0, 0, width, height) for page in pages]
    wall = pyvips.Image.arrayjoin((cut * (ACROSS * DOWN))[: ACROSS * DOWN], across=ACROSS)
    wall.write_to_file(str(folder / "wall.tif"))
    file = folder / f"{IMAGE}.tif"
    return file, *pyramid.write(folder / "wall.tif", file)


def tiles(width: int, height: int) -> list[str]:
    """Every tile of the grid that is whole, in a fixed disorder."""
    found = [
        f"/{x},{y},{side},{side}/256,256/0/default.jpg"
        for side in (256 << level for level in range(6))
        for x in range(0, width - side + 1, side)
        for y in range(0, height - side + 1, side)
    ]
    random.Random(1).shuffle(found)
    return found


def regions(width: int, height: int, seed: int) -> list[str]:
    """Of any place, size and scale."""
    chance = random.Random(seed)
    found = []
    for _ in range(3000):
        w, h = chance.randint(300, 2000), chance.randint(300, 2000)
        x, y = chance.randint(0, width - w), chance.randint(0, height - h)
        found.append(f"/{x},{y},{w},{h}/{chance.randint(150, min(w, 800))},/0/default.jpg")
    return found


@contextmanager
def iipimage(folder: Path, processes: int) -> Iterator[Server]:
    """IIPImage behind nginx."""
    environment = os.environ | {
        "FILESYSTEM_PREFIX": f"{folder}/",
        "URI_MAP": "iiif=>IIIF",
        "VERBOSITY": "0",
        "LOGFILE": "/dev/null",
        "JPEG_QUALITY": str(QUALITY),
        "MAX_CVT": "5000",
    }
    port = free_port()
    sockets = [f"{folder}/iipsrv-{number}.socket" for number in range(processes)]
    servers = " ".join(f"server unix:{socket};" for socket in sockets)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, sockets=servers))
    running = [subprocess.Popen([IIPSRV, "--bind", socket], env=environment) for socket in sockets]
    workers = tuple(psutil.Process(process.pid) for process in running)
    while not all(Path(socket).exists() for socket in sockets):
        time.sleep(0.1)
    for socket in sockets:
        Path(socket).chmod(0o666)  # nginx's workers are of another user
    front = subprocess.Popen([_nginx(), "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.log")])
    try:
        until_up(front, f"http://127.0.0.1:{port}/healthz")
        before = psutil.Process(front.pid)
        yield Server("IIPImage", f"http://127.0.0.1:{port}/iiif/{IMAGE}.tif", workers, (before, *before.children()))
    finally:
        front.terminate()
        front.wait(STARTING)
        for process in running:
            process.terminate()
            process.wait(STARTING)


@contextmanager
def ours(folder: Path, file: Path, size: tuple[int, int], processes: int) -> Iterator[Server]:
    """`gunicorn wsgi:app` with our configuration."""
    data = folder / "data"
    copy = folder / "copy.tif"
    shutil.copyfile(file, copy)
    build(Settings(data=data)).store.images.put(ImageRecord(IMAGE, *size, "2026-03-01T10:00:00Z"), copy)
    port = free_port()
    own = {"GLOSSATOR_DATA": str(data), "WEB_CONCURRENCY": str(processes), "PYTHONPATH": str(ROOT)}
    with (folder / "gunicorn.log").open("wb") as log:
        command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "wsgi:app"]
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | own, stdout=log, stderr=log)
    try:
        until_up(server, f"http://127.0.0.1:{port}/healthz")
        master = psutil.Process(server.pid)
        base = f"http://127.0.0.1:{port}/iiif/image/2/{IMAGE}"
        yield Server("ours", base, tuple(master.children()), (master,))
    finally:
        server.terminate()
        server.wait(STARTING)


def _nginx() -> str:
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"


def measure(server: Server, paths: Sequence[str], folder: Path, options: argparse.Namespace) -> Run:
    """Raises RuntimeError if any request was refused."""
    prefix = "/" + server.base.split("/", 3)[3]
    listed = ",".join(f'"{prefix}{path}"' for path in paths)
    script = folder / "paths.lua"
    script.write_text(
        f"local paths = {{{listed}}}\nlocal n = 0\n"
        'request = function() n = n % #paths + 1; return wrk.format("GET", paths[n]) end\n'
    )
    before = server.cpu()
    root = server.base.removesuffix(prefix)
    command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "-s", str(script), root]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"{server.name}: {told}")
    rate, count = re.search(r"Requests/sec:\s+([\d.]+)", told), re.search(r"(\d+) requests in", told)
    assert rate and count and count[1] != "0", told
    return Run(float(rate[1]), 1e6 * (server.cpu() - before) / int(count[1]))


def work(size: tuple[int, int], number: int) -> dict[str, list[str]]:
    """What round `number` asks for. Cold tiles go on where the last round stopped being likely to be remembered."""
    every = tiles(*size)
    turn = number * 997 % len(every)
    return {
        "tiles, cold": every[turn:] + every[:turn],
        "tiles, hot": every[:HOT],
        "regions": regions(*size, number),
    }


def compare(servers: Sequence[Server], size: tuple[int, int], folder: Path, options: argparse.Namespace) -> Table:
    """Round 0 warms up and does not count."""
    found: dict[tuple[str, str], list[Run]] = {(kind, server.name): [] for kind in AIMS for server in servers}
    for number in range(options.rounds + 1):
        for kind, paths in work(size, number).items():
            for server in servers if number % 2 else reversed(servers):
                run = measure(server, paths, folder, options)
                if number:
                    found[kind, server.name].append(run)
    table = Table("", "ours/s", "IIPImage/s", "ratio", "aim", "CPU us", "IIPImage", "ratio")
    for kind, aim in AIMS.items():
        mine, theirs = found[kind, "ours"], found[kind, "IIPImage"]
        rates, costs = ([[getattr(run, what) for run in runs] for runs in (mine, theirs)] for what in ("rate", "cpu"))
        table.add_row(
            *(kind, *(f"{statistics.median(runs):,.0f}" for runs in rates), f"{median_ratio(*rates):.2f}", f"{aim}"),
            *(*(f"{statistics.median(runs):,.0f}" for runs in costs), f"{median_ratio(*reversed(costs)):.2f}"),
        )
    return table


def check(servers: Sequence[Server]) -> None:
    """Both answer with a picture of the size asked for."""
    for server in servers:
        answer = requests.get(f"{server.base}/512,512,512,512/256,256/0/default.jpg", timeout=60)
        answer.raise_for_status()
        found = pyvips.Image.new_from_buffer(answer.content, "")
        assert (found.width, found.height) == (256, 256), server.name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="for each server and kind in a round")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--processes", type=int, default=1, help="workers of each server")
    options = parser.parse_args()
    path = f"{os.environ['PATH']}:/usr/sbin"
    if lacking := [package for program, package in NEEDED.items() if not shutil.which(program, path=path)]:
        raise SystemExit(f"Install first: apt-get install {' '.join(lacking)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        file, *size = picture(folder)
        sides = size[0], size[1]
        with iipimage(folder, options.processes) as other, ours(folder, file, sides, options.processes) as mine:
            check([mine, other])
            table = compare([mine, other], sides, folder, options)
            table.caption = f"MB a worker: ours {mine.memory():.0f}, IIPImage {other.memory():.0f}"
    Console().print(table)


if __name__ == "__main__":
    main()
