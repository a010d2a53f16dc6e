"""The app as a process of its own: started, killed, and started again at the same place."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


class RunningApp:
    """The app on the state in `home`; `environment` adds to the process's own."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home, self.environment = home, environment
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.temporary = home / "visitors"
        self.start()

    def start(self) -> None:
        given = {"HANDSEG_HOME": str(self.home), "GRADIO_SERVER_PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        with (self.home / "app.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "app.py"],
                cwd=ROOT,
                env={**os.environ, **given, **self.environment},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        for line in self.process.stdout:
            if re.search(r"http://[\w.]+:\d+", line):
                return
        raise AssertionError(f"the app ended with {self.process.wait()}: {(self.home / 'app.log').read_text()[-2000:]}")

    def restart(self, **environment: str) -> None:
        """With more in its environment."""
        self.stop()
        self.environment |= environment
        self.start()

    def kill(self) -> None:
        """As a power cut would: kill -9."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=20)

    def stop(self) -> None:
        """As somebody who stops the app would."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=20)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
