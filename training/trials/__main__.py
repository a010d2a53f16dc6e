"""Carries out a trial that was begun: python -m training.trials FOLDER."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from handseg.settings import Settings
from training.trials.carrying_out import carry_out
from training.trials.folder import Trial

POLITENESS = 10
"""People who use the app meanwhile come first."""


def main(folder: str) -> None:
    """Carry out the trial in `folder`."""
    if hasattr(os, "nice"):
        os.nice(POLITENESS)
    carry_out(Trial(Path(folder)), Settings.from_environment())


if __name__ == "__main__":
    main(sys.argv[1])
