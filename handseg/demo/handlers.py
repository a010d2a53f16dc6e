"""What happens when a visitor does something: values of controls in, values of components out."""

from __future__ import annotations

import html
import re
import secrets
from pathlib import Path
from typing import NamedTuple

from gradio.utils import get_upload_folder

from handseg import masks, photos
from handseg.demo import pictures
from handseg.demo.desk import CORRECTED, Desk, OpenPhoto, Timed
from handseg.demo.uploads import Upload
from handseg.errors import PhotoError
from handseg.inpainters import open_inpainter
from handseg.masks import Mask
from handseg.outputs import write_whole
from handseg.removal import Removal, default_feather, default_grow, parse_color, remove
from handseg.resizing import shrunk
from handseg.settings import Settings
from handseg.weights import choose, installed

RESULT, MASK = "{}-no-hand.png", "{}-mask.png"
"""What downloads are called, by the stem of the photo's name."""


class Wishes(NamedTuple):
    """The values of the page's controls, in the order in which the page hands them over."""

    model: str
    """Whose mask is wanted; `CORRECTED` for the visitor's own."""
    mode: str
    color: str
    threshold: float
    grow: int
    feather: int
    view: str

    def removal(self, scale: float = 1.0) -> Removal:
        """What to put in the hand's place, in a photo shrunk by `scale`."""
        grow, feather = (round(length * scale) for length in (self.grow, self.feather))
        return Removal(mode=self.mode, color=_picked_color(self.color), grow=grow, feather=feather)


class Suited(NamedTuple):
    """The values of the controls that suit a photo."""

    threshold: float
    grow: int
    feather: int


class Asked(NamedTuple):
    """What a handler is asked: by whom, with which wishes, and about what."""

    wishes: Wishes
    visitor: str
    given: Upload | None = None
    chosen: int | None = None
    """The number of an example."""

    def wishing(self, **wishes: object) -> Asked:
        """The same, with other wishes."""
        return self._replace(wishes=self.wishes._replace(**wishes))


class Demo:
    """The handlers of one page; `desk` holds what visitors have open."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.desk = Desk(settings)
        choose(settings)
        self.models = list(installed(settings))
        self.inpainter = open_inpainter(settings.inpainter, settings.threads)

    def open(self, content: bytes, stem: str, asked: Asked) -> Suited:
        """Put the photo in a file on the desk and ask the model; raises PhotoError for a file without one."""
        photo = photos.decode(content)
        opened = self.desk.put(asked.visitor, OpenPhoto(photo, stem, content))
        prediction = self.desk.predict(opened, asked.wishes.model).prediction
        grow = default_grow(*photo.shape[:2])
        return Suited(prediction.threshold, grow, default_feather(grow))

    def threshold(self, asked: Asked) -> float:
        """That of the model that is wanted now."""
        return self.desk.predict(self.desk.get(asked.visitor), asked.wishes.model).prediction.threshold

    def weights(self, model: str) -> str:
        """The line that says which weights answer to a name now, and from what they learned."""
        if model == CORRECTED:
            return '<p class="note">This mask is your own, and no model\'s.</p>'
        card = choose(self.settings, model).card
        several = card.learned_from.count(" + ")
        source = f"{several + 1} datasets" if several else f"revision {card.learned_from}"
        learned = f", which learned from {source}" if card.learned_from else ""
        told = html.escape(f"Answered by {card.id}{learned}.")
        return f'<p class="note" title="{html.escape(card.learned_from)}">{told}</p>'

    def show(self, asked: Asked) -> tuple[str, str, str]:
        """The picture, the line below it, and the weights that answered, for the open photo."""
        wishes, opened = asked.wishes, self.desk.get(asked.visitor)
        seen = self._seen(opened, wishes)
        photo, scale = shrunk(opened.photo, pictures.LONG_SIDE), pictures.shrink_factor(opened.photo)
        mask = seen.prediction.shrunk(pictures.LONG_SIDE).mask(_threshold(seen, wishes))
        if wishes.view == "mask":
            after, text = pictures.tint(photo, mask), "The photo with the hand coloured green"
        else:
            after, text = remove(photo, mask, wishes.removal(scale), self.inpainter), "The photo without the hand"
        status = _status(opened, seen, masks.share(mask))
        picture = pictures.before_after(photo, after, text, pictures.through_the_hand(mask))
        return picture, status, self.weights(wishes.model)

    def compare(self, asked: Asked) -> tuple[str]:
        """Every installed model's mask of the open photo, with its time; nothing if the visitor left it meanwhile."""
        opened = self.desk.get(asked.visitor)
        photo = shrunk(opened.photo, pictures.SMALL_SIDE)
        entries = []
        for model in self.models:
            seen = self.desk.predict(opened, model)
            mask = seen.prediction.shrunk(pictures.SMALL_SIDE).mask()
            about = f"{seen.seconds:.2f} s, hand on {masks.share(mask):.1%} of the photo"
            entries.append((pictures.tint(photo, mask), model, about))
        return (pictures.figures(entries) if self.desk.has(asked.visitor, opened) else "",)

    def make_result(self, asked: Asked) -> tuple[str]:
        """A file with the photo without the hand, in the photo's own size."""
        wishes, opened = asked.wishes, self.desk.get(asked.visitor)
        pixels = remove(opened.photo, self._mask(opened, wishes), wishes.removal(), self.inpainter)
        return (for_download(RESULT.format(opened.stem), photos.encode_png(pixels)),)

    def make_mask(self, asked: Asked) -> tuple[str]:
        """A file with the mask, 0 or 255, in the photo's own size."""
        opened = self.desk.get(asked.visitor)
        return (for_download(MASK.format(opened.stem), masks.to_png(self._mask(opened, asked.wishes))),)

    def use_mask(self, content: bytes, asked: Asked) -> None:
        """Keep a mask that the visitor painted as the own one; white is hand, and what is transparent is not.

        Raises PhotoError for one that does not fit.
        """
        opened, painted = self.desk.get(asked.visitor), photos.decode(content, behind="black")
        (height, width), (mask_height, mask_width) = opened.photo.shape[:2], painted.shape[:2]
        if (height, width) != (mask_height, mask_width):
            raise PhotoError(
                f"the mask has {mask_width} x {mask_height} pixels and the photo {width} x {height}; they must agree"
            )
        opened.correct(painted[..., 1] > 127)

    def _seen(self, opened: OpenPhoto, wishes: Wishes) -> Timed:
        """The visitor's own mask if that is wanted, else what the chosen model says."""
        if wishes.model == CORRECTED and opened.corrected:
            return Timed(opened.corrected, 0)
        return self.desk.predict(opened, wishes.model)

    def mask(self, asked: Asked) -> tuple[OpenPhoto, Mask]:
        """The open photo and its mask as the page shows it, at the photo's own size."""
        opened = self.desk.get(asked.visitor)
        return opened, self._mask(opened, asked.wishes)

    def _mask(self, opened: OpenPhoto, wishes: Wishes) -> Mask:
        seen = self._seen(opened, wishes)
        return seen.prediction.mask(_threshold(seen, wishes))


def _picked_color(text: str) -> tuple[int, int, int]:
    """Of gradio's colour picker, which says #rrggbb before it is touched and rgba(r, g, b, a) afterwards."""
    if not text.startswith("rgba"):
        return parse_color(text)
    red, green, blue = (min(255, round(float(number))) for number in re.findall(r"[\d.]+", text)[:3])
    return red, green, blue


def _threshold(seen: Timed, wishes: Wishes) -> float:
    return seen.prediction.threshold if seen.prediction.model == CORRECTED else wishes.threshold


def _status(opened: OpenPhoto, seen: Timed, share: float) -> str:
    height, width = opened.photo.shape[:2]
    if not share and seen.prediction.model != CORRECTED:
        return f"No hand found ({width} x {height} pixels). If you see one, lower the threshold or try another model."
    found = f"Hand found on {share:.1%} of the photo" if seen.prediction.model != CORRECTED else "Using your mask"
    timing = f" by {html.escape(seen.prediction.model)} in {seen.seconds:.2f} s" if seen.seconds else ""
    return f"{found}{timing} ({width} x {height} pixels)."


def for_download(name: str, content: bytes) -> str:
    """A file in a folder of its own, so that the name stays; gradio deletes it after a while."""
    path = Path(get_upload_folder()) / secrets.token_hex(16) / name
    write_whole(path, content)
    return str(path)
