"""Our suppression keeps what ultralytics' own keeps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml_backends.suppress import (
    FLOOR,
    MOST_FINDINGS,
    Floats,
    Rows,
    against_rivals,
    already_chosen,
    candidates,
    suppress,
    suppress_oriented,
)

CLASSES = 3


def crowd(anchors: int, extra: int, seed: int) -> Floats:
    """An output of shape (4 + classes + extra, anchors) with many boxes about a few places."""
    random = np.random.default_rng(seed)
    places = random.uniform(50, 550, (6, 2))[random.integers(6, size=anchors)]
    centre, size = places + random.normal(0, 15, (anchors, 2)), random.uniform(30, 120, (anchors, 2))
    scores = random.beta(0.4, 2, (anchors, CLASSES))
    rest = random.uniform(-1, 1, (anchors, extra))
    return np.hstack([centre, size, scores, rest]).T.astype(np.float32)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("oriented", [False, True])
@pytest.mark.parametrize(("anchors", "iou"), [(0, 0.7), (1, 0.7), (40, 0.7), (400, 0.7), (400, 0.3), (1500, 0.45)])
def test_the_same_rows_as_ultralytics(anchors: int, iou: float, oriented: bool) -> None:
    import torch
    from ultralytics.utils.nms import non_max_suppression

    output = crowd(anchors, 1, seed=anchors)
    rows = candidates(output, CLASSES, oriented)
    kept = suppress_oriented(rows, iou) if oriented else suppress(rows, iou)
    expected = non_max_suppression(
        torch.from_numpy(output.copy())[None], FLOOR, iou, nc=CLASSES, rotated=oriented, max_time_img=math.inf
    )[0].numpy()
    assert len(kept.scores) == len(expected) <= MOST_FINDINGS
    ours = np.hstack([kept.boxes, kept.scores[:, None], kept.labels[:, None], kept.extra])
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-3)


def test_rows_that_the_network_chose_are_kept_above_the_floor() -> None:
    output = np.array([[0, 0, 9, 9, 0.9, 1, 7], [1, 1, 8, 8, FLOOR, 0, 7], [2, 2, 8, 8, 0.06, 2, 7]], np.float32)
    rows = already_chosen(output)
    assert rows.labels.tolist() == [1, 2]
    assert rows.scores.tolist() == pytest.approx([0.9, 0.06])
    assert rows.extra.tolist() == [[7], [7]]


def rows(*found: tuple[tuple[float, ...], float, int]) -> Rows:
    boxes, scores, labels = zip(*found, strict=True)
    numbers = np.array(labels, np.int64)
    return Rows(
        np.array(boxes, np.float32), np.array(scores, np.float32), numbers, np.zeros((len(found), 0), np.float32)
    )


def test_a_rival_in_the_same_place_takes_its_share_and_no_other() -> None:
    here, nearly, elsewhere = (0, 0, 100, 100), (10, 0, 100, 100), (60, 0, 160, 100)
    found = rows((here, 0.9, 0), (elsewhere, 0.8, 0), (nearly, 0.6, 1), (here, 0.3, 1), (here, 0.5, 2))
    left = against_rivals(found, {0: 1})
    assert left.scores.tolist() == pytest.approx([0.8, 0.6, 0.5, 0.36, 0.3])
    assert left.labels.tolist() == [0, 1, 2, 0, 1]
    assert left.boxes[3].tolist() == list(here)


def test_rivals_of_each_other_are_weighed_by_their_own_scores() -> None:
    left = against_rivals(rows(((0, 0, 9, 9), 0.75, 0), ((0, 0, 9, 9), 0.5, 1)), {0: 1, 1: 0})
    assert left.scores.tolist() == pytest.approx([0.375, 0.125])


def test_without_boxes_there_are_no_rivals() -> None:
    empty = Rows(
        np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
    )
    assert not len(against_rivals(empty, {0: 1}).scores)
