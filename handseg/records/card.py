"""The card of a dataset: people own it, and handseg keeps the part between two marks, and two keys of its head, true.

The head names no files: `datasets` finds the splits by their folders. With `data_files` there it would refuse a split
that has no photos yet, and of a folder that has grown it would go on giving out the rows that are in its cache.
"""

from __future__ import annotations

from handseg.addresses import is_repo
from handseg.licences import hub_name
from handseg.readme import Part, table, with_key
from handseg.records.facts import Agreement, Facts
from handseg.records.row import SCHEMA_VERSION
from handseg.records.splits import SHARES, SPLITS

FACTS = Part("<!-- facts: written by handseg, changes here are lost -->", "<!-- end of facts -->")
AGREEMENT = Part("<!-- agreement -->", "<!-- end of agreement -->")

_SIZES = ((1000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))

_NEW = f"""\
---
pretty_name: Hands, masked by people
task_categories:
- image-segmentation
tags:
- hands
- binary-segmentation
- human-in-the-loop
annotations_creators:
- machine-generated
- expert-generated
---

# Hands, masked by people

Photos, and for each a mask of the visible hands up to the wrist. Rings, nails and gloves belong to the hand; sleeves,
watches, bare forearms and held objects do not.

{FACTS.begin}
{FACTS.end}

## Limitations

Describe here what these photos are, whom they show, and what they must not be used for: this part is yours, and is kept
when handseg writes the facts above anew.

The masks are as good as the people who made them. Edges are a few pixels off where hair, blur or shadow hide them, and
a mask that was accepted as it was carries what the model got wrong unseen. Numbers that were measured on the test split
say little about other cameras, rooms and skin tones than those in it.
"""


def regenerated(card: str, facts: Facts, agreement: Agreement | None, address: str) -> str:
    """The card with true facts; what people wrote stays as it is. An empty `card` is begun.

    Without an `agreement` the card keeps what it says about that.
    """
    card = card or _NEW
    card = with_key(card, "license", sorted({hub_name(licence) for licence in facts.licences}) or ["other"])
    card = with_key(card, "size_categories", [_size(facts.rows)])
    told = _agreement_told(card) if agreement is None else _tell_agreement(agreement)
    return FACTS.put(card, f"\n{_tell(facts, address)}\n{AGREEMENT.marked(told)}\n")


def _size(rows: int) -> str:
    return next((name for most, name in _SIZES if rows < most), "n>1M")


def _tell(facts: Facts, address: str) -> str:
    return "\n".join(
        [
            "## Facts",
            "",
            f"{facts.rows} photos in {facts.groups} groups, by {facts.annotators} annotators. {facts.reviewed} were "
            "looked at by a second person.",
            "",
            *table(("split", "photos"), facts.by_split.items()),
            *table(("verdict", "photos"), facts.by_verdict.items()),
            *table(
                ("source", "licence", "photos"),
                ((source, licence, count) for (source, licence), count in facts.by_source.items()),
            ),
            "## How the masks were made",
            "",
            *([f"{facts.brought} masks came with their photos, and were not made here.", ""] if facts.brought else []),
            *(_made_here(facts) if facts.brought < facts.rows else []),
            *(table(("first mask by", "photos"), _named(facts.by_model)) if facts.by_model else []),
            *table(("assistant", "photos"), _named(facts.by_assistant)),
            *_HOW_TO_LOAD.format(address=address, older=_ON_THE_HUB if is_repo(address) else _IN_A_FOLDER).splitlines(),
            "",
        ]
    )


def _made_here(facts: Facts) -> list[str]:
    return [
        "A model's mask was shown to a person, who accepted it, corrected it with brush, lasso and an assistant's "
        f"proposals, or said that there is no hand. Median time {facts.median_seconds:.0f} s; mean IoU of the "
        f"first mask and the person's {facts.mean_iou:.3f}. `model_mask`, `model_id`, `assistant_id` and `prompts` "
        "tell it for each photo.",
        "",
    ]


_ON_THE_HUB = 'revision="v1.0.0" for what a tag has'
_IN_A_FOLDER = "the newest; `training --dataset FOLDER@v1.0.0` has what a tag has"
_HOW_TO_LOAD = f"""## How to load it

```python
from datasets import load_dataset

hands = load_dataset("{{address}}", split="train")  # {{older}}
photo, mask = hands[0]["image"], hands[0]["mask"]
```

`mask` is an 8-bit picture of the photo's size: 0 is background, 255 is hand, 127 (rare) is not known. `image` has the
bytes of the file as it was stored: upright, in sRGB, without metadata. The other columns, version {SCHEMA_VERSION}:

| columns | what they tell |
|---|---|
| `id`, `photo_id`, `group_id` | the row, never used again; the sha256 of the photo's pixels; what stays in one split |
| `image_sha256`, `mask_sha256`, `phash` | of both files; a hash that near-duplicates share but for a few bits |
| `height`, `width` | of the photo, in pixels |
| `verdict` | `accepted`: the first mask was right; `edited`: it was corrected; `no_hand`: there is none |
| `model_mask`, `model_id`, `iou_model_human` | the first mask, null for none; whose it was; its IoU with `mask` |
| `assistant_id`, `prompts` | who answered clicks; the clicks and boxes, as JSON |
| `annotator`, `reviewer` | salted hashes of their names; the latter "" if nobody reviewed the mask |
| `seconds`, `created_at`, `supersedes` | of work; in UTC; the `id` of the same annotator's mask before this one |
| `source`, `licence`, `consent` | of the photo; its SPDX identifier; the sentence that its giver agreed to |
| `schema_version` | as above |

Splits are fixed by a hash of `group_id` ({", ".join(f"{name} {SHARES[name]:.0%}" for name in SPLITS)}); photos of one
group, and near-duplicates, are in one split. A photo is in the dataset once, with its newest mask; older
ones are in older revisions. `.withdrawn.jsonl` lists hashes of photos that were taken out for
good, so that no app puts them in again."""


def _agreement_told(card: str) -> str:
    facts_told = FACTS.find(card)
    found = AGREEMENT.find(facts_told[1]) if facts_told else None
    return found[1] if found else ""


def _tell_agreement(agreement: Agreement) -> str:
    return (
        f"\nOf {agreement.photos} photos that two annotators answered independently, the mean IoU of their masks is "
        f"{agreement.mean_iou:.3f}, the least {agreement.least_iou:.3f}.\n"
    )


def _named(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(f"`{name}`" if name else "nobody", count) for name, count in counts.items()]
