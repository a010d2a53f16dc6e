"""What is said of models before and after something is done to them."""

from __future__ import annotations

from handseg.weights import Card
from training.pages.maintenance import Return
from training.trials.folder import Trial


def learned(card: Card) -> str:
    """From which revision weights learned.

    >>> learned(Card("a", "unet", 256, (0, 0, 0), (1, 1, 1), 0.5, "", {}, dataset_revision="anna/hands@3f9ac04be1d277"))
    'learned from anna/hands@3f9ac04be1d2'
    """
    return f"learned from {card.learned_from}" if card.learned_from else "from which revision they learned is not told"


def before_promotion(trial: Trial) -> str:
    """What promoting the candidate of a judged trial will do."""
    told = trial.outcome["told"]
    return (
        f"{told['candidate']} takes the place of {told['incumbent']}. Whoever asks for “{trial.asked.name}” from then "
        "on, on the demo page, in the queue and on the command line, gets its answers; nothing is started anew. What "
        "is there now is kept, and rolling back brings it back."
    )


def before_return(back: Return) -> str:
    """What rolling back will do."""
    return (
        f"{back.goes.card.id} goes, and {back.comes.card.id} ({learned(back.comes.card)}) answers again to "
        f"“{back.name}”, from the next photo on."
    )
