"""What a run learns from, as it keeps that for those who measure it later: the looks of its photos.

The datasets themselves may be gone by then, or on another machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handseg.errors import WeightsError
from handseg.outputs import write_whole
from handseg.weights import CARD, Weights

LEARNED = "learned.json"


@dataclass(frozen=True)
class Learned:
    """The photos that weights learned from, and of which weights among them that is not known."""

    hashes: frozenset[str] = frozenset()
    """The perceptual hashes of the photos."""
    untold: tuple[str, ...] = ()
    """Weights by their ids, or by their addresses on the Hub."""

    @classmethod
    def with_initial(cls, hashes: frozenset[str], initial: str, origin: Mapping[str, Any]) -> Learned:
        """These photos, and those that the weights learned from with which a run begins.

        `initial` is what `handseg.models.initial.start_from` takes, or "", and `origin` what that told for the card.
        Photos of which others made a published backbone do not count. Raises as `learned_by`.
        """
        before = cls()
        if initial and (Path(initial) / CARD).is_file():
            before = learned_by(Weights.open(Path(initial)))
        elif origin.get("training_data") or origin.get("dataset_revision"):
            before = cls(untold=(initial,))
        return cls(hashes | before.hashes, before.untold)

    def keep(self, run: Path) -> None:
        """Write it into a run's folder; raises OutputError."""
        told = {"hashes": sorted(self.hashes), "untold": self.untold}
        write_whole(run / LEARNED, json.dumps(told).encode())


def learned_by(weights: Weights) -> Learned:
    """What weights learned from, as far as the run knows in whose folder they are.

    Raises WeightsError if what the run has kept is damaged.
    """
    path = weights.folder.absolute().parent / LEARNED
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        hashes, untold = frozenset(told["hashes"]), tuple(told["untold"])
    except FileNotFoundError:
        return Learned(untold=(weights.card.id,))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise WeightsError(f"cannot read {path} ({error}); restore it, or train anew") from error
    blended = weights.card.training.get("blended_with")
    return Learned(hashes, (*untold, blended) if blended else untold)
