"""Renders on disk, for now as a folder of files.

    DATASET/images/<stem>.png     RGB, or RGBA where nothing but a photo is behind the scene
    DATASET/masks/<stem>.png      0/255, the hand up to the wrist
    DATASET/manifest.jsonl        one line for each finished picture: stem, seed, kind, skin tone, things held, credits

A picture is finished when its line is in the manifest; its files were written before, each whole or not at all. The
line of one that failed says why; it is made again by the next try, and then has another line below.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handseg.outputs import write_whole
from training.synthetic.plan import Job
from training.synthetic.studio import Made


class Writer(Protocol):
    """Where finished pictures go."""

    def finished(self) -> set[str]:
        """The stems of what is there already."""

    def failed(self) -> dict[str, str]:
        """Why each of those pictures failed that no later try has made, by their stems."""

    def store(self, job: Job, made: Made) -> dict[str, object]:
        """Write a picture with its mask, from any process, and give its line for the manifest."""

    def enter(self, line: dict[str, object]) -> None:
        """Enter a line into the manifest, from one process only."""


class FolderWriter:
    """Writes renders into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def manifest(self) -> Path:
        """The manifest's file."""
        return self.folder / "manifest.jsonl"

    def finished(self) -> set[str]:
        """The stems of all pictures in the manifest; a line that a crash tore off is removed from it."""
        return {stem for stem, line in self._lines().items() if "failed" not in line}

    def failed(self) -> dict[str, str]:
        """See `Writer.failed`."""
        return {stem: line["failed"] for stem, line in self._lines().items() if "failed" in line}

    def _lines(self) -> dict[str, dict[str, str]]:
        """The last line of each picture."""
        if not self.manifest.exists():
            return {}
        text = self.manifest.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            write_whole(self.manifest, whole.encode())
        return {line["stem"]: line for line in map(json.loads, whole.splitlines())}

    def store(self, job: Job, made: Made) -> dict[str, object]:
        """Write both files of a picture."""
        write_whole(self.folder / "images" / f"{job.stem}.png", _png(made.picture))
        write_whole(self.folder / "masks" / f"{job.stem}.png", _png(made.mask.astype(np.uint8) * 255))
        return {"stem": job.stem, "seed": job.seed, "number": job.number, **made.facts}

    def enter(self, line: dict[str, object]) -> None:
        """Append a line and see that it reaches the disk."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.manifest.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _png(picture: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
