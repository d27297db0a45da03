"""A network in onnxruntime: the fast way on a processor."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from ml_backends.preprocess import Pixels
from ml_backends.runtime import Network, Raw, known_task
from ml_backends.types import BackendUnavailable


class OnnxRuntime:
    """Measured on two cores: a batch is done soonest when each core takes whole pictures, one after the other; sharing
    each picture among the cores costs a fifth, larger batches cost more memory and gain nothing. So there are two
    sessions: `apart` for as many pictures as cores or more, `together` for fewer.
    """

    def __init__(self, weights: Path, device: str = "cpu", threads: int | None = None) -> None:
        """Raises BackendUnavailable where the file is no ONNX model of ultralytics."""
        self._threads = threads or cores()
        self._together = _session(weights, device, self._threads)
        self._apart = _session(weights, device, 1) if self._threads > 1 else self._together
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="onnx")
        self._input = self._together.get_inputs()[0]
        self.network = _network(weights, self._together)

    def run(self, pictures: Sequence[Pixels]) -> Iterator[Raw]:
        """See `Runtime`."""
        if len(pictures) < self._threads:
            return map(partial(self._raw, self._together), pictures)
        return self._pool.map(partial(self._raw, self._apart), pictures)

    def _raw(self, session: onnxruntime.InferenceSession, pixels: Pixels) -> Raw:
        outputs = session.run(None, {self._input.name: self._blob(pixels)})
        return tuple(np.asarray(output[:1], np.float32) for output in outputs)

    def _blob(self, pixels: Pixels) -> npt.NDArray[Any]:
        """Batch of one: channels first, 0..1. An export for a fixed batch gets the picture that many times."""
        blob = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], dtype=np.float32)
        blob /= 255
        if self._input.type == "tensor(float16)":
            blob = blob.astype(np.float16)
        times = self._input.shape[0]
        return np.repeat(blob, times, axis=0) if isinstance(times, int) and times > 1 else blob


def cores() -> int:
    """Processor cores that this process may use: its affinity, and the quota of its container (cgroup v2)."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except OSError:
        return count
    return count if quota == "max" else max(1, min(count, round(int(quota) / int(period))))


def _session(weights: Path, device: str, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # a thread that spins while it waits takes the core from those who fetch and decode the next pictures
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    wanted = ["CUDAExecutionProvider"] if device.startswith("cuda") else []
    providers = [p for p in (*wanted, "CPUExecutionProvider") if p in onnxruntime.get_available_providers()]
    try:
        return onnxruntime.InferenceSession(weights, options, providers=providers)
    except Exception as error:  # onnxruntime's own exceptions have no common class
        raise BackendUnavailable(f"{weights} is not a model that onnxruntime can load: {error}") from error


def _network(weights: Path, session: onnxruntime.InferenceSession) -> Network:
    told = session.get_modelmeta().custom_metadata_map
    task = known_task(weights, told.get("task"))
    try:
        names = ast.literal_eval(told["names"])
        height, width = ast.literal_eval(told["imgsz"])
        stride = int(told["stride"])
        suppressed = told.get("end2end") == "True" or bool(ast.literal_eval(told.get("args", "{}")).get("nms"))
    except (KeyError, ValueError, SyntaxError) as error:
        raise BackendUnavailable(f"{weights} does not say what it finds ({error}); ultralytics' exports do") from error
    sides = session.get_inputs()[0].shape[2:]
    fixed = all(isinstance(side, int) for side in sides)
    shape = (sides[0], sides[1]) if fixed else (height, width)
    return Network(task, tuple(names[i] for i in sorted(names)), shape, stride, fixed, suppressed)
