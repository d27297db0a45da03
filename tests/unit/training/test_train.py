"""Training for real, on ten pages and for two epochs: everything that a long run does."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ml_backends.card import ModelCard
from ml_backends.training import provenance, readers
from ml_backends.training.comparing import predictor
from ml_backends.training.fitting import Fit, losses
from ml_backends.training.illustrations import TrainedModel, TrainSettings, divide, train
from ml_backends.training.pages import LABELS, UnreadableData
from ml_backends.training.yolo_layout import Copies, Mixture
from ml_backends.weights import sha256

NETWORKS = Path(__file__).parents[2] / "data" / "networks"
FIT = Fit(imgsz=160, epochs=2, batch=4, warmup_epochs=0, mosaic=0, close_mosaic=0, scale=0.1, workers=0, device="cpu")


def silent(done: int, total: int, text: str) -> None:
    """A progress callback that tells nobody."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, detector_pages: Path) -> TrainSettings:
    folder = tmp_path_factory.mktemp("training")
    mixture = Mixture(synthetic=6, copies=Copies(2, 2, 2, 2, 2), seed=1)
    return TrainSettings(
        folder / "run",
        folder / "out",
        (detector_pages,),
        photographs=detector_pages / "images",
        name="small",
        mixture=mixture,
        fit=FIT,
        sizes=(96,),
        processes=1,
    )


@pytest.fixture(scope="module")
def told() -> list[tuple[int, int, str]]:
    return []


@pytest.fixture(scope="module")
def trained(settings: TrainSettings, told: list[tuple[int, int, str]]) -> TrainedModel:
    return train(settings, lambda done, total, text: told.append((done, total, text)))


def test_the_loss_falls(trained: TrainedModel, settings: TrainSettings) -> None:
    first, second = losses(settings.run / "fit")
    assert second < first


def test_the_files_are_what_the_card_says(trained: TrainedModel) -> None:
    card = ModelCard.read(trained.card)
    assert card.sha256 == {file.name: sha256(file) for file in (trained.onnx, trained.checkpoint)}
    assert card.labels == LABELS
    assert card.calibration is not None


def test_the_result_loads_and_predicts(trained: TrainedModel, detector_pages: Path) -> None:
    predict = predictor(ModelCard.read(trained.card), trained.card.parent)
    with Image.open(next((detector_pages / "images").glob("*.jpg"))) as image:
        findings = predict([image, image])
    assert len(findings) == 2
    assert all(0 <= (finding.score or 0) <= 1 and finding.label in LABELS for finding in findings[0])


def test_the_card_tells_where_the_weights_come_from(trained: TrainedModel) -> None:
    card = json.loads(trained.card.read_text())
    data = card["training"]["data"]
    assert {source["set"] for source in data["train"]} >= {"nls_chapbooks", "gallica15inc"}
    assert all(all(source["licence"]) and len(source["sha256"]) == 64 for source in data["train"] + data["val"])
    assert card["training"]["settings"]["fit"]["seed"] == FIT.seed
    assert card["training"]["libraries"]["torch"]
    assert card["metrics"]["val"]["labels"]["illustration"]["marked"] == 2
    assert str(trained.card.parent) not in trained.card.read_text()


def test_the_card_compares_ways_of_using_the_weights(trained: TrainedModel) -> None:
    card = json.loads(trained.card.read_text())
    rows = card["compared_on_val"]
    assert [(row["imgsz"], row["rivals"]) for row in rows] == [(160, True), (160, False), (96, True)]
    assert all(row["marked"] == 2 and 0 <= row["ap50_95"] <= row["ap50"] <= 1 for row in rows)
    assert rows[0]["threshold"] == card["threshold"]
    assert card["rivals"] == {"illustration": "ornament"}
    assert all(part["raw_expected_calibration_error"] is not None for part in card["metrics"].values())


def test_progress_is_told_up_to_the_end(trained: TrainedModel, told: list[tuple[int, int, str]]) -> None:
    assert {text.split()[0] for _, _, text in told} >= {"making", "evaluating"}
    assert all(0 <= done <= total for done, total, _ in told)


def test_a_finished_run_is_not_trained_again(trained: TrainedModel, settings: TrainSettings) -> None:
    weights = (settings.run / "fit" / "weights" / "best.pt").stat().st_mtime_ns
    again = train(settings, silent)
    assert (settings.run / "fit" / "weights" / "best.pt").stat().st_mtime_ns == weights
    assert json.loads(again.card.read_text())["threshold"] == json.loads(trained.card.read_text())["threshold"]


def test_training_starts_from_weights_that_are_given(
    trained: TrainedModel, settings: TrainSettings, tmp_path: Path
) -> None:
    fit = replace(FIT, base=trained.checkpoint, epochs=1)
    further = replace(
        settings,
        blend=0.5,
        run=tmp_path / "run",
        out=tmp_path / "out",
        photographs=None,  # so that none of the synthetic pages can be made
        mixture=Mixture(40, Copies(1, 1, 1, 1, 1)),
        fit=fit,
        others=(trained.card,),
    )
    card = json.loads(train(further, silent).card.read_text())
    assert card["training"]["base"]["sha256"] == sha256(trained.checkpoint)
    assert card["training"]["settings"]["blend"] == 0.5
    assert card["training"]["base"]["training"]["settings"]["mixture"]["synthetic"] == 6
    own, other = card["compared_runs"]
    assert (own["settings"]["mixture.synthetic"], other["settings"]["mixture.synthetic"]) == (0, 6)
    assert "fit.imgsz" not in own["settings"]  # the same in both
    measured = json.loads(trained.card.read_text())["metrics"]["val"]
    assert other["val"]["ap50"] == measured["labels"]["illustration"]["ap50"]
    assert other["val"]["false_alarms"] == measured["false_alarms"]


def test_what_is_no_card_of_a_run_is_refused_before_the_training(settings: TrainSettings, tmp_path: Path) -> None:
    card = tmp_path / "card.json"
    card.write_text('{"version": "1", "training": {"settings": 3}, "metrics": {}}')
    with pytest.raises(UnreadableData, match="not the model card of a training run"):
        train(replace(settings, run=tmp_path / "run", out=tmp_path / "out", others=(card,)), silent)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_holds_another_run_is_refused(trained: TrainedModel, settings: TrainSettings) -> None:
    other = replace(settings, mixture=replace(settings.mixture, synthetic=7), hold_out=("gbn",))
    with pytest.raises(UnreadableData, match=r"differs in mixture, pages\."):
        train(other, silent)


def test_weights_that_saw_what_is_held_out_are_refused(
    trained: TrainedModel, settings: TrainSettings, tmp_path: Path
) -> None:
    registered = Path(shutil.copy(trained.checkpoint, tmp_path))  # as the command leaves it
    shutil.copy(trained.card, tmp_path / "card.json")
    for number, weights in enumerate((trained.checkpoint, registered)):
        fit, run = replace(FIT, base=weights), tmp_path / str(number)
        with pytest.raises(UnreadableData, match="was trained on gallica15inc, to be held out"):
            train(replace(settings, run=run, fit=fit, hold_out=("gallica15inc",)), silent)


def test_a_card_beside_that_is_of_other_weights_tells_nothing(trained: TrainedModel, tmp_path: Path) -> None:
    other = Path(shutil.copy(NETWORKS / "shapes-detect.pt", tmp_path))
    shutil.copy(trained.card, tmp_path / "card.json")
    assert provenance.of_base(other) == {"sha256": sha256(other), "version": None, "training": None, "metrics": None}


def test_a_base_that_cannot_be_blended_is_refused_before_the_training(settings: TrainSettings, tmp_path: Path) -> None:
    base = replace(FIT, base=NETWORKS / "shapes-detect.pt")
    with pytest.raises(UnreadableData, match=r"tells \d+ classes apart, not 4"):
        train(replace(settings, run=tmp_path, fit=base, blend=0.5), silent)
    assert not (tmp_path / "data").exists()


def test_a_run_that_was_stopped_after_its_last_epoch_is_done(trained: TrainedModel, settings: TrainSettings) -> None:
    (settings.run / "fit" / "finished").unlink()  # as before ultralytics measures the result
    before = (settings.run / "fit" / "results.csv").read_bytes()
    train(settings, silent)
    assert (settings.run / "fit" / "results.csv").read_bytes() == before


def test_a_run_that_was_stopped_between_epochs_goes_on(settings: TrainSettings, tmp_path: Path) -> None:
    def stop(done: int, total: int, text: str) -> None:
        if text.startswith("epoch 2"):
            raise KeyboardInterrupt

    further = replace(settings, run=tmp_path / "run", out=tmp_path / "out", fit=replace(FIT, batch=1), sizes=())
    with pytest.raises(KeyboardInterrupt):
        train(further, stop)
    assert len(losses(further.run / "fit")) == 1
    before = (further.run / "fit" / "results.csv").read_text()
    train(further, silent)
    assert len(losses(further.run / "fit")) == 2
    after = (further.run / "fit" / "results.csv").read_text()
    assert after.startswith(before)  # with the time that it took: what begins anew deletes the first row


def test_a_set_that_is_held_out_is_in_no_other_part(detector_pages: Path) -> None:
    parts = divide(readers.read(detector_pages), ("gbn",))
    assert [page.group for page in parts["gbn"]] == ["gbn"]
    assert all(page.group != "gbn" for name in ("train", "val", "test") for page in parts[name])


def test_data_without_validation_pages_is_refused(detector_pages: Path) -> None:
    pages = [page for page in readers.read(detector_pages) if page.split == "train"]
    with pytest.raises(UnreadableData, match="validate"):
        divide(pages)


def test_a_set_to_be_held_out_that_is_not_there_is_refused(detector_pages: Path) -> None:
    with pytest.raises(UnreadableData, match=r"'gnb' to be held out; the sets are: .*gbn"):
        divide(readers.read(detector_pages), ("gnb",))
