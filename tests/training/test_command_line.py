"""The maintainer's command line as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
INTERRUPTED = """
import signal, sys
from training.__main__ import app, main
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
app.command("wait")(lambda: signal.raise_signal(signal.SIGINT))
sys.argv = ["training", "wait"]
main()
"""


def test_ctrl_c_ends_a_command_in_words() -> None:
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 130
    assert ended.stderr == "interrupted; call it again to go on, `train` and `assistant` with --resume\n"
