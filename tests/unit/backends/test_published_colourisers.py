"""The layouts of the published networks: the names and shapes of their files, and what becomes of other files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ml_backends.colorize_eccv16 import Eccv16
from ml_backends.colorize_published import Published
from ml_backends.colorize_siggraph17 import Siggraph17
from ml_backends.colour.painters import TorchPainter
from ml_backends.colour.published import ECCVGenerator, SIGGRAPHGenerator
from ml_backends.types import BackendUnavailable, Directories
from ml_backends.weights import Offline

BOTH = (Eccv16, Siggraph17)

ECCV16 = {
    "model1.0.weight": (64, 1, 3, 3), "model1.2.weight": (64, 64, 3, 3), "model1.4.running_mean": (64,),
    "model2.0.weight": (128, 64, 3, 3), "model3.4.weight": (256, 256, 3, 3), "model3.6.weight": (256,),
    "model4.0.weight": (512, 256, 3, 3), "model5.4.bias": (512,), "model6.6.running_var": (512,),
    "model7.2.weight": (512, 512, 3, 3), "model8.0.weight": (512, 256, 4, 4), "model8.2.weight": (256, 256, 3, 3),
    "model8.4.weight": (256, 256, 3, 3), "model8.6.weight": (313, 256, 1, 1), "model_out.weight": (2, 313, 1, 1),
}  # fmt: skip
SIGGRAPH17 = {
    "model1.0.weight": (64, 4, 3, 3), "model1.4.weight": (64,), "model3.6.running_var": (256,),
    "model8up.0.weight": (512, 256, 4, 4), "model3short8.0.weight": (256, 256, 3, 3),
    "model8.1.weight": (256, 256, 3, 3), "model8.3.weight": (256, 256, 3, 3), "model8.5.running_mean": (256,),
    "model9up.0.weight": (256, 128, 4, 4), "model2short9.0.weight": (128, 128, 3, 3),
    "model9.1.weight": (128, 128, 3, 3), "model9.3.weight": (128,), "model10up.0.weight": (128, 128, 4, 4),
    "model1short10.0.weight": (128, 64, 3, 3), "model10.1.weight": (128, 128, 3, 3),
    "model_class.0.weight": (529, 256, 1, 1), "model_out.0.weight": (2, 128, 1, 1), "model_out.0.bias": (2,),
}  # fmt: skip


@pytest.mark.parametrize(("network", "told"), [(ECCVGenerator(), ECCV16), (SIGGRAPHGenerator(), SIGGRAPH17)])
def test_the_layout_is_that_of_the_published_files(network: torch.nn.Module, told: dict[str, tuple[int, ...]]) -> None:
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert {name: shapes[name] for name in told} == told
    assert {name.partition(".")[0] for name in shapes} == {name.partition(".")[0] for name in told} | {
        f"model{number}" for number in range(1, 9)
    }


@pytest.mark.parametrize(("network", "mebibytes"), [(ECCVGenerator(), 123.0), (SIGGRAPHGenerator(), 130.5)])
def test_the_weights_are_as_large_as_the_published_files(network: torch.nn.Module, mebibytes: float) -> None:
    size = sum(value.numel() * value.element_size() for value in network.state_dict().values())
    assert size / 2**20 == pytest.approx(mebibytes, abs=0.1)


@pytest.mark.parametrize(("network", "cell"), [(ECCVGenerator(), 4), (SIGGRAPHGenerator(), 1)])
def test_they_answer_a_and_b(network: torch.nn.Module, cell: int) -> None:
    with torch.inference_mode():
        ab = network.eval()(torch.full((2, 1, 48, 64), 60.0))
    assert ab.shape == (2, 2, 48 // cell, 64 // cell)
    assert ab.abs().max() <= 110


@pytest.mark.parametrize("kind", BOTH)
def test_the_pinned_hash_begins_as_the_file_is_called(kind: type[Published]) -> None:
    (file,) = kind().info.weights
    assert file.sha256.startswith(Path(file.name).stem.rpartition("-")[2])
    assert len(file.sha256) == 64 and file.url is not None and file.url.endswith(file.name)


@pytest.mark.parametrize("kind", BOTH)
def test_without_a_network_it_says_which_file_to_put_where(kind: type[Published], tmp_path: Path) -> None:
    backend = kind()
    backend.directories = Directories(weights=tmp_path, cache=tmp_path / "cache")
    with pytest.raises(BackendUnavailable) as told:
        backend.load("cpu", Offline())
    file = backend.info.weights[0]
    assert all(word in str(told.value) for word in (file.name, file.sha256, "GLOSSATOR_WEIGHTS", "not fetched"))


def test_another_file_of_that_name_is_not_used(tmp_path: Path) -> None:
    backend = Siggraph17()
    torch.save({}, tmp_path / backend.info.weights[0].name)
    backend.directories = Directories(weights=tmp_path)
    with pytest.raises(BackendUnavailable, match="has SHA-256"):
        backend.load("cpu", Offline())


def test_weights_of_another_layout_are_refused(tmp_path: Path) -> None:
    torch.save(ECCVGenerator().state_dict(), tmp_path / "other.pth")
    with pytest.raises(BackendUnavailable, match="has no weights for SIGGRAPHGenerator"):
        TorchPainter(SIGGRAPHGenerator(), tmp_path / "other.pth", "cpu")


def test_a_file_that_runs_code_is_refused(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (exec, ("raise SystemExit('it ran')",))

    torch.save({"model1.0.weight": Trap()}, tmp_path / "trap.pth")
    with pytest.raises(BackendUnavailable, match="has no weights for"):
        TorchPainter(ECCVGenerator(), tmp_path / "trap.pth", "cpu")
