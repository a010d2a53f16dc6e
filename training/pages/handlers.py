"""What happens when a maintainer does something: values of components in, values of components out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from handseg.errors import HandsegError, sentence
from training.pages import drawing
from training.pages.html import element
from training.pages.maintenance import Maintenance, why_not_comparable
from training.pages.sayings import before_promotion, before_return
from training.trials.folder import JUDGED, RUNNING, Trial

Values = Sequence[Any]


class Handlers:
    """Each handler is told who asks, and then what the page has chosen."""

    def __init__(self, maintenance: Maintenance) -> None:
        self.maintenance = maintenance

    # ------------------------------------------------------------------ looking

    def use(self, _by: str, model: str) -> Values:
        """What is in use, the button to roll back, its question, and the history."""
        return [
            drawing.in_use(self.maintenance.in_use(model), self.maintenance.since(model)),
            gr.Button(visible=self.maintenance.may_return(model)),
            gr.Column(visible=False),
            drawing.history(self.maintenance.history()),
        ]

    def growth(self, _by: str) -> Values:
        """The dataset's growth, or why it cannot be told."""
        try:
            return [drawing.growth(self.maintenance.growth(), self.maintenance.dataset())]
        except HandsegError as error:
            return [element("p", sentence(error), kind="trouble")]

    def runs(self, _by: str, chosen: str) -> Values:
        """The list of runs."""
        found, troubles = self.maintenance.runs()
        return [drawing.runs(found, troubles, chosen, str(self.maintenance.settings.runs_folder))]

    def run(self, by: str, run: str) -> Values:
        """A run that was picked, with its newest comparison."""
        standing = self.maintenance.run(run)
        reason = why_not_comparable(standing)
        revisions = [] if reason else self._revisions()
        trials = self.maintenance.trials(run)
        return [
            run,
            *self.runs(by, run),
            gr.Column(visible=True),
            drawing.run(standing) + drawing.not_comparable(reason) if reason else drawing.run(standing),
            gr.Row(visible=not reason),
            gr.Dropdown(revisions, value=revisions[0][1] if revisions else None),
            _choice(trials),
            *self._shown(trials[0] if trials else None),
        ]

    def look_again(self, by: str, run: str) -> Values:
        """The list of runs, and the run that is open, as they are by now."""
        if run:
            return self.run(by, run)
        return [run, *self.runs(by, run), *[gr.skip()] * 12]

    def trial(self, _by: str, run: str, trial_id: str) -> Values:
        """A comparison that was chosen."""
        return self._shown(self.maintenance.trial(run, trial_id))

    # ------------------------------------------------------------------ comparing

    def compare(self, by: str, run: str, model: str, revision: str) -> Values:
        """Begin a comparison."""
        trial = self.maintenance.compare(run, model, revision or "", by)
        return [_choice(self.maintenance.trials(run)), *self._shown(trial)]

    def follow(self, _by: str, run: str, trial_id: str) -> Values:
        """How far it is; only when it is over, all is drawn anew."""
        trial = self.maintenance.trial(run, trial_id)
        return [drawing.progress(trial), *[gr.skip()] * 6] if trial.standing == RUNNING else self._shown(trial)

    def follow_no_more(self) -> Values:
        """Let the timer rest, and all else be as it is."""
        return [*[gr.skip()] * 6, gr.Timer(active=False)]

    def cancel(self, _by: str, run: str, trial_id: str) -> Values:
        """Let it stop."""
        trial = self.maintenance.trial(run, trial_id)
        trial.cancel()
        return self._shown(trial)

    # ------------------------------------------------------------------ deciding

    def ask_to_promote(self, _by: str, run: str, trial_id: str) -> Values:
        """What promoting will do, and the question."""
        return [element("p", before_promotion(self.maintenance.trial(run, trial_id))), gr.Column(visible=True)]

    def promote(self, by: str, run: str, trial_id: str, model: str) -> Values:
        """Promote, if there are no objections still."""
        trial = self.maintenance.trial(run, trial_id)
        weights = self.maintenance.promote(trial, by)
        gr.Info(f"Promoted: {weights.card.id} answers from now on.")
        return [*self._shown(trial), *self.use(by, model)]

    def ask_to_return(self, _by: str, model: str) -> Values:
        """What rolling back will do, the question, and the id of what would go."""
        back = self.maintenance.would_return(model)
        return [element("p", before_return(back)), gr.Column(visible=True), back.goes.card.id]

    def roll_back(self, by: str, model: str, expected: str, run: str, trial_id: str) -> Values:
        """Roll back, if nothing has changed since the question."""
        weights = self.maintenance.roll_back(model, expected, by)
        gr.Info(f"Rolled back: {weights.card.id} answers from now on.")
        trial = self.maintenance.trial(run, trial_id) if run and trial_id else None
        return [*self._shown(trial), *self.use(by, model)]

    def _revisions(self) -> list[tuple[str, str]]:
        """None if the dataset cannot be reached: the run can be looked at all the same."""
        try:
            return self.maintenance.revisions()
        except HandsegError as error:
            gr.Warning(sentence(error))
            return []

    def _shown(self, trial: Trial | None) -> Values:
        """Progress, the button to cancel, verdict, the button to promote, its question, numbers, and the timer."""
        hidden = gr.Column(visible=False)
        if trial is None:
            nothing = gr.HTML("", visible=False)
            no_button = gr.Button(visible=False)
            return [nothing, no_button, "", no_button, hidden, "", gr.Timer(active=False)]
        standing, running = trial.standing, trial.standing == RUNNING
        objections = self.maintenance.objections(trial)
        return [
            gr.HTML(drawing.progress(trial) if running else "", visible=running),
            gr.Button(visible=running and not trial.cancelled),
            drawing.verdict(trial, objections, standing == JUDGED and self.maintenance.is_in_use(trial)),
            gr.Button(visible=standing == JUDGED and not objections),
            hidden,
            drawing.numbers(trial),
            gr.Timer(active=running),
        ]


def _choice(trials: Sequence[Trial]) -> gr.Dropdown:
    named = [(f"{each.asked.begun_at[:16].replace('T', ' ')} by {each.asked.by}", each.id) for each in trials]
    return gr.Dropdown(named, value=named[0][1] if named else None, visible=len(named) > 1)
