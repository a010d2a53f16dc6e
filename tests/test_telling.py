from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from handseg import __main__ as handseg

ROOT = Path(__file__).parent.parent
INTERRUPTED = """
import signal, sys
from {wing}.__main__ import app, main
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
app.command("wait")(lambda: signal.raise_signal(signal.SIGINT))
sys.argv = ["{wing}", "wait"]
main()
"""


@pytest.mark.parametrize(
    ("wing", "words"),
    [
        ("annotation", "interrupted; call it again to go on\n"),
        ("training", "interrupted; call it again to go on, `train` and `assistant` with --resume\n"),
    ],
)
def test_ctrl_c_ends_a_command_in_words(wing: str, words: str) -> None:
    program = INTERRUPTED.format(wing=wing)
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (130, words)


def test_ctrl_c_ends_the_ground_floor_s_commands_in_words_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(handseg, "installed", interrupted)
    ended = CliRunner().invoke(handseg.app, ["models"])
    assert (ended.exit_code, ended.stderr) == (130, "interrupted; call it again to go on\n")
