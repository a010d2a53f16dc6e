"""The app as a process that cannot begin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


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
