"""When a run has learned what it can."""

from __future__ import annotations

from collections.abc import Sequence
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
        if self.ends(state.log_history):
            control.should_save = control.should_training_stop = True
        return control

    def ends(self, history: Sequence[dict[str, Any]]) -> bool:
        """Whether a run with this history, as `Trainer` logs it, is over."""
        scores = [entry[METRIC] for entry in history if METRIC in entry]
        return bool(scores) and len(scores) - 1 - scores.index(max(scores)) >= self._evaluations
