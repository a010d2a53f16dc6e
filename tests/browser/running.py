"""The app as a process of its own: started, killed, and started again at the same place."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.forking import ROOT, fork


class RunningApp:
    """The app on the state in `home`; `environment` adds to the process's own."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home, self.environment = home, environment
        self.log = home / "app.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.temporary = home / "visitors"
        self.start()

    def start(self) -> None:
        self.log.write_bytes(b"")
        given = {"HANDSEG_HOME": str(self.home), "GRADIO_SERVER_PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        self.begin({**os.environ, **given, **self.environment})
        ended, said = False, ""
        while not re.search(r"http://[\w.]+:\d+[\s\S]+public link", said):
            assert not ended, f"the app ended: {said[-2000:]}"
            time.sleep(0.02)
            ended, said = not self.is_alive(), self.log.read_text()

    def begin(self, environment: dict[str, str]) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def wait(self) -> None:
        self.process.wait(timeout=20)

    def restart(self, **environment: str) -> None:
        """With more in its environment."""
        self.stop()
        self.environment |= environment
        self.start()

    def kill(self) -> None:
        """As a power cut would: kill -9."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.wait()

    def stop(self) -> None:
        """As somebody who stops the app would."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.wait()


class ForkedApp(RunningApp):
    """Begins in a quarter of the time; see `tests.forking`."""

    process: BaseProcess

    def begin(self, environment: dict[str, str]) -> None:
        self.process = fork("app", environment=environment, out=self.log)

    def is_alive(self) -> bool:
        return self.process.is_alive()

    def wait(self) -> None:
        self.process.join(timeout=20)
        assert not self.is_alive()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
