"""Calibrated scores are shares of what is right."""

from __future__ import annotations

import numpy as np
import pytest

from ml_backends.evaluation.calibration import Platt, expected_calibration_error, fit_platt


def sample(count: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Overconfident scores: the logit of the score is twice the logit of the truth, and one too high."""
    rng = np.random.default_rng(3)
    logit = rng.normal(0, 1.5, count)
    right = rng.random(count) < 1 / (1 + np.exp(-logit))
    return 1 / (1 + np.exp(-(2 * logit + 1))), right


def test_the_fit_finds_the_scaling_that_was_put_in() -> None:
    platt = fit_platt(*sample())
    assert platt.a == pytest.approx(0.5, abs=0.05)
    assert platt.b == pytest.approx(-0.5, abs=0.1)


def test_the_fit_lowers_the_calibration_error() -> None:
    scores, right = sample()
    before = expected_calibration_error(scores, right)
    after = expected_calibration_error(fit_platt(scores, right)(scores), right)
    assert before > 0.1
    assert after < 0.03


def test_nothing_to_learn_changes_nothing() -> None:
    assert fit_platt(np.array([0.2, 0.9]), np.array([True, True])) == Platt()


def test_the_curve_of_a_card_follows_the_fit() -> None:
    platt = fit_platt(*sample())
    curve = platt.curve()
    for score in np.linspace(0.02, 0.98, 40):
        assert curve(float(score)) == pytest.approx(float(platt(np.array([score]))[0]), abs=0.01)


def test_error_of_scores_that_are_always_right_by_half() -> None:
    assert expected_calibration_error(np.full(10, 0.9), np.array([True, False] * 5)) == pytest.approx(0.4)
    assert expected_calibration_error(np.zeros(0), np.zeros(0, bool)) == 0
