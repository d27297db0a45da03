"""From a checkpoint to the two files that are shipped: .pt and .onnx, both with weights in half precision."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path

from ml_backends.quiet import quiet_ultralytics
from ml_backends.weights import sha256


def export(checkpoint: Path, folder: Path, name: str) -> dict[str, str]:
    """Writes `folder`/`name`.pt and .onnx from a checkpoint of the training loop; answers file name -> SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        quiet_ultralytics(Path(scratch) / "ultralytics")
        from ultralytics.models import YOLO
        from ultralytics.utils.torch_utils import strip_optimizer

        stripped = Path(scratch) / f"{name}.pt"
        strip_optimizer(str(checkpoint), str(stripped))
        anonymise(stripped)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # ultralytics uses torch's older exporter
            made = YOLO(stripped).export(format="onnx", dynamic=True, simplify=True, device="cpu", verbose=False)
        halve(Path(made), folder / f"{name}.onnx")
        shutil.copyfile(stripped, folder / f"{name}.pt")
    return {file.name: sha256(file) for file in (folder / f"{name}.onnx", folder / f"{name}.pt")}


def anonymise(checkpoint: Path) -> None:
    """Leaves the network and how it was told to learn: ultralytics also writes down folders, branch and commit of the
    machine that it was trained on."""
    import torch
    from ultralytics.nn.tasks import torch_safe_load

    told = torch_safe_load(checkpoint)[0]
    model, settings = told["model"], {name: told["train_args"][name] for name in ("task", "imgsz")}
    model.args, model.pt_path = settings, checkpoint.name
    if "yaml_file" in model.yaml:
        model.yaml["yaml_file"] = Path(model.yaml["yaml_file"]).name
    kept = {name: told[name] for name in ("date", "version", "license", "docs", "epoch")}
    torch.save(kept | {"model": model, "train_args": settings, "ema": None}, checkpoint)


def halve(source: Path, target: Path) -> None:
    """Copies an ONNX model with its large float32 weights stored as float16: half the size, still computed in float32.

    A Cast behind each weight restores float32; onnxruntime folds it when it loads the model, so speed stays the same.
    """
    import numpy as np
    import onnx
    from onnx import numpy_helper

    model = onnx.load(source)
    casts = []
    for weight in model.graph.initializer:
        if weight.data_type != onnx.TensorProto.FLOAT or len(weight.dims) < 2:
            continue
        values = numpy_helper.to_array(weight).astype(np.float16)
        casts.append(onnx.helper.make_node("Cast", [f"{weight.name}.half"], [weight.name], to=onnx.TensorProto.FLOAT))
        weight.CopyFrom(numpy_helper.from_array(values, f"{weight.name}.half"))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    del model.graph.value_info[:]  # shapes that the runtime infers anew: megabytes of them
    for told in model.metadata_props:
        if told.key == "description":
            told.value = "Detector, trained by glossator"
    onnx.checker.check_model(model)
    onnx.save(model, target)
