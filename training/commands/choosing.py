"""The weights that people name on the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from handseg.addresses import names_repo
from handseg.errors import SettingError
from handseg.settings import Settings
from handseg.weights import Weights, choose
from training.running.folder import RUN, WEIGHTS
from training.running.standing import is_behind


def weights_called(text: str, settings: Settings) -> Weights:
    """The weights of a run, of a folder, of an installed model, or those of owner/name[@revision] on the Hub.

    Raises:
        SettingError: a run is not packaged yet, or became better since.
        WeightsError, UnknownNameError, HubError: there are no such weights.
    """
    folder = Path(text)
    if (folder / RUN).is_file():
        return _packaged(folder)
    if folder.is_dir() or ("/" in text and not names_repo(text)):
        return Weights.open(folder)
    return choose(replace(settings, model=text))


def _packaged(run: Path) -> Weights:
    remedy = f"call: python -m training export {run} {run / WEIGHTS}"
    if not (run / WEIGHTS).is_dir():
        raise SettingError(f"the run is not packaged yet; {remedy}")
    if is_behind(run):
        raise SettingError(f"the run became better since it was packaged; {remedy}")
    return Weights.open(run / WEIGHTS)
