"""The card of weights that were just trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import nn

from handseg.models import MEAN, STD, build_model
from handseg.models.initial import Origin
from handseg.outputs import write_whole
from handseg.weights import CARD, Card, Weights
from training.running.averaging import AVERAGE
from training.running.folder import BEST, SCORES, RunError, read

OURS = "Apache-2.0"


def averaged_network(run: Path, build: Callable[[str], nn.Module] = build_model) -> tuple[nn.Module, dict[str, Any]]:
    """The network with a run's best averaged weights, in evaluation mode, and what the run knows of itself.

    `build` makes the network of an architecture's name.

    Raises RunError for a folder that holds no run, or one that was never measured.
    """
    about = read(run)
    best = run / BEST / AVERAGE
    if not best.is_file():
        raise RunError(f"the run in {run} has no best weights yet; let it go on until it was measured once")
    network = build(about["model"])
    try:
        with safe_open(best, "pt") as file:
            network.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
            told = (file.metadata() or {}).get(SCORES)
        # Runs of earlier versions have them beside the weights alone.
        scores = json.loads(told or (run / BEST / SCORES).read_text(encoding="utf-8"))
    except (SafetensorError, OSError, ValueError) as error:
        raise RunError(f"{best} cannot be read ({error}); let the run go on until it is better") from error
    return network.eval(), {**about, "best": scores}


def card_of_run(name: str, about: dict[str, Any], zoom: bool) -> Card:
    """The card of a run's weights; `about` comes from `averaged_network`."""
    facts = about["data"][0]
    return new_card(
        name,
        {"architecture": about["model"], **{key: about[key] for key in ("recipe", "seed", "code", "packages", "best")}},
        about["recipe"]["side"],
        about["best"]["eval_threshold"],
        Origin(**about["initial"]) if about["initial"] else None,
        zoom=zoom,
        training_data=facts["training_data"],
        dataset_revision=f"{facts['dataset_revision']} (rows {facts['row_hash'][:12]})",
    )


def new_card(
    name: str, about: dict[str, Any], side: int, threshold: float = 0.5, origin: Origin | None = None, **facts: Any
) -> Card:
    """A card for a network that was just trained; `about` has its `architecture`, `origin` its initial weights.

    What began with weights whose licence may not allow use at work is under that licence. What these learned from is
    told beside what the training itself did.
    """
    if origin:
        facts["training_data"] = all_data(facts.get("training_data", []), origin.training_data)
        facts["dataset_revision"] = all_revisions(facts.get("dataset_revision", ""), origin.dataset_revision)
    return Card(
        name=name,
        architecture=about["architecture"],
        side=side,
        mean=MEAN,
        std=STD,
        threshold=threshold,
        licence=origin.licence if origin and origin.warning else OURS,
        sha256={},
        training=about,
        initial={key: value for key, value in origin.to_card().items() if key not in facts} if origin else {},
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        **facts,
    )


def all_data(later: list[dict[str, Any]], earlier: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a later and an earlier training learned from; of a source that both did, other photos are told twice."""
    return [*later, *(each for each in earlier if each not in later)]


def all_revisions(later: str, earlier: str) -> str:
    """The revisions of both trainings, each once, as `handseg.weights.short_revisions` tells them to people."""
    known = later.partition(" (rows ")[0].split(" + ") if later else []
    names, *rows = earlier.partition(" (rows ")
    added = [each for each in names.split(" + ") if each and each not in known]
    return " + ".join([*known, *added]) + "".join(rows) if added else later


def rewrite_card(weights: Weights, **changes: Any) -> Weights:
    """Replace some of what the card in a folder says; the weights stay."""
    changed = Weights(weights.folder, replace(weights.card, **changes))
    write_whole(weights.folder / CARD, changed.card.to_json().encode())
    return changed
