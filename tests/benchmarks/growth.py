"""How publishing, verifying and comparing grow with the number of records, and the memory each takes.

Each step is the command that people run, on small photos, so that rows cost more than pixels:
`python -m tests.benchmarks.growth [--rows 1000,10000,100000]`
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from annotation.store import Store
from annotation.store.tables import photos, records, tasks
from handseg.intake import photo_id as id_of
from handseg.intake.alike import perceptual_hash
from handseg.masks import to_png
from handseg.photos import encode_png
from handseg.settings import Settings

ROOT = Path(__file__).parents[2]
HEIGHT, WIDTH = 48, 64
SHARE_CORRECTED = 0.02
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 5000


def main(rows: Annotated[str, typer.Option(help="Numbers of records, separated by commas.")] = "1000,10000") -> None:
    """Print a line for each number of records."""
    print(f"{'rows':>8}  {'publish':>18}  {'verify':>18}  {'correct 2 %':>18}  {'diff':>18}")
    for count in map(int, rows.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            print(f"{count:>8}  " + "  ".join(f"{each:>18}" for each in measured(Path(folder), count)), flush=True)


def measured(home: Path, count: int) -> Iterator[str]:
    """Seconds and memory of each step."""
    fill(home, 0, count)
    yield run(home, "publish", "--tag", "v1")
    yield run(home, "verify", str(home / "dataset"))
    fill(home, 0, int(SHARE_CORRECTED * count), again=True)
    yield run(home, "publish")
    yield run(home, "diff", "v1", "main")


def run(home: Path, *arguments: str) -> str:
    """The seconds and peak memory of a command, as text."""
    begin = time.perf_counter()
    environment = {**os.environ, "HANDSEG_HOME": str(home), "HANDSEG_DATABASE": "", "HANDSEG_DATASET": ""}
    command = [sys.executable, "-m", "annotation", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, arguments
    return f"{time.perf_counter() - begin:7.1f} s {usage.ru_maxrss / 1024:5.0f} MB"


def fill(home: Path, begin: int, end: int, again: bool = False) -> None:
    """Put photos with records into the store at `home`, past its checks, or second records of those photos."""
    store = Store.open(Settings(home=home))
    for first in range(begin, end, _BATCH):
        made = [_made(store, number, again) for number in range(first, min(first + _BATCH, end))]
        with store.database.writing() as connection:
            for table, column in ((photos, 0), (tasks, 1), (records, 2)):
                if not again or table is records:
                    connection.execute(table.insert(), [each[column] for each in made])
    store.close()


def _made(store: Store, number: int, again: bool) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    drawn = np.random.default_rng(number)
    photo = np.kron(drawn.integers(0, 256, (6, 8, 3), np.uint8), np.ones((8, 8, 1), np.uint8))
    mask = np.random.default_rng([number, again]).random((HEIGHT, WIDTH)) > 0.7
    photo_id = id_of(photo)
    shown = _put(store.masks.folder, to_png(np.zeros((HEIGHT, WIDTH), bool)), ".png")
    of_photo = {
        "photo_id": photo_id,
        "file": _put(store.photos.folder, encode_png(photo), ".png"),
        "height": HEIGHT,
        "width": WIDTH,
        "phash": perceptual_hash(photo),
        "alike": "",
        "group_id": f"film {number // 5}",
        "source": "drawn",
        "licence": "CC0-1.0",
        "consent": "",
        "added_at": _BEGIN,
    }
    of_task = {"photo_id": photo_id, "model_mask": shown, "model_id": "accurate@0", "doubt": 0.5, "reason": ""}
    of_record = {
        "id": hashlib.md5(f"{number} {again}".encode()).hexdigest(),
        "photo_id": photo_id,
        "verdict": "edited",
        "mask": _put(store.masks.folder, to_png(mask), ".png"),
        "pixels": int(mask.sum()),
        "model_mask": shown,
        "model_id": "accurate@0",
        "iou_model_human": 0.0,
        "prompts": "[]",
        "assistant": "grabcut",
        "seconds": 10.0,
        "annotator": f"Ann {number % 7}",
        "created_at": _BEGIN + timedelta(seconds=number),
        "supersedes": hashlib.md5(f"{number} {False}".encode()).hexdigest() if again else "",
        "again": False,
        "state": "waiting",
        "reviewer": "",
    }
    return of_photo, {**of_task, "state": "done", "again": False, "note": "", "cluster": photo_id}, of_record


def _put(folder: Path, content: bytes, suffix: str) -> str:
    name = f"{hashlib.sha256(content).hexdigest()}{suffix}"
    path = folder / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return name


if __name__ == "__main__":
    typer.run(main)
