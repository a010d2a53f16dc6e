"""What the assistant proposes, as the canvas takes it: only what changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from annotation import runs
from annotation.assistance import Assistance
from handseg.assistants.correction import corrected, obeys
from handseg.assistants.prompts import Prompt
from handseg.masks import Mask, window_of
from handseg.photos import Photo

READINESS = {
    "ready": "Ready.",
    "working": "Looking at the photo...",
    "waiting": "Will look at the photo next...",
    "failed": "It could not look at this photo; a click tries again.",
}


def ask(
    assistance: Assistance,
    key: str,
    load: Callable[[], Photo],
    prompt: Prompt,
    mask: Mask,
    who: str,
    turn: int,
) -> dict[str, Any]:
    """Proposals for a prompt, each as the window it changes, `box` xyxy, and the runs of the new mask in there."""
    answer = assistance.propose(key, load, prompt, mask, who, turn)
    proposals = []
    for proposal in answer.proposals:
        after = corrected(mask, proposal, prompt)
        if proposals and not obeys(after, prompt):
            continue
        window = window_of(mask != after)
        changes = {"box": None, "runs": ""}
        if window:
            box = [window.left, window.top, window.right, window.bottom]
            changes = {"box": box, "runs": runs.to_text(after[window.slices])}
        if changes not in proposals:
            proposals.append(changes)
    return {"proposals": proposals, "assistant": answer.assistant, "seconds": answer.seconds}
