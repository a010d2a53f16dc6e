from __future__ import annotations

import re
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from handseg.records.card import FACTS as PART
from handseg.records.card import regenerated
from handseg.records.facts import Agreement, Facts
from handseg.records.row import COLUMNS

FACTS = Facts(
    rows=1234,
    groups=40,
    annotators=3,
    reviewed=7,
    by_split={"train": 1000, "validation": 100, "test": 134},
    by_verdict={"accepted": 1000, "edited": 200, "no_hand": 34},
    by_source={("a|b", "MIT"): 34, ("egohands", "CC-BY-4.0"): 1200},
    by_model={"": 34, "accurate@0123456789ab": 1200},
    by_assistant={"grabcut": 1234},
    median_seconds=12.4,
    mean_iou=0.91234,
)
NOBODY = Facts(0, 0, 0, 0, {}, {}, {}, {}, {}, 0.0, 0.0)
AGREEMENT = Agreement(20, 0.95, 0.7)
BEGIN, END = PART.begin, PART.end

HAND_WRITTEN = """\
---
# ours
pretty_name: 'Hands of Kyoto'   # as the poster has it
license:
- apache-2.0
annotations_creators: [expert-generated]
size_categories:
- n<1K
extra_gated_prompt: |
  license: is not a key here
---
# Hands of Kyoto

Before.
{facts}

After, with a | and \\1 and {{braces}}.
"""


def head(card: str) -> dict[str, object]:
    return yaml.safe_load(card.split("---\n")[1])


def test_a_new_card_tells_the_facts_and_how_to_load() -> None:
    card = regenerated("", FACTS, AGREEMENT, "anna/hands")
    assert head(card)["license"] == ["cc-by-4.0", "mit"]
    assert head(card)["size_categories"] == ["1K<n<10K"]
    assert "1234 photos in 40 groups, by 3 annotators" in card
    assert "| egohands | CC-BY-4.0 | 1200 |" in card
    assert "| a\\|b | MIT | 34 |" in card
    assert "| nobody | 34 |" in card
    assert "Median time 12 s; mean IoU of the first mask and the person's 0.912" in card
    assert "the mean IoU of their masks is 0.950, the least 0.700" in card
    assert 'load_dataset("anna/hands", split="train")  # revision="v1.0.0" for what a tag has' in card
    assert "## Limitations" in card
    assert "data_files" not in card
    assert "dataset_info" not in card


def test_the_card_tells_of_every_column() -> None:
    card = regenerated("", FACTS, AGREEMENT, "anna/hands")
    assert [name for name in COLUMNS if f"`{name}`" not in card] == []


def test_no_table_is_without_lines() -> None:
    card = regenerated("", replace(FACTS, by_model={}, brought=FACTS.rows), AGREEMENT, "anna/hands")
    assert "|---|---|\n\n" not in card


def test_of_a_folder_nobody_is_told_that_datasets_loads_its_tags() -> None:
    assert "revision=" not in regenerated("", FACTS, AGREEMENT, "/srv/hands")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_people_wrote_stays_byte_for_byte(newline: str) -> None:
    card = HAND_WRITTEN.format(facts=f"{BEGIN}\nold\n{END}").replace("\n", newline)
    made = regenerated(card, FACTS, None, "hands")
    before, rest = card.split(BEGIN)
    after = rest.split(END)[1]
    text = before.split(f"---{newline}")[2]
    assert text + BEGIN in made
    assert made.endswith(END + after)
    lines = made.split(BEGIN)[0].splitlines()
    for line in ["# ours", "pretty_name: 'Hands of Kyoto'   # as the poster has it", "  license: is not a key here"]:
        assert line in lines
    front = head(made.replace("\r\n", "\n"))
    assert list(front) == ["pretty_name", "license", "annotations_creators", "size_categories", "extra_gated_prompt"]
    assert front["license"] == ["cc-by-4.0", "mit"]
    assert front["size_categories"] == ["1K<n<10K"]
    assert front["extra_gated_prompt"] == "license: is not a key here\n"


def test_a_card_without_marks_or_head_gets_them_and_keeps_its_text() -> None:
    made = regenerated("# Mine\n\nA text.\n", FACTS, None, "hands")
    assert list(head(made)) == ["license", "size_categories"]
    assert made.split("---\n")[2].startswith("# Mine\n\nA text.\n\n" + BEGIN)


def test_an_empty_head_is_filled() -> None:
    made = regenerated("---\n---\n# Mine\n", FACTS, None, "hands")
    assert made.count("---\n") == 2
    assert list(head(made)) == ["license", "size_categories"]


def test_a_card_that_is_true_already_stays_as_it_is() -> None:
    card = regenerated(HAND_WRITTEN.format(facts=f"{BEGIN}{END}"), FACTS, AGREEMENT, "hands")
    assert regenerated(card, FACTS, AGREEMENT, "hands") == card
    assert regenerated(card, FACTS, None, "hands") == card


def test_the_agreement_stays_until_another_is_measured() -> None:
    card = regenerated("", FACTS, AGREEMENT, "hands")
    kept = regenerated(card, replace(FACTS, rows=99), None, "hands")
    assert "99 photos" in kept
    assert "of their masks is 0.950" in kept
    assert "of their masks is 0.800" in regenerated(kept, FACTS, Agreement(30, 0.8, 0.1), "hands")


def test_an_empty_dataset_has_a_card_too() -> None:
    assert head(regenerated("", NOBODY, None, "hands"))["size_categories"] == ["n<1K"]


@pytest.mark.parametrize("lost", [BEGIN, END, "<!-- agreement -->", "<!-- end of agreement -->"])
def test_no_text_is_lost_with_a_mark_that_somebody_deleted(lost: str) -> None:
    card = regenerated(HAND_WRITTEN.format(facts=f"{BEGIN}\n{END}"), FACTS, AGREEMENT, "hands").replace(lost, "")
    for rows in (1, 2, 3):
        card = regenerated(card, replace(FACTS, rows=rows), None, "hands")
        assert card.count("\nBefore.\n") == card.count("\nAfter, with a | and \\1 and {braces}.\n") == 1
        assert f"{rows} photos" in card.rpartition(BEGIN)[2]


def test_no_text_is_lost_with_marks_that_somebody_swapped() -> None:
    card = f"---\na: b\n---\nBefore.\n{END}\nBetween.\n{BEGIN}\nAfter.\n"
    for rows in (1, 2, 3):
        card = regenerated(card, replace(FACTS, rows=rows), None, "hands")
        assert all(word in card for word in ("Before.", "Between.", "After."))


lines = st.lists(
    st.sampled_from(["# a", "license: mit", "- x", "a: b", "---", "", BEGIN, END, "text", "\r"]), max_size=12
)


@given(lines)
def test_no_line_that_a_person_wrote_outside_is_lost_whatever_the_card_looks_like(written: list[str]) -> None:
    card = "---\na: b\n---\n" + "\n".join(written)
    made = regenerated(regenerated(card, FACTS, None, "hands"), NOBODY, None, "hands")
    inside = re.compile(f"{re.escape(BEGIN)}(?:(?!{re.escape(BEGIN)}).)*?{re.escape(END)}", re.DOTALL)
    for line in inside.sub("", "\n".join(written), count=1).split("\n"):
        assert line.strip() in made
    assert regenerated(made, NOBODY, None, "hands") == made
