"""Assistants: promptable models that propose a mask for an annotator's clicks, behind one protocol.

`encode` looks at a photo once, which may take seconds; `propose` answers each prompt from what it kept, in a moment.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from handseg.assistants.prompts import Prompt, PromptError
from handseg.errors import HandsegError, WeightsError
from handseg.hub import HubError
from handseg.masks import Mask, check_mask
from handseg.photos import Photo
from handseg.settings import Settings
from handseg.weights import CARD

HAND = "hand"
"""The assistant that knows hands: it works where no other is asked for, if its weights are there."""

GRABCUT = "grabcut"
"""The assistant that needs no weights: it works where there is no other, and until that is open."""

SHIPPED = Path(__file__).parent / "shipped" / HAND
"""The weights folder of `HAND`."""

WAYS = (
    f"{HAND} (ships with handseg), or a folder with other weights of its kind; {GRABCUT} (needs no weights); "
    "vit_b, vit_l or vit_h of Segment Anything, also as vit_b:/path/to/checkpoint.pth; "
    "a folder with a SAM of transformers, or its name on the Hub, such as facebook/sam2.1-hiera-tiny"
)
"""The values of HANDSEG_ASSISTANT, in words."""


class AssistantError(HandsegError):
    """An assistant cannot be opened, or failed; the message tells why."""


class Embedding(Protocol):
    """What an assistant keeps of one photo; opaque to everyone else."""

    height: int
    """Of the photo."""
    width: int
    """Of the photo."""
    nbytes: int
    """Memory that it holds, of whatever device."""


class Assistant(Protocol):
    """A promptable model. Whoever calls it sees to it that one thread does at a time."""

    name: str
    """What records and the page say: `grabcut`, `segment-anything vit_b`, `facebook/sam2.1-hiera-tiny`."""
    device: str
    """`cpu` or `cuda`."""

    def encode(self, photo: Photo) -> Embedding:
        """Look at a photo, (H, W, 3) uint8 RGB of any size, once for all its prompts."""
        ...

    def propose(self, embedding: Embedding, prompt: Prompt, mask: Mask) -> list[Mask]:
        """One to three masks, (H, W), for `prompt`, the best first; `mask` is the current one, perhaps without hand.

        The same arguments always give the same proposals. Raises PromptError if the prompt is empty or lies outside the
        photo, TypeError or ValueError if `mask` is not a mask of its size.
        """
        ...


def check_question(embedding: Embedding, prompt: Prompt, mask: Mask) -> None:
    """Refuse what no assistant can answer, as `Assistant.propose` says."""
    if not prompt:
        raise PromptError("the prompt is empty; click on the hand or beside it, or draw a box around it")
    prompt.check_inside(embedding.height, embedding.width)
    check_mask(mask)
    if mask.shape != (embedding.height, embedding.width):
        raise ValueError(f"the mask is {mask.shape}, and the photo {(embedding.height, embedding.width)}")


def default_assistant() -> str:
    """The name of the assistant that works where no other is asked for."""
    return HAND if (SHIPPED / CARD).is_file() else GRABCUT


def open_assistant(name: str, settings: Settings, progress: Callable[[float], None] | None = None) -> Assistant:
    """The assistant called `name`, see `WAYS`; "" is the one that ships. `progress` hears the share of a download.

    Raises AssistantError, with the reason in one sentence.
    """
    try:
        return _open(name or default_assistant(), settings, progress)
    except (HubError, WeightsError) as error:
        raise AssistantError(str(error)) from error


def _open(name: str, settings: Settings, progress: Callable[[float], None] | None) -> Assistant:
    kind, _, checkpoint = name.partition(":")
    if name == GRABCUT:
        from handseg.assistants.grabcut import GrabCut

        return GrabCut()
    if name == HAND or (Path(name) / CARD).is_file():
        from handseg.assistants.hand import open_hand

        return open_hand(SHIPPED if name == HAND else Path(name), settings.threads)
    if kind in ("vit_b", "vit_l", "vit_h"):
        from handseg.assistants.segment_anything import open_segment_anything

        return open_segment_anything(kind, checkpoint, settings.device, progress)
    if "/" in name or os.sep in name:
        from handseg.assistants.transformers_sam import open_transformers_sam

        return open_transformers_sam(name, settings.device, progress)
    raise AssistantError(f"there is no assistant called {name!r}; HANDSEG_ASSISTANT takes: {WAYS}")
