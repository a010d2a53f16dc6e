from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from handseg.places import PlaceError
from handseg.places.folder import FolderPlace
from handseg.records.edits import Edit, commit
from handseg.records.facts import facts_of
from handseg.records.row import Row
from handseg.records.snapshot import Snapshot
from handseg.records.splits import SPLITS, split_of
from handseg.records.withdrawn import Withdrawn
from tests.records.filling import BEGAN, add, by_id, filled, replaced, rows

POOL = list(rows(24))
picks = st.sets(st.integers(0, len(POOL) - 1), max_size=6)


def later(row: Row, seed: int) -> Row:
    """Another record of the same photo."""
    return replaced(row, id=f"{seed:032x}", supersedes=row.id, seconds=float(seed))


@dataclass
class Expected:
    rows: dict[str, Row] = field(default_factory=dict)
    withdrawn: set[Withdrawn] = field(default_factory=set)


class Edits(RuleBasedStateMachine):
    """Any sequence of edits gives exactly the rows that a plain dictionary would have."""

    revisions = Bundle("revisions")

    @initialize()
    def start(self) -> None:
        self.scratch = tempfile.TemporaryDirectory()
        self.place = FolderPlace(Path(self.scratch.name) / "hands")
        self.expected = Expected()
        self.count = 0

    @rule(
        target=revisions,
        added=picks,
        dropped=picks,
        merged=st.booleans(),
        withdrawn=picks,
        reopened=st.booleans(),
    )
    def edit(self, added: set[int], dropped: set[int], merged: bool, withdrawn: set[int], reopened: bool) -> object:
        if reopened:
            self.place = FolderPlace(self.place.folder)
        before = Snapshot(self.place)
        new = [self._next_record(POOL[number]) for number in added]
        dropped_ids = {row.id for row in self._of_photos(dropped | withdrawn)}
        gone = [Withdrawn(POOL[n].photo_id, POOL[n].group_id, POOL[n].phash) for n in withdrawn]
        edit = Edit(
            message="an edit",
            add=iter(new),
            drop=dropped_ids,
            merge=before.shards if merged else (),
            withdraw=gone,
        )
        made = commit(before, edit)
        self._expect(new, dropped_ids, gone)
        if made is None:
            assert not new
            return multiple()
        return made.id, dict(self.expected.rows), set(self.expected.withdrawn)

    @rule(revision=revisions)
    def read_an_older_one(self, revision: tuple[str, dict[str, Row], set[Withdrawn]]) -> None:
        wanted, there, withdrawn = revision
        snapshot = Snapshot(FolderPlace(self.place.folder), wanted)
        assert by_id(snapshot) == there
        assert set(snapshot.withdrawn) == withdrawn

    @invariant()
    def the_newest_has_what_it_should(self) -> None:
        if not hasattr(self, "place"):
            return
        snapshot = Snapshot(self.place)
        found = by_id(snapshot)
        assert found == self.expected.rows
        assert len({row.photo_id for row in found.values()}) == len(found)
        assert set(snapshot.withdrawn) == self.expected.withdrawn
        for values in snapshot.light.select(["id", "split", "shard"]).to_pylist():
            assert split_of(found[values["id"]].group_id) == values["split"]
            assert values["shard"].split("/")[1] == values["split"]
        seen = {path.relative_to(self.place.folder).as_posix() for path in self.place.folder.rglob("data/*/*")}
        assert seen == set(snapshot.shards)

    def teardown(self) -> None:
        if hasattr(self, "scratch"):
            self.scratch.cleanup()

    def _next_record(self, row: Row) -> Row:
        self.count += 1
        return later(row, self.count)

    def _of_photos(self, numbers: set[int]) -> list[Row]:
        photos = {POOL[number].photo_id for number in numbers}
        return [row for row in self.expected.rows.values() if row.photo_id in photos]

    def _expect(self, new: list[Row], dropped: set[str], gone: list[Withdrawn]) -> None:
        added = {row.photo_id for row in new}
        kept = {key: row for key, row in self.expected.rows.items() if key not in dropped and row.photo_id not in added}
        self.expected.rows = kept | {row.id: row for row in new}
        self.expected.withdrawn |= set(gone)


TestEdits = Edits.TestCase
TestEdits.settings = settings(max_examples=25, stateful_step_count=8)


def test_a_row_whose_photo_is_there_takes_the_place_of_the_earlier_one(tmp_path: Path) -> None:
    place = filled(tmp_path, 6)
    first = next(rows(6))
    add(place, later(first, 1))
    found = by_id(Snapshot(place))
    assert first.id not in found
    assert found[f"{1:032x}"].supersedes == first.id
    assert len(found) == 6


def test_an_edit_of_nothing_makes_no_revision(tmp_path: Path) -> None:
    place = filled(tmp_path, 6)
    assert commit(Snapshot(place), Edit(message="nothing", drop=["0" * 32])) is None
    assert len(place.log()) == 1


def test_merging_keeps_the_set_of_rows_and_leaves_one_shard_of_each_split(tmp_path: Path) -> None:
    place = filled(tmp_path)
    for seed in range(1, 5):
        add(place, *rows(30, seed))
    before = Snapshot(place)
    assert len(before.shards) > len(SPLITS)
    commit(before, Edit(message="merge", merge=before.shards))
    after = Snapshot(place, earlier=before)
    assert sorted(after.shards.values()) == sorted(SPLITS)
    assert after.digest == before.digest
    assert by_id(after) == by_id(before)


def test_the_digest_tells_any_other_mask_row_or_split(tmp_path: Path) -> None:
    place = filled(tmp_path, 6)
    digests = [Snapshot(place).digest]
    first, second, *_ = rows(6)
    for edit in (
        Edit(message="another mask", add=[replaced(first, mask=second.mask)]),
        Edit(message="another id", add=[replaced(first, id="0" * 32)]),
        Edit(message="one less", drop=[second.id]),
        Edit(message="another split", add=[replaced(first, group_id="a film")]),
    ):
        commit(Snapshot(place), edit)
        digests.append(Snapshot(place).digest)
    assert len(set(digests)) == 5


def test_the_card_counts_the_rows_of_its_revision(tmp_path: Path) -> None:
    place = filled(tmp_path, 9)
    add(place, *rows(5, seed=1, reviewer="a1"))
    snapshot = Snapshot(place)
    facts = facts_of(snapshot.light)
    assert (facts.rows, facts.reviewed, facts.groups) == (14, 5, 5)
    assert facts.by_source == {("drawn", "CC0-1.0"): 14}
    assert sum(facts.by_split.values()) == sum(facts.by_verdict.values()) == 14
    assert "14 photos in 5 groups" in snapshot.card
    assert "9 photos in 3 groups" in Snapshot(place, place.log()[1].id).card


def test_masks_that_came_with_their_photos_are_told_apart_from_those_that_were_made_here(tmp_path: Path) -> None:
    place = filled(tmp_path, 4)
    assert "came with their photos" not in Snapshot(place).card
    made = facts_of(Snapshot(place).light)
    ious = [row.iou_model_human for row in rows(4)]
    assert (made.median_seconds, made.mean_iou) == (12.5, pytest.approx(sum(ious) / 4))
    drawn_alone = rows(2, seed=2, model_id="", iou_model_human=0.0)
    add(place, *rows(6, seed=1, seconds=0.0, iou_model_human=0.0), *drawn_alone)
    snapshot = Snapshot(place)
    facts = facts_of(snapshot.light)
    assert facts.brought == 6
    assert (facts.median_seconds, facts.mean_iou) == (made.median_seconds, made.mean_iou)
    assert "6 masks came with their photos, and were not made here." in snapshot.card


def test_a_dataset_whose_last_row_goes_is_empty_and_can_be_filled_again(tmp_path: Path) -> None:
    place = filled(tmp_path, 3)
    add(place, drop=tuple(row.id for row in rows(3)))
    assert by_id(Snapshot(place)) == {}
    assert facts_of(Snapshot(place).light).rows == 0
    add(place, *rows(3))
    assert by_id(Snapshot(place)) == {row.id: row for row in rows(3)}


def test_a_card_that_is_no_text_is_refused_in_words(tmp_path: Path) -> None:
    place = filled(tmp_path, 3)
    (tmp_path / "README.md").write_bytes("schön".encode("latin-1"))
    with pytest.raises(PlaceError, match=r"README\.md .* UTF-8"):
        add(place, *rows(1, seed=1))
    (tmp_path / "README.md").write_bytes("\ufeff---\npretty_name: ours\n---\nschön\n".encode())
    add(place, *rows(1, seed=1))
    assert Snapshot(place).card.startswith("---\npretty_name: ours\n")


def test_moments_are_kept_to_the_microsecond(tmp_path: Path) -> None:
    moment = BEGAN.replace(microsecond=123_457)
    place = filled(tmp_path, 1, created_at=moment)
    assert next(Snapshot(place).rows()).created_at == moment
