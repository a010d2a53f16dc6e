"""What a maintainer looks at while a run goes on: its curves, and what the network sees by now."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import islice
from typing import Any

from training.evaluation.cases import Cases
from training.evaluation.report import Worst, outcome
from training.evaluation.scores import Predictor

MOST_EXAMPLES = 12


def curves(history: Sequence[dict[str, Any]]) -> bytes:
    """The loss and the scores by step, from what `Trainer` logs, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, names in ((left, ("loss",)), (right, ("eval_iou", "eval_f1", "eval_mean_iou"))):
        for name in names:
            points = [(entry["step"], entry[name]) for entry in history if name in entry]
            if points:
                axes.plot(*zip(*points, strict=True), label=name.removeprefix("eval_"))
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend()
    right.set_ylim(0, 1)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return file.getvalue()


def examples(predictor: Predictor, cases: Cases) -> bytes:
    """Some photos with the true hand outlined in green and what is seen in red, as a PNG."""
    sheet = Worst(MOST_EXAMPLES)
    for number, case in enumerate(islice(iter(cases), MOST_EXAMPLES)):
        sheet.look(case.name, -number, outcome(case, predictor.predict(case.photo).mask()))
    return sheet.sheet()
