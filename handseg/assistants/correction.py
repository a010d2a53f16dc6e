"""What a proposal changes in a mask: only what hangs together with the newest prompt.

Assistants see the whole photo and answer with a whole mask; taken as it is, a click on one hand would lose the other.
So a click on the hand adds, a click beside it takes away, each only where it was clicked, and a box draws anew what is
inside it.
"""

from __future__ import annotations

from handseg.assistants.prompts import Box, Point, Prompt
from handseg.masks import Mask, part_at


def corrected(mask: Mask, proposed: Mask, prompt: Prompt) -> Mask:
    """`mask` with the newest prompt obeyed; all masks are (H, W).

    The newest prompt is the last point, or the box when there is no point. A point labelled 1 adds the part of
    `proposed` that it lies in, a point labelled 0 removes the part of `mask` beyond `proposed` that it lies in, and a
    box replaces what is inside it.
    """
    if prompt.points:
        return _clicked(mask, proposed, prompt.points[-1])
    return _redrawn(mask, proposed, prompt.box) if prompt.box else mask.copy()


def obeys(mask: Mask, prompt: Prompt) -> bool:
    """Whether the newest point lies in the hand if it says so, and beside it if it says that."""
    return not prompt.points or bool(mask[prompt.points[-1].y, prompt.points[-1].x]) == bool(prompt.points[-1].label)


def _clicked(mask: Mask, proposed: Mask, point: Point) -> Mask:
    if point.label:
        return mask | part_at(proposed, point.x, point.y)
    return mask & ~part_at(mask & ~proposed, point.x, point.y)


def _redrawn(mask: Mask, proposed: Mask, box: Box) -> Mask:
    inside = slice(box.top, box.bottom), slice(box.left, box.right)
    drawn = mask.copy()
    drawn[inside] = proposed[inside]
    return drawn
