"""The README of a model repository; see `handseg.readme` for what of it belongs to people."""

from __future__ import annotations

import re
from typing import Any

from handseg.addresses import is_repo, split_revision
from handseg.licences import hub_name
from handseg.models.origin import FREE
from handseg.readme import Part, table, with_key
from handseg.weights import INT8, ONNX, PROGRAM, SAFETENSORS, Card
from training.pushing.facts import RULER_NAMES, Measured, datasets_on_the_hub, licence_warnings, measured

MODEL = Part(
    "<!-- model: written by handseg, like license, datasets and model-index above; changes here are lost -->",
    "<!-- end of model -->",
)

_NEW = f"""\
---
tags:
- hands
- hand-segmentation
- binary-segmentation
---

# {{name}}

{MODEL.begin}
{MODEL.end}

## From its authors

This part is yours: say whom the model is for, and what it must not be used for. It is kept when the weights are pushed
again.
"""

_FILES = {
    ONNX: "for ONNX Runtime",
    INT8: "the same in 8 bits",
    SAFETENSORS: "for torch",
    PROGRAM: "the network as a program, for torch without handseg; it is a program that somebody else wrote",
}


def regenerated(readme: str, card: Card, address: str) -> str:
    """The README with what is true of these weights; what people wrote stays. An empty one is begun."""
    readme = readme or _NEW.format(name=address.rpartition("/")[2])
    for key, value in head(card, address).items():
        readme = with_key(readme, key, value)
    return MODEL.put(readme, f"\n{text(card, address)}\n")


def head(card: Card, address: str) -> dict[str, Any]:
    """What the Hub reads; None for keys that do not apply."""
    licence, licence_name = _licence(card)
    initial = card.initial if card.initial.get("revision") else {}
    return {
        "license": licence,
        "license_name": licence_name,
        "library_name": "handseg",
        "pipeline_tag": "image-segmentation",
        "datasets": datasets_on_the_hub(card) or None,
        "base_model": split_revision(initial.get("source", ""))[0] or None,
        "model-index": _model_index(card, address),
    }


def text(card: Card, address: str) -> str:
    """What people read."""
    return "\n".join(
        [
            *(f"> **{warning}.**\n" for warning in licence_warnings(card)),
            "Finds the pixels of hands in a photo: the visible hand up to the wrist. Made with handseg.",
            "",
            f"- Network: `{card.architecture}`, known as `{card.id}`",
            f"- Licence of the weights: {_terms(card)}",
            "",
            *_usage(card, address),
            "## What it learned from",
            "",
            *table(
                ("photos from", "licence", "credit", "photos"),
                (
                    [each.get(key, "") for key in ("source", "licence", "credit", "photos")]
                    for each in card.training_data
                ),
            ),
            f"Dataset: {card.dataset_revision or 'not told'}. {_beginning(card)}",
            "",
            "## Scores",
            "",
            *_scores(card),
            "## Limits",
            "",
            card.limitations or "Nobody has told its limits yet.",
            "",
            "Scores say little about other cameras, rooms, skin tones and things in the hand than those they were",
            "measured on.",
        ]
    )


def _usage(card: Card, address: str) -> list[str]:
    return [
        "## How to use it",
        "",
        "```sh",
        f"python -m handseg mask photo.jpg --output masks --model {address}     # 0 and 255, in the photo's size",
        f"HANDSEG_MODEL={address} python app.py                                 # in the app",
        "```",
        "",
        "```python",
        "from pathlib import Path",
        "",
        "from handseg import open_segmenter, read",
        "",
        f'mask = open_segmenter(model="{address}").predict(read(Path("photo.jpg"))).mask()  # bool (H, W)',
        "```",
        "",
        *table(("file", "what it is"), ((f"`{file}`", what) for file, what in _FILES.items() if file in card.sha256)),
        "By itself, the network takes photos as float32 (B, 3, H, W), where H and W are multiples of 32:",
        "",
        f"- RGB in [0, 1], minus {_numbers(card.mean)}, divided by {_numbers(card.std)}",
        "- about " + " and ".join(f"{side} x {side}" for side in card.sides) + " pixels, in the shape of the photo",
        f"- the sigmoid of what it gives, (B, 1, H, W), is the probability of hand; {card.threshold} and more is hand",
        "",
        "`card.json` has all that is known, and the sha256 of each file.",
        "",
    ]


def _terms(card: Card) -> str:
    """The licence of the weights, and whose it is if it came with those that the training began with."""
    if card.licence != card.initial.get("licence") or card.licence.lower() in FREE:
        return card.licence
    return f"{card.licence} (that of {card.initial.get('source')})"


def _beginning(card: Card) -> str:
    if not card.initial:
        return "The training began with random weights."
    return (
        f"The training began with the weights of {card.initial.get('source')} (licence: {card.initial.get('licence')})."
    )


def _scores(card: Card) -> list[str]:
    found = measured(card)
    if not found:
        return ["None are on the card: measure it with `python -m training evaluate`.", ""]
    promotion = card.scores.get("promotion", {})
    return [
        *table(("photos from", "photos", *RULER_NAMES.values()), (_row(each) for each in found)),
        "Pooled rulers count the pixels of all photos together. What is in brackets are 95 % intervals.",
        *(
            [f"It took the place of `{promotion['incumbent']}`: {'; '.join(promotion['reasons'])}."]
            if promotion
            else []
        ),
        "",
    ]


def _row(found: Measured) -> tuple[Any, ...]:
    return (found.photos_from, found.photos or "", *(_value(found, ruler) for ruler in RULER_NAMES))


def _value(found: Measured, ruler: str) -> str:
    if ruler not in found.values:
        return ""
    value = f"{found.values[ruler]:.3f}"
    low_high = found.intervals.get(ruler)
    return f"{value} ({low_high[0]:.3f} to {low_high[1]:.3f})" if low_high else value


def _model_index(card: Card, address: str) -> list[dict[str, Any]] | None:
    results = [
        {
            "task": {"type": "image-segmentation", "name": "Hand segmentation"},
            "dataset": {"type": _id(each.photos_from), "name": each.photos_from},
            "metrics": [
                {"type": ruler, "value": value, "name": RULER_NAMES[ruler] + _span(each, ruler)}
                for ruler, value in each.values.items()
            ],
        }
        for each in measured(card)
    ]
    return [{"name": address.rpartition("/")[2], "results": results}] if results else None


def _span(found: Measured, ruler: str) -> str:
    low_high = found.intervals.get(ruler)
    return f" (95 %: {low_high[0]:.3f} to {low_high[1]:.3f})" if low_high else ""


def _licence(card: Card) -> tuple[str, str | None]:
    """What the Hub calls the weights' licence, and its name if the Hub knows none such.

    Weights that somebody may not use at work are not called free, whatever their own licence says.
    """
    if any(warning.startswith("NON-COMMERCIAL") for warning in licence_warnings(card)):
        return "other", "non-commercial"
    known = hub_name(card.licence)
    return known, (_slug(card.licence) or "not-told") if known == "other" else None


def _id(photos_from: str) -> str:
    """What the Hub shall call a set of photos: its repository, if it has one."""
    address = split_revision(photos_from)[0]
    return address if is_repo(address) else _slug(address)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")[:60]


def _numbers(values: tuple[float, ...]) -> str:
    return f"({', '.join(map(str, values))})"
