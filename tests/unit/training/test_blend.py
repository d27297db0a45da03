"""Weights between two checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ml_backends.quiet import quiet_ultralytics
from ml_backends.training.blend import blend

NETWORKS = Path(__file__).parents[2] / "data" / "networks"


@pytest.fixture(scope="module", autouse=True)
def quiet(tmp_path_factory: pytest.TempPathFactory) -> None:
    """From here on ultralytics can be imported."""
    quiet_ultralytics(tmp_path_factory.mktemp("ultralytics"))


def weights(checkpoint: Path) -> dict[str, Any]:
    from ultralytics.nn.tasks import torch_safe_load

    state: dict[str, Any] = torch_safe_load(checkpoint)[0]["model"].float().state_dict()
    return {name: value for name, value in state.items() if value.is_floating_point()}


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The same network with every weight one higher."""
    import torch
    from ultralytics.nn.tasks import torch_safe_load

    told = torch_safe_load(NETWORKS / "shapes-detect.pt")[0]
    model = told["model"].float()
    for value in model.state_dict().values():
        if value.is_floating_point():
            value.add_(1)
    torch.save(told | {"ema": None, "model": model}, tmp_path / "other.pt")
    return tmp_path / "other.pt"


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_each_weight_lies_between(other: Path, tmp_path: Path, share: float) -> None:
    base = NETWORKS / "shapes-detect.pt"
    before, made = weights(base), weights(blend(other, base, share, tmp_path / "blend.pt"))
    assert before.keys() == made.keys()
    for name, value in before.items():
        assert (made[name] - value).flatten().tolist() == pytest.approx([share] * value.numel(), abs=0.02), name


def test_networks_of_two_kinds_cannot_be_blended(other: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not of one architecture"):
        blend(other, NETWORKS / "shapes-segment.pt", 0.5, tmp_path / "blend.pt")
