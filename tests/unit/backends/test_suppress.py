"""Our suppression keeps what ultralytics' own keeps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml_backends.suppress import FLOOR, MOST_FINDINGS, Floats, already_chosen, candidates, suppress, suppress_oriented

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
