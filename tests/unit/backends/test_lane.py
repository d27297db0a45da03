"""Lanes: batching, whose error is whose, and closing."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from threading import Barrier, Event, Thread, current_thread

import pytest
from PIL import Image

from ml_backends.lane import Lane
from ml_backends.types import BackendInfo, BackendUnavailable, Finding, Picture, Transport


class Widths:
    """Answers how wide a picture is; refuses pictures of width 13 together with whoever is in their batch."""

    info = BackendInfo("widths", "1", "Widths", motivations=("describing",), batch=4)

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.threads: set[str] = set()
        self.gate = Event()
        self.gate.set()
        self.entered = Event()

    def load(self, device: str, transport: Transport) -> None:
        self.threads.add(current_thread().name)

    def predict(self, pictures: Sequence[Picture]) -> list[list[Finding]]:
        self.threads.add(current_thread().name)
        self.entered.set()
        self.gate.wait()
        self.batches.append([picture.width for picture in pictures])
        if any(picture.width == 13 for picture in pictures):
            raise ValueError("thirteen")
        return [[Finding("describing", text=str(picture.width))] for picture in pictures]


class Prepared(Widths):
    """Takes numbers instead of pictures, and cannot prepare pictures of width 7."""

    def __init__(self) -> None:
        super().__init__()
        self.prepared_in: set[str] = set()

    def prepare(self, picture: Picture) -> int:
        self.prepared_in.add(current_thread().name)
        if picture.width == 7:
            raise OSError("truncated")
        return picture.width

    def predict_prepared(self, prepared: Sequence[int]) -> list[list[Finding]]:
        return self.predict([page(width) for width in prepared])


def page(width: int) -> Picture:
    return Image.new("RGB", (width, 2))


def text(answer: Future[list[Finding]]) -> str | None:
    return answer.result(timeout=60)[0].text


def test_what_waits_is_predicted_together_up_to_the_batch(offline: Transport) -> None:
    backend = Widths()
    backend.gate.clear()
    with Lane(backend, "cpu", offline) as lane:
        first = lane.submit(page(1))
        backend.entered.wait()
        rest = [lane.submit(page(width)) for width in range(2, 8)]
        backend.gate.set()
        assert [text(answer) for answer in [first, *rest]] == ["1", "2", "3", "4", "5", "6", "7"]
    assert backend.batches == [[1], [2, 3, 4, 5], [6, 7]]
    assert lane.predicted == 7


def test_loading_and_predicting_happen_in_one_thread(offline: Transport) -> None:
    backend = Widths()
    with Lane(backend, "cpu", offline) as lane:
        threads = [Thread(target=lambda width=width: text(lane.submit(page(width)))) for width in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert backend.threads == {"lane-widths"}


def test_a_picture_that_fails_harms_no_neighbour(offline: Transport) -> None:
    backend = Widths()
    backend.gate.clear()
    with Lane(backend, "cpu", offline) as lane:
        lane.submit(page(1))
        backend.entered.wait()
        answers = {width: lane.submit(page(width)) for width in (2, 13, 3)}
        backend.gate.set()
        assert text(answers[2]) == "2"
        assert text(answers[3]) == "3"
        with pytest.raises(ValueError, match="thirteen"):
            text(answers[13])
    assert backend.batches == [[1], [2, 13, 3], [2], [13], [3]]


def test_a_picture_that_fails_alone_is_not_tried_twice(offline: Transport) -> None:
    backend = Widths()
    with Lane(backend, "cpu", offline) as lane, pytest.raises(ValueError, match="thirteen"):
        text(lane.submit(page(13)))
    assert backend.batches == [[13]]


def test_pictures_are_prepared_by_those_who_submit_them(offline: Transport) -> None:
    backend = Prepared()
    with Lane(backend, "cpu", offline) as lane:
        assert text(lane.submit(page(5))) == "5"
        with pytest.raises(OSError, match="truncated"):
            text(lane.submit(page(7)))
    assert backend.prepared_in == {current_thread().name}
    assert backend.batches == [[5]]


def test_closing_finishes_what_waits_and_takes_nothing_more(offline: Transport) -> None:
    backend = Widths()
    backend.gate.clear()
    lane = Lane(backend, "cpu", offline)
    lane.start()
    answers = [lane.submit(page(width)) for width in range(1, 10)]
    closing = Thread(target=lane.close)
    closing.start()
    backend.gate.set()
    closing.join()
    assert [text(answer) for answer in answers] == [str(width) for width in range(1, 10)]
    with pytest.raises(RuntimeError, match="closed"):
        lane.submit(page(1))
    lane.close()


def test_a_cancelled_request_is_not_predicted(offline: Transport) -> None:
    backend = Widths()
    backend.gate.clear()
    with Lane(backend, "cpu", offline) as lane:
        first = lane.submit(page(1))
        backend.entered.wait()
        given_up, kept = lane.submit(page(2)), lane.submit(page(3))
        assert given_up.cancel()
        backend.gate.set()
        assert (text(first), text(kept)) == ("1", "3")
    assert backend.batches == [[1], [3]]


def test_many_threads_get_each_their_own_answer(offline: Transport) -> None:
    backend = Widths()
    found: dict[int, str | None] = {}
    start = Barrier(16)

    def ask(width: int) -> None:
        start.wait()
        found[width] = text(lane.submit(page(width)))

    with Lane(backend, "cpu", offline) as lane:
        threads = [Thread(target=ask, args=(width,)) for width in range(20, 36)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {width: str(width) for width in range(20, 36)}
    assert max(len(batch) for batch in backend.batches) <= 4


def test_what_load_raises_reaches_the_one_who_starts(offline: Transport) -> None:
    class Unloadable(Widths):
        def load(self, device: str, transport: Transport) -> None:
            raise BackendUnavailable("no weights")

    lane = Lane(Unloadable(), "cpu", offline)
    with pytest.raises(BackendUnavailable, match="no weights"):
        lane.start()
    lane._thread.join()
    with pytest.raises(RuntimeError, match="never started"):
        lane.submit(page(1))


@pytest.mark.parametrize("answer", [[], [[], []], [None]])
def test_a_backend_that_breaks_its_contract_is_told_so(offline: Transport, answer: list[list[Finding]]) -> None:
    class Sloppy(Widths):
        def predict(self, pictures: Sequence[Picture]) -> list[list[Finding]]:
            return answer

    with Lane(Sloppy(), "cpu", offline) as lane, pytest.raises(TypeError, match="'widths' broke its contract"):
        text(lane.submit(page(1)))
