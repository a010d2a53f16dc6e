"""Photos that visitors give: as their files are, decoded by handseg, and deleted when that is done."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cachetools
import gradio as gr
from gradio.utils import get_upload_folder

from handseg import photos
from handseg.errors import PhotoError
from handseg.photos import Photo

_just_taken = cachetools.TTLCache(maxsize=300_000_000, ttl=60, getsizeof=len)
"""File contents by path: gradio gives uploads of the same content one path, and the first to come takes it away."""
_lock = threading.Lock()

LONGEST_STEM = 200
"""Bytes of a name that go into that of its result, as file systems take no more than 255."""


class Upload(NamedTuple):
    """A file that was just uploaded."""

    path: Path
    stem: str
    """Of the name that the visitor's file has."""

    def take(self) -> Photo:
        """The upright photo in the file, which is deleted; raises PhotoError if there is none in it."""
        with self.content() as content:
            return photos.decode(content)

    @contextlib.contextmanager
    def content(self) -> Iterator[bytes]:
        """What is in the file, which is deleted in the end; the browser shows it until then.

        Raises PhotoError if it is not there, or was never uploaded.
        """
        if not _is_uploaded(self.path):
            raise PhotoError("the photo did not arrive (this file was not uploaded); send it again")
        content = self._read()
        try:
            yield content
        finally:
            with _lock:
                if len(content) <= _just_taken.maxsize:
                    _just_taken[self.path] = content
                self.path.unlink(missing_ok=True)

    def _read(self) -> bytes:
        with _lock:
            try:
                return self.path.read_bytes()
            except OSError as error:
                if self.path not in _just_taken:
                    raise PhotoError(f"the photo did not arrive ({error.strerror}); send it again") from error
                return _just_taken[self.path]


def photo_input(**options: object) -> gr.Image:
    """A component for a photo; its handlers get an `Upload`, or None, or what `as_upload` makes one of.

    Gradio would decode photos itself, and knows neither HEIC nor 16 bits nor when to stop.
    """
    component = gr.Image(type="filepath", **options)
    component.preprocess = lambda payload: as_upload(payload and payload.model_dump())
    return component


def as_upload(payload: dict | None) -> Upload | None:
    """What the browser says of a file that it uploaded, or None for none."""
    if not payload or not payload.get("path"):
        return None
    stem = Path(payload.get("orig_name") or "photo").stem
    return Upload(Path(payload["path"]), stem.encode()[:LONGEST_STEM].decode(errors="ignore"))


def _is_uploaded(path: Path) -> bool:
    # Gradio checks only what a request calls a file, and whoever forges a request leaves that out. Each upload has a
    # folder of its own; what lies beside those folders is ours.
    folder = os.path.abspath(get_upload_folder())
    return os.path.dirname(os.path.dirname(os.path.abspath(path))) == folder
