"""What a maintainer may know and do; knows nothing of pages."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from handseg import promoted
from handseg.errors import HandsegError, UnknownNameError, WeightsError
from handseg.promoted import Change
from handseg.records.growth import Growth, Point
from handseg.records.opening import full_address, open_place
from handseg.settings import Settings
from handseg.weights import SHORT, Weights, choose, installed, set_by_hand
from training import promotion
from training.assistant import ARCHITECTURE as ASSISTANT
from training.running.standing import PACKAGED, Standing, run_called, runs_in
from training.trials.folder import BROKEN_OFF, CANCELLED, FAILED, JUDGED, RUNNING, Trial, trials_of
from training.trials.starting import start


class MaintenanceError(HandsegError):
    """What a maintainer wants cannot be done, or not any more."""


@dataclass(frozen=True)
class Return:
    """What rolling back would do."""

    name: str
    goes: Weights
    comes: Weights


class Maintenance:
    """Looks after the models of one app; safe to be asked by several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._growth: Growth | None = None
        self._deciding, self._opening = threading.Lock(), threading.Lock()

    # ------------------------------------------------------------------ looking

    def names(self) -> list[str]:
        """What models are called here, the app's first."""
        return sorted(installed(self.settings), key=lambda name: name != self.settings.model)

    def in_use(self, name: str) -> Weights:
        """The weights that answer under a name now; raises UnknownNameError and WeightsError."""
        return choose(self.settings, name)

    def history(self) -> list[Change]:
        """Who promoted and rolled back what, newest first; raises WeightsError."""
        return promoted.history(self.settings.home)[::-1]

    def since(self, name: str) -> Change | None:
        """What brought what answers under a name; None if HANDSEG_MODELS did, or nobody. Raises as `in_use`."""
        changes = [] if name in set_by_hand(self.settings) else self.history()
        return next((each for each in changes if each.name == name), None)

    def dataset(self) -> str:
        """What the app's dataset is called, without the server's folders."""
        address = full_address(self.settings.dataset_address)
        return address.rpartition("/")[2] if address.startswith("/") else address

    def growth(self) -> list[Point]:
        """The revisions of the app's dataset, oldest first; raises PlaceError."""
        with self._opening:
            # Not before somebody asks, as it may need the network.
            self._growth = self._growth or Growth(open_place(self.settings.dataset_address))
        return self._growth.points()

    def revisions(self) -> list[tuple[str, str]]:
        """What a test split may be of: names for people, and ids; the newest revision first, then tags."""
        place = open_place(self.settings.dataset_address)
        newest = place.resolve()
        if not newest:
            return []
        tags = sorted(place.tags().items(), reverse=True)
        return [(f"{name} ({revision[:SHORT]})", revision) for name, revision in [("newest", newest), *tags]]

    def runs(self) -> tuple[list[Standing], list[str]]:
        """The runs, begun last first, and why some cannot be shown."""
        return runs_in(self.settings.runs_folder)

    def run(self, name: str) -> Standing:
        """The run with a name; raises UnknownNameError and RunError."""
        return run_called(self.settings.runs_folder, name)

    def trials(self, run: str) -> list[Trial]:
        """The comparisons of a run, newest first."""
        return trials_of(self.run(run).folder)

    def trial(self, run: str, trial_id: str) -> Trial:
        """One of them; raises MaintenanceError if it is not there any more."""
        for trial in self.trials(run):
            if trial.id == trial_id:
                return trial
        raise MaintenanceError(f"the run {run} has no comparison {trial_id!r}; choose another one")

    # ------------------------------------------------------------------ comparing

    def compare(self, run: str, name: str, revision: str, by: str) -> Trial:
        """Begin to compare a run's weights with what is called `name`, and return at once.

        Raises MaintenanceError if there is nothing to compare, or if a comparison is under way, and SettingError if
        nothing could be promoted to that name.
        """
        with self._deciding:
            standing = self.run(run)
            if reason := why_not_comparable(standing):
                raise MaintenanceError(reason)
            if not revision:
                raise MaintenanceError("the dataset is empty, so there is no test split; publish photos first")
            self._refuse_second()
            promotion.check_replaceable(name, self.settings)
            dataset = f"{full_address(self.settings.dataset_address)}@{revision}"
            incumbent = self.in_use(name)
            trial = Trial.begin(standing.folder, standing.weights, incumbent, name, dataset, by)
            start(trial)
            return trial

    def _refuse_second(self) -> None:
        for standing in self.runs()[0]:
            for trial in trials_of(standing.folder):
                if trial.standing == RUNNING:
                    raise MaintenanceError(
                        f"the run {standing.name} is being compared just now, as {trial.asked.by} wanted; wait for the "
                        "end, or cancel it there"
                    )

    # ------------------------------------------------------------------ deciding

    def objections(self, trial: Trial) -> list[str]:
        """Why the candidate of a trial may not be promoted, in sentences; none if it may."""
        if reason := _unfinished(trial):
            return [reason]
        told, asked = trial.outcome["told"], trial.asked
        if not trial.outcome["better"]:
            return list(told["reasons"])
        if self.is_in_use(trial):
            return ["it is in use"]
        try:
            now, found = self.in_use(asked.name).card, self._candidate(trial).card
        except (UnknownNameError, WeightsError) as error:
            return [str(error)]
        if now.fingerprint != asked.incumbent_card:
            return [f"it was compared with {told['incumbent']}, but {now.id} is in use by now; compare it anew"]
        if found.fingerprint != trial.outcome.get("card"):
            return [f"the run was packaged or calibrated anew since, as {found.id}; compare it anew"]
        return []

    def is_in_use(self, trial: Trial) -> bool:
        """Whether the candidate of a judged trial answers now, under the name of what it replaced."""
        try:
            now = self.in_use(trial.asked.name).card
        except UnknownNameError:
            return False
        own_name = str(trial.outcome["told"]["candidate"]).rpartition("@")[0]
        return promotion.before_promotion(now, own_name).fingerprint == trial.outcome.get("card")

    def promote(self, trial: Trial, by: str) -> Weights:
        """Let the candidate of a trial take the incumbent's place; gives what is in use then.

        Raises:
            MaintenanceError: there are objections.
            WeightsError, OutputError: the weights are damaged, or there is no room for a copy.
        """
        with self._deciding:
            if objections := self.objections(trial):
                raise MaintenanceError(f"it is not promoted: {objections[0]}")
            name = trial.asked.name
            candidate, told = self._candidate(trial), trial.outcome["told"]
            promotion.take_over(candidate, told, by, self.settings, name, trial.asked.incumbent_card)
            return self.in_use(name)

    def may_return(self, name: str) -> bool:
        """Whether something was promoted to a name that `roll_back` would take away; raises as `in_use`."""
        return name in promoted.promoted(self.settings.home) and name not in set_by_hand(self.settings)

    def would_return(self, name: str) -> Return:
        """What `roll_back` would do; raises as `training.promotion.would_come_back`."""
        return Return(name, self.in_use(name), promotion.would_come_back(self.settings, name))

    def roll_back(self, name: str, expected: str, by: str) -> Weights:
        """Bring back what was there before the last promotion, if that came as `expected`, an id; gives what came back.

        Raises MaintenanceError if something else is in use by now, and as `would_return`.
        """
        with self._deciding:
            if (now := self.in_use(name).card.id) != expected:
                raise MaintenanceError(f"somebody was faster: {now} is in use by now, not {expected}; look again")
            promotion.roll_back(self.settings, name, by)
            return self.in_use(name)

    def _candidate(self, trial: Trial) -> Weights:
        # By the trial's own place, as whoever copies runs to another disk copies trials, too.
        return Weights.open(run_called(self.settings.runs_folder, trial.folder.parents[1].name).weights)


def trained_an_assistant(standing: Standing) -> bool:
    """Whether a run's network answers clicks, and sees no hands by itself."""
    return bool(standing.about["model"] == ASSISTANT)


def why_not_comparable(standing: Standing) -> str:
    """Why a run cannot be compared, and what to call; "" if it can."""
    if trained_an_assistant(standing):
        call = f"python -m training clicks --assistant {standing.weights} --dataset DATASET"
        return f"the run {standing.name} trained an assistant, which answers clicks; measure it with: {call}"
    if standing.state == PACKAGED:
        return ""
    if not standing.best:
        return f"the run {standing.name} has no weights yet; wait until it was measured for the first time"
    since = standing.packaged_at
    stands = "is not packaged" if since is None else f"was packaged at step {since:,}, and not at its best"
    call = f"python -m training export {standing.folder} {standing.weights}"
    return f"the run {standing.name} {stands}; call: {call}"


def _unfinished(trial: Trial) -> str:
    """Why a trial says nothing of the candidate; "" if it was judged."""
    standing = trial.standing
    if standing == JUDGED:
        return ""
    return {
        RUNNING: "the comparison is still under way; wait for it",
        CANCELLED: "the comparison was cancelled; compare it anew",
        BROKEN_OFF: "the comparison broke off, as its process was ended; compare it anew",
        FAILED: str(trial.outcome.get("error", "")),
    }[standing]
