"""Training a colouriser: what is gathered, what a step sees, what a run leaves, and how it goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from PIL.Image import Image as Picture

from ml_backends.card import ModelCard
from ml_backends.colorize import Colorize
from ml_backends.colour import lab
from ml_backends.colour.network import CELL, Painter, frame
from ml_backends.training.colorize.batches import Album, batches, lightness
from ml_backends.training.colorize.degrade import Damage
from ml_backends.training.colorize.fitting import LEAST, LINE, Fit, commonness, fit, neighbours, wrong
from ml_backends.training.colorize.gather import EDGE, Offered, gather, offered_by
from ml_backends.training.colorize.run import TrainSettings, liveliest, train
from ml_backends.training.pages import UnreadableData
from ml_backends.types import Drawn
from ml_backends.weights import Offline
from tests.landscapes import landscape

QUICK = Fit(epochs=2, size=64, batch=2, learning_rate=3e-3, average=0.5, threads=1)
"""Ten steps."""


def silent(done: int, total: int, doing: str) -> None:
    """Tells nobody."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten landscapes, two of them kept apart and one to choose by, and a grey picture."""
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    rows = ["file,set,split,repo,licence"]
    for number in range(10):
        landscape(number).save(photographs / f"{number}.png")
        part = "test" if number > 7 else "val" if number == 7 else "train"
        rows.append(f"{number}.png,drawn,{part},nowhere/drawn,CC0")
    landscape(3).convert("L").save(photographs / "grey.png")
    (photographs / "index.csv").write_text("\n".join([*rows, "grey.png,drawn,train,,"]) + "\n")
    return photographs


@pytest.fixture
def pictures(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9].png"))


@pytest.fixture
def settings(tmp_path: Path) -> TrainSettings:
    return TrainSettings(tmp_path / "run", tmp_path / "out", version="7", licence="CC0-1.0", imgsz=64, fit=QUICK)


def test_a_run_leaves_weights_that_paint(folder: Path, settings: TrainSettings) -> None:
    trained = train(settings, offered_by(folder), silent)
    first, last = json.loads(trained.card.read_text())["losses"]
    assert last < first
    assert trained.sheet.is_file() and trained.report is not None
    card = ModelCard.read(trained.card)
    backend = Colorize(settings.out, card)
    backend.load("cpu", Offline())
    assert (backend.info.name, backend.info.version, backend.info.max_edge) == ("colorize", "7", 32768)
    grey = landscape(20).convert("L")
    (found,) = backend.predict([grey])[0]
    assert found.picture is not None and not isinstance(found.picture, Drawn)
    assert found.picture.size == grey.size
    assert np.abs(lab.lightness(np.asarray(found.picture)) - lab.lightness(np.asarray(grey.convert("RGB")))).max() < 0.4


def test_the_card_tells_data_settings_and_figures(folder: Path, settings: TrainSettings) -> None:
    told = json.loads(train(settings, offered_by(folder), silent).card.read_text())
    counts = {row["part"]: row["pictures"] for row in told["training"]["data"]}
    assert counts.keys() == {"grey, not used", "test", "train", "val"}
    assert counts["grey, not used"] == 1 and counts["test"] == 2 and counts["train"] + counts["val"] == 8
    assert {row["licence"] for row in told["training"]["data"]} == {"", "CC0"}
    assert told["training"]["settings"]["fit"]["seed"] == QUICK.seed
    assert len(told["losses"]) == 2 and told["licence"] == "CC0-1.0"
    methods = told["metrics"]["test"]["all"]
    assert {"colorize", "grey", "sepia", "best constant tint", "true"} == methods.keys()
    assert methods["true"]["ciede2000"] == 0 and methods["grey"]["ciede2000"] > 5
    assert methods["grey"]["colourfulness"] < 1 < methods["true"]["colourfulness"]
    assert str(settings.run.parent) not in json.dumps(told)


def test_a_run_that_was_stopped_goes_on(pictures: list[Path], tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(done: int, total: int, doing: str) -> None:
        if done == 1:
            raise Stopped

    whole = fit(pictures, tmp_path / "whole", QUICK, silent)
    with pytest.raises(Stopped):
        fit(pictures, tmp_path / "stopped", QUICK, stop)
    resumed = fit(pictures, tmp_path / "stopped", QUICK, silent)
    assert whole.losses == resumed.losses
    for one, other in zip(whole.network.state_dict().values(), resumed.network.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_a_finished_run_is_not_trained_again(pictures: list[Path], tmp_path: Path) -> None:
    first = fit(pictures, tmp_path, QUICK, silent)
    again = fit(pictures, tmp_path, QUICK, silent)
    assert len(again.losses) == QUICK.epochs and again.seconds == first.seconds


def test_a_run_may_start_from_other_weights(pictures: list[Path], tmp_path: Path) -> None:
    first = fit(pictures, tmp_path / "first", QUICK, silent)
    torch.save(first.network.state_dict(), tmp_path / "first.pt")
    second = fit(pictures, tmp_path / "second", QUICK, silent, tmp_path / "first.pt")
    assert second.losses[0] < first.losses[0]


def test_weights_of_something_else_are_no_start(pictures: list[Path], tmp_path: Path) -> None:
    torch.save({"some": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(ValueError, match="holds no weights of a colouriser"):
        fit(pictures, tmp_path / "run", QUICK, silent, tmp_path / "other.pt")


def test_a_run_by_the_clock_ends(pictures: list[Path], tmp_path: Path) -> None:
    assert len(fit(pictures, tmp_path, replace(QUICK, hours=1e-6), silent).losses) == 1


def test_without_photographs_in_colour_there_is_nothing_to_train_on(settings: TrainSettings) -> None:
    grey = [Offered(str(n), lambda: Image.new("L", (64, 64), 90), "greys") for n in range(5)]
    with pytest.raises(UnreadableData, match="5 grey and skipped"):
        train(settings, grey, silent)


def test_a_folder_without_images_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableData, match="no images"):
        list(offered_by(tmp_path))
    (tmp_path / "index.csv").write_text("name\nx\n")
    with pytest.raises(UnreadableData, match="no column 'file'"):
        list(offered_by(tmp_path))


def test_a_broken_file_is_told_and_tried_again(folder: Path, tmp_path: Path) -> None:
    (folder / "3.png").write_bytes(b"nothing")
    (lost,) = [one for one in gather(offered_by(folder), tmp_path / "kept", silent) if one.error]
    assert lost.name == "3.png"
    landscape(3).save(folder / "3.png")
    assert not any(one.error for one in gather(offered_by(folder), tmp_path / "kept", silent))


def test_what_was_gathered_is_not_opened_again(folder: Path, tmp_path: Path) -> None:
    first = gather(offered_by(folder), tmp_path, silent)

    def fail() -> Picture:
        raise AssertionError("opened again")

    again: Iterator[Offered] = (replace(one, open=fail) for one in offered_by(folder))
    assert gather(again, tmp_path, silent) == first


@pytest.mark.parametrize("lost", [9, 1], ids=["half a row", "the end of a row"])
def test_gathering_that_was_cut_off_within_a_row_goes_on_as_often_as_it_has_to(
    folder: Path, tmp_path: Path, lost: int
) -> None:
    offered = [replace(one, name=f"Lübeck\u2028{one.name}") for one in offered_by(folder)]
    whole = gather(offered, tmp_path / "whole", silent)
    gather(offered[:4], tmp_path / "cut", silent)
    table = tmp_path / "cut" / "gathered.jsonl"
    rows = table.read_bytes()
    table.write_bytes(rows[:-lost])
    for number in (4, 6, 11, 11):
        assert gather(offered[:number], tmp_path / "cut", silent) == whole[:number]
    assert table.read_bytes().startswith(rows[:-lost] + b"\n")


def test_rows_that_cannot_be_read_are_gathered_again(folder: Path, tmp_path: Path) -> None:
    first = gather(offered_by(folder), tmp_path, silent)
    table = tmp_path / "gathered.jsonl"
    rows = table.read_bytes().splitlines()
    rows[2] = rows[2][:40] + rows[3]  # what an earlier version left where it had been cut off
    rows[5] = "ü".encode()[:1]
    rows[7] = b'{"name": "of another version"}'
    table.write_bytes(b"\n".join(rows))
    again = gather(offered_by(folder), tmp_path, silent)
    assert {one.name: one for one in again} == {one.name: one for one in first}


def test_large_pictures_are_kept_small_and_divided_by_hash(tmp_path: Path) -> None:
    many = [Offered(f"p{n}", lambda n=n: landscape(n).resize((900, 500)), "drawn") for n in range(30)]  # type: ignore[misc]
    found = gather(many, tmp_path, silent)
    assert {one.split for one in found} == {"train", "val", "test"}
    assert sum(one.split == "train" for one in found) > 15
    assert [one.split for one in found] == [one.split for one in gather(reversed(many), tmp_path / "b", silent)][::-1]
    with Image.open(found[0].path(tmp_path)) as kept:
        assert max(kept.size) == EDGE


def test_what_a_step_sees(pictures: list[Path]) -> None:
    damage = Damage(film=1, tone=1, blur=1, grain=1, screen=1, fade=1, page=1, collage=1)
    for batch in batches(Album(pictures), 64, 4, damage, np.random.default_rng(1)):
        count = batch.lightness.shape[0]
        assert batch.lightness.shape == (count, 1, 64, 64) and batch.ab.shape == (count, 2, 64 // CELL, 64 // CELL)
        assert batch.place.shape == (count, 2, 64, 64) and batch.place.abs().max() <= 1.01
        assert batch.lightness.min() >= 0 and batch.lightness.max() <= 100.01
        assert torch.isfinite(batch.lightness).all() and batch.ab.abs().max() < 130


def test_undamaged_lightness_is_that_of_the_picture(pictures: list[Path]) -> None:
    grey = np.asarray(Image.open(pictures[0]).convert("L"))
    expected = lab.lightness(np.dstack([grey] * 3))
    assert np.abs(lightness(np.asarray(grey / 255, np.float32)) - expected).max() < 0.01


def test_the_shares_of_the_neighbours_give_back_the_colour() -> None:
    ab = torch.rand(3, 2, 5, 7) * 180 - 90
    mean = sum(Painter().colours[index] * share[..., None] for index, share in neighbours(ab))
    assert torch.allclose(torch.as_tensor(mean).permute(0, 3, 1, 2), ab, atol=1e-3)


def test_the_loss_is_least_for_the_true_colour() -> None:
    ab = torch.zeros(1, 2, 2, 2)
    logits = torch.zeros(1, LINE * LINE, 2, 2)
    right, wrong_one = logits.clone(), logits.clone()
    right[:, LINE * LINE // 2] = 5
    wrong_one[:, 0] = 5
    assert wrong(right, ab) < wrong(logits, ab) < wrong(wrong_one, ab)


def test_rare_colours_are_known_as_rare(pictures: list[Path]) -> None:
    common = commonness(Album(pictures), seed=1)
    assert common.shape == (LINE * LINE,) and common[0] == common.min()
    assert common.exp().sum() == pytest.approx(1 + LEAST * LINE * LINE, abs=1e-3)


def test_the_place_of_a_whole_picture_runs_from_top_to_bottom() -> None:
    place = frame(torch.zeros(1, 1, 32, 64))
    assert place[0, 0, 0, 0] < -0.9 and place[0, 0, -1, 5] > 0.9
    assert place[0, 1, 7, 0] > 0.9 and place[0, 1, 7, 32] < 0.1


def test_a_mirrored_picture_gets_mirrored_colours() -> None:
    torch.manual_seed(3)
    network, light = Painter().eval(), torch.rand(1, 1, 64, 96) * 100
    with torch.inference_mode():
        plain, mirrored = network(light), network(light.flip(3)).flip(3)
    assert plain.shape == (1, 2, 16, 24)
    assert torch.allclose(plain, mirrored, atol=1e-3)


def test_a_quarter_of_the_gain_over_grey_may_be_given_for_livelier_colours() -> None:
    rows = [
        {"ciede2000": difference, "colourfulness": colour}
        for difference, colour in ((9.0, 5.0), (9.2, 12.0), (9.4, 30.0), (10.5, 50.0))
    ]
    assert liveliest(rows, grey=10.0) == 1
    assert liveliest(rows, grey=11.0) == 2
    assert liveliest(rows, grey=8.0) == 0  # nothing is gained: the nearest
    assert liveliest([], grey=10.0) == 0
