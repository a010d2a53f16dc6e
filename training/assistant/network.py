"""The promptable network that is trained, and what it begins with."""

from __future__ import annotations

from handseg.assistants.guidance import PICTURES
from handseg.models import build_model
from handseg.models.initial import Origin, start_from
from handseg.models.prompted_unet import PromptedUNet

WITHOUT_PROMPTS = "unet-efficientnet-lite2"
"""The same network that takes no prompts, with whose weights it may begin."""


def start(source: str) -> tuple[PromptedUNet, Origin | None]:
    """The network with its first weights, and whose these are: random ones for "", or those that `source` has.

    They are of `WITHOUT_PROMPTS`, or of its backbone; prompts make no difference at first. Raises as `start_from`.
    """
    network = PromptedUNet(PICTURES)
    if not source:
        return network, None
    base = build_model(WITHOUT_PROMPTS)
    origin = start_from(base, WITHOUT_PROMPTS, source)
    network.load_state_dict({**network.state_dict(), **base.state_dict()})
    return network, origin
