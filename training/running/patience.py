"""When a run has learned what it can."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from training.running.trainer import METRIC


class Patience(TrainerCallback):
    """Ends a run after so many evaluations without a better score.

    It counts in the run's history, which is resumed; `transformers.EarlyStoppingCallback` begins anew there.
    """

    def __init__(self, evaluations: int) -> None:
        self._evaluations = evaluations

    def on_evaluate(
        self, _args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        """See `transformers.TrainerCallback`."""
        scores = [entry[METRIC] for entry in state.log_history if METRIC in entry]
        if len(scores) - 1 - scores.index(max(scores)) >= self._evaluations:
            control.should_training_stop = True
        return control
