"""The average that a run gives out."""

from __future__ import annotations

import pytest
from torch import nn
from transformers import TrainerState

from training.running.averaging import Average


def network(value: float) -> nn.Module:
    """A batch normalisation whose scale is `value`, after 7 batches."""
    made = nn.BatchNorm2d(1)
    nn.init.constant_(made.weight, value)
    made.num_batches_tracked.fill_(7)
    return made


def followed(average: Average, trained: nn.Module, *values: float, begin: int = 0) -> float:
    """The averaged scale after steps that gave these values."""
    for step, value in enumerate(values, start=begin + 1):
        nn.init.constant_(trained.weight, value)
        average.on_step_end(None, TrainerState(global_step=step), None)
    with average.in_place() as averaged:
        return averaged.weight.item()


def test_the_average_of_a_short_run_forgets_the_first_weights_whatever_its_decay() -> None:
    trained = network(100.0)
    assert followed(Average(trained, 0.9999), trained, *[1.0] * 20) == pytest.approx(1, abs=1e-3)


def test_late_in_a_run_a_step_counts_as_the_decay_says() -> None:
    trained = network(1.0)
    assert followed(Average(trained, 0.9), trained, 2.0, begin=1000) == pytest.approx(1.1)


def test_without_a_decay_the_average_is_the_network() -> None:
    trained = network(1.0)
    assert followed(Average(trained, 0.0), trained, 2.0, 5.0, begin=1000) == 5


def test_whole_numbers_are_taken_over_as_they_are() -> None:
    trained = network(1.0)
    average = Average(trained, 0.9)
    trained.num_batches_tracked.fill_(8)
    followed(average, trained, 1.0)
    with average.in_place() as averaged:
        assert averaged.num_batches_tracked == 8


def test_after_a_look_at_the_average_the_network_goes_on_with_its_own_weights() -> None:
    trained = network(1.0)
    average = Average(trained, 0.9)
    nn.init.constant_(trained.weight, 2.0)
    with average.in_place() as averaged:
        assert (averaged.weight.item(), averaged.training) == (1, False)
    assert (trained.weight.item(), trained.training) == (2, True)
