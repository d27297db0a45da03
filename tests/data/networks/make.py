"""How the five tiny networks beside this file were made: python tests/data/networks/make.py FOLDER (minutes).

They find dark discs and squares that are drawn, turned, on a light ground, and are good at nothing else. Tests need
networks of every task that answer something; random ones would hang on the last digit of every sum.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import cv2
import numpy as np
import yaml

from ml_backends.quiet import quiet_ultralytics

SIDE = 192
LABELS = ("disc", "square")
NETWORKS = {
    "detect": ("detect", "11/yolo11.yaml"),
    "segment": ("segment", "11/yolo11-seg.yaml"),
    "obb": ("obb", "11/yolo11-obb.yaml"),
    "classify": ("classify", "11/yolo11-cls.yaml"),
    "endtoend": ("detect", "26/yolo26.yaml"),
}
"""Name -> task and configuration of ultralytics. The last one suppresses overlapping boxes itself."""


def draw(random: np.random.Generator, count: int) -> tuple[np.ndarray, list[tuple[int, np.ndarray]]]:
    """A picture and the outlines that are drawn in it, each with the number of its label."""
    ground = random.integers(190, 240)
    picture = np.clip(random.normal(ground, 8, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)
    shapes = []
    for corner in random.permutation(4)[:count]:
        label, half = int(random.integers(2)), random.uniform(16, 36)
        centre = np.array([corner % 2, corner // 2]) * SIDE / 2 + SIDE / 4 + random.uniform(-8, 8, 2)
        angles = np.arange(4) * np.pi / 2 if label else np.arange(24) * np.pi / 12
        stretch = np.array([1.0, random.uniform(0.5, 1.0)])
        turn = random.uniform(0, np.pi)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        points = (np.stack([np.cos(angles), np.sin(angles)], 1) * half * stretch * (1.2 if label else 1)) @ rotation
        outline = (points + centre).astype(np.float32)
        cv2.fillPoly(picture, [outline.round().astype(np.int32)], [int(c) for c in random.integers(0, 110, 3)])
        shapes.append((label, outline))
    return picture, shapes


def line(task: str, label: int, outline: np.ndarray) -> str:
    """One line of a label file of ultralytics."""
    if task == "detect":
        (x1, y1), (x2, y2) = outline.min(0), outline.max(0)
        numbers = np.array([(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1])
    else:
        numbers = (cv2.boxPoints(cv2.minAreaRect(outline)) if task == "obb" else outline).ravel()
    return " ".join([str(label), *(f"{number / SIDE:.5f}" for number in numbers)])


def write(task: str, folder: Path) -> Path:
    """Training data of one task; answers what ultralytics is told."""
    random = np.random.default_rng(7)
    for part, count in (("train", 320), ("val", 40)):
        for number in range(count):
            picture, shapes = draw(random, 1 if task == "classify" else int(random.integers(1, 5)))
            place = folder / part / LABELS[shapes[0][0]] if task == "classify" else folder / "images" / part
            place.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(place / f"{number}.png"), picture)
            if task != "classify":
                labels = folder / "labels" / part
                labels.mkdir(parents=True, exist_ok=True)
                (labels / f"{number}.txt").write_text("\n".join(line(task, *shape) for shape in shapes))
    if task == "classify":
        return folder
    data = {"path": str(folder), "train": "images/train", "val": "images/val", "names": dict(enumerate(LABELS))}
    (folder / "data.yaml").write_text(yaml.safe_dump(data))
    return folder / "data.yaml"


def train(name: str, folder: Path) -> None:
    """Leaves shapes-<name>.pt beside this file."""
    import ultralytics

    task, configuration = NETWORKS[name]
    model = yaml.safe_load((Path(ultralytics.__file__).parent / "cfg" / "models" / configuration).read_text())
    model |= {"nc": len(LABELS), "scales": {"n": [0.33, 0.0625, 256]}}
    tiny = folder / re.sub(r"(\d+)", r"\1n", Path(configuration).name)  # n: ultralytics reads the scale from the name
    tiny.write_text(yaml.safe_dump(model))
    network = ultralytics.YOLO(tiny, task=task)
    network.train(
        data=str(write(task, folder / task)), imgsz=SIDE, epochs=60 if task != "classify" else 10, batch=16, lr0=0.01,
        optimizer="AdamW", mosaic=0.0, workers=0, plots=False, seed=1, project=str(folder), name=f"run-{name}",
        device="cpu", exist_ok=True, amp=False, cos_lr=True,
    )  # fmt: skip
    save(folder / f"run-{name}" / "weights" / "best.pt", Path(__file__).with_name(f"shapes-{name}.pt"))


def save(checkpoint: Path, target: Path) -> None:
    """The network alone: a checkpoint of ultralytics also tells folders and branches of the machine it was made on."""
    import torch
    from ultralytics.nn.tasks import torch_safe_load

    told = torch_safe_load(checkpoint)[0]
    model = told["model"]
    model.yaml["yaml_file"] = Path(model.yaml["yaml_file"]).name
    model.args = {"imgsz": SIDE, "task": told["train_args"]["task"]}
    torch.save({"model": model, "train_args": model.args, "version": told["version"]}, target)


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve()
    target.mkdir(parents=True, exist_ok=True)
    quiet_ultralytics(target / "ultralytics")
    for name in sys.argv[2:] or NETWORKS:
        train(name, target)
