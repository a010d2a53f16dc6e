"""What visitors' photos are kept in while they are on their way, by several apps of one home."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from handseg.demo.visitors import visitors_folder
from handseg.errors import OutputError

ROOT = Path(__file__).parent.parent
OTHER = """
import os, sys
from pathlib import Path
from handseg.demo.visitors import visitors_folder
with visitors_folder(Path(sys.argv[1])) as folder:
    (folder / "upload.jpg").touch()
    if len(sys.argv) > 2:
        os._exit(9)
"""


def start_another(home: Path, *end: str) -> None:
    subprocess.run([sys.executable, "-c", OTHER, str(home), *end], cwd=ROOT, check=False, timeout=120)


def uploads(home: Path) -> list[Path]:
    return list((home / "visitors").rglob("upload.jpg"))


def test_an_app_leaves_alone_what_the_visitors_of_another_one_have_on_their_way(tmp_path: Path) -> None:
    with visitors_folder(tmp_path) as folder:
        (folder / "upload.jpg").touch()
        start_another(tmp_path)
        assert len(uploads(tmp_path)) == 1
    assert not uploads(tmp_path)


def test_what_a_killed_app_left_is_gone_when_the_next_one_starts(tmp_path: Path) -> None:
    start_another(tmp_path, "killed")
    assert len(uploads(tmp_path)) == 1
    with visitors_folder(tmp_path):
        assert not uploads(tmp_path)


def test_a_home_in_which_nothing_can_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(OutputError, match="set HANDSEG_HOME"), visitors_folder(tmp_path / "home"):
        pass
