"""The app as a process that cannot begin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.running import free_port

ROOT = Path(__file__).parent.parent
ON_A_BUSY_MACHINE = """
import runpy, gradio.networking
gradio.networking.url_ok = lambda url: False  # what gradio finds when no answer came within 3 seconds
runpy.run_path("app.py", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("HANDSEG_MODEL", "nope", "error: there is no model called 'nope'; choose from: accurate, fast\n"),
        ("HANDSEG_INPAINTER", "/nowhere.onnx", "error: there is no inpainter at /nowhere.onnx"),
    ],
)
def test_a_wrong_setting_ends_the_app_in_words(tmp_path: Path, setting: str, value: str, words: str) -> None:
    environment = {**os.environ, "HANDSEG_HOME": str(tmp_path), setting: value}
    ended = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Aborted" not in ended.stderr
    assert "terminate" not in ended.stderr


def test_the_app_begins_though_a_busy_machine_does_not_answer_at_once(tmp_path: Path) -> None:
    environment = {**os.environ, "HANDSEG_HOME": str(tmp_path), "GRADIO_SERVER_PORT": str(free_port())}
    environment["PYTHONUNBUFFERED"] = "1"
    with subprocess.Popen(
        [sys.executable, "-c", ON_A_BUSY_MACHINE], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as app:
        said = [line for _, line in zip(range(2), app.stdout, strict=False)]
        app.terminate()
    assert "public link" in said[-1]
