"""Photos that visitors give: as their files are, decoded by handseg, and deleted at once."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import gradio as gr
from gradio.data_classes import ImageData

from handseg import photos
from handseg.errors import PhotoError
from handseg.photos import Photo


class Upload(NamedTuple):
    """A file that was just uploaded."""

    path: Path
    stem: str
    """Of the name that the visitor's file has."""

    def take(self) -> Photo:
        """The upright photo in the file, which is deleted; raises PhotoError if there is none in it."""
        try:
            return photos.decode(self.path.read_bytes())
        except OSError as error:
            raise PhotoError(f"the photo did not arrive: {error.strerror}; send it again") from error
        finally:
            self.path.unlink(missing_ok=True)


def photo_input(**options: object) -> gr.Image:
    """A component for a photo; its handlers get an `Upload`, or None.

    Gradio would decode photos itself, and knows neither HEIC nor 16 bits nor when to stop.
    """
    component = gr.Image(type="filepath", **options)
    component.preprocess = _as_upload
    return component


def _as_upload(payload: ImageData | None) -> Upload | None:
    if payload is None or not payload.path:
        return None
    return Upload(Path(payload.path), Path(payload.orig_name or "photo").stem)
