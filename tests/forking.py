"""Programs that begin as forks of a process that has imported them, in a quarter of the time."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

ROOT = Path(__file__).parent.parent
IMPORTED = ["app", "annotation.commands", "tests.annotation.publishing.filling"]

forking = multiprocessing.get_context("forkserver")
forking.set_forkserver_preload([*IMPORTED, __name__])


def fork(
    module: str, *arguments: object, environment: Mapping[str, str], out: Path, err: Path | None = None
) -> BaseProcess:
    """What `python -m module` does, in a session of its own; files receive all that it says, by default the same.

    What huggingface_hub reads when it is imported has no effect, so that only `subprocess` is good for it.
    """
    given = (module, list(map(str, arguments)), dict(environment), out, err or out)
    process = forking.Process(target=_run, args=given, daemon=True)
    process.start()
    return process


def forked(module: str, *arguments: object, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The same as `subprocess.run` would give when it captures the output."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = fork(module, *arguments, environment=environment, out=out, err=err)
        process.join()
        return subprocess.CompletedProcess(arguments, process.exitcode, out.read_text(), err.read_text())


def _run(module: str, arguments: list[str], environment: dict[str, str], out: Path, err: Path) -> None:
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((1, out), (2, err)):
        with path.open("ab") as said:
            os.dup2(said.fileno(), number)
    sys.stdout.reconfigure(line_buffering=True)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
