"""A process of its own for a trial: it outlives the page, and even the app."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from handseg.errors import OutputError
from training.trials.folder import LOG, Trial

ROOT = Path(__file__).parents[2]


def start(trial: Trial) -> None:
    """Let a new process carry out a trial, and return at once; raises OutputError if there can be none."""
    try:
        with (trial.folder / LOG).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "training.trials", str(trial.folder)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
    except OSError as error:
        raise OutputError(f"cannot start a process for the comparison: {error}; free some memory") from error
    threading.Thread(target=process.wait, name="wait for a comparison", daemon=True).start()
