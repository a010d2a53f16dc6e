"""Several datasets, mixed: an endless series of examples, of which each is always the same, whoever asks."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from handseg.addresses import split_revision
from handseg.records.opening import open_snapshot
from handseg.records.snapshot import Snapshot
from training.sources.dataset import chosen_splits, examples_of
from training.sources.examples import Example, SourceError, Terms
from training.sources.held_out import HeldOut
from training.sources.known import credit_of
from training.sources.labels import BACKGROUND, HAND

_GOLDEN = 11400714819323198485
"""2**64 over the golden ratio, made odd: multiples of it, modulo 2**64, fall evenly everywhere."""


@dataclass(frozen=True)
class Part:
    """A dataset, and how often each of its photos is drawn, compared to those of a dataset of weight 1."""

    address: str
    """A folder or owner/name, and after an @ a revision."""
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.weight) and self.weight > 0):
            raise SourceError(f"the weight of {self.address} is {self.weight}; give a number above 0, or leave it out")

    @classmethod
    def parse(cls, text: str) -> Part:
        """The part that a person calls "hands", "USER/hands@v1.2.0" or "hands=0.5"; raises SourceError.

        >>> Part.parse("USER/hands@v1.2.0=0.5")
        Part(address='USER/hands@v1.2.0', weight=0.5)
        """
        address, separator, weight = text.rpartition("=")
        # A folder's own name may have an =, and a revision may follow.
        folders = (text, split_revision(text)[0]) if "@" in weight else (text,)
        if not separator or any(Path(folder).expanduser().exists() for folder in folders):
            return cls(text)
        try:
            return cls(address, float(weight))
        except ValueError:
            raise SourceError(f"{weight!r} is not a weight; give a number after the =, as in {address}=0.5") from None


@dataclass(frozen=True)
class Mixture:
    """What to learn from."""

    parts: tuple[Part, ...]

    @classmethod
    def parse(cls, texts: Sequence[str]) -> Mixture:
        """The mixture of these parts, see `Part.parse`; raises SourceError if there are none."""
        if not texts:
            raise SourceError("there is nothing to learn from; give --dataset with a folder, or owner/name on the Hub")
        return cls(tuple(map(Part.parse, texts)))

    def open(self, split: str = "train", seed: int = 0, judges: Sequence[str] = ()) -> Mixed:
        """Read one split of all parts into memory, as the files that the photos are.

        Nothing is learned from photos that are, or look like, one to validate or test on, of any part or of the
        datasets `judges`. A small dataset may have nothing to validate or test with; if another part has, it is left
        out then.

        Raises:
            PlaceError, SchemaError, ShardError: a dataset cannot be read, or is of a newer handseg.
            SourceError: a dataset has no photos in the split, or all of them are of one class.
        """
        snapshots = [open_snapshot(part.address) for part in self.parts]
        held = HeldOut([*snapshots, *map(open_snapshot, judges)]) if split == "train" else None
        pools = [(Pool.of(each, split, held), part.weight) for each, part in zip(snapshots, self.parts, strict=True)]
        filled = [(pool, weight) for pool, weight in pools if pool.examples]
        if not filled or (split == "train" and len(filled) < len(pools)):
            empty = " and ".join(pool.revision for pool, _ in pools if not pool.examples)
            raise SourceError(f"there are no photos in the split {split} of {empty}; publish or import some first")
        return Mixed([pool for pool, _ in filled], [weight for _, weight in filled], seed)


@dataclass(frozen=True)
class Pool:
    """One split of a dataset."""

    examples: tuple[Example, ...]
    revision: str
    """Of the dataset, with its address before an @."""
    digest: str
    """Of the set of rows in the whole dataset, 64 hex digits."""
    left_out: int = 0
    """Photos of the split that nothing may learn from, as they are held out elsewhere."""
    hashes: frozenset[str] = frozenset()
    """The perceptual hashes of the photos."""

    @classmethod
    def read(cls, address: str, split: str) -> Pool:
        """The pool of a dataset at an address; raises as `Mixture.open`."""
        return cls.of(open_snapshot(address), split)

    @classmethod
    def of(cls, snapshot: Snapshot, split: str, held: HeldOut | None = None) -> Pool:
        """See `Mixture.open`."""
        without = held.among(snapshot) if held else set()
        examples = tuple(examples_of(snapshot, chosen_splits((split,)), without=without))
        revision = f"{snapshot.place.address}@{snapshot.revision}"
        rows = snapshot.light.select(["photo_id", "phash", "split"]).to_pylist()
        hashes = {row["phash"] for row in rows if row["split"] == split and row["photo_id"] not in without}
        return cls(examples, revision, snapshot.digest, len(without), frozenset(hashes))


class Mixed:
    """Example number i, for every i from 0: a seeded low-discrepancy series over all photos, weighted.

    Multiples of the golden ratio are spread evenly (D. Knuth, The Art of Computer Programming 3, 6.4, theorem S): in
    every run of numbers, each dataset and each photo has nearly its exact share. Nothing has to be remembered to go on.
    """

    def __init__(self, pools: Sequence[Pool], weights: Sequence[float], seed: int = 0) -> None:
        """The photos of each pool come in an order that `seed` decides; raises SourceError for one class only."""
        rng = np.random.default_rng(seed)
        self.pools, self.weights = tuple(pools), tuple(map(float, weights))
        self.examples = [pool.examples[i] for pool in pools for i in rng.permutation(len(pool.examples))]
        _refuse_one_class(self.examples)
        each = np.repeat(np.asarray(weights, float), [len(pool.examples) for pool in pools])
        self._ends = np.cumsum(each / each.sum())
        self._start = int(rng.integers(1 << 64, dtype=np.uint64))

    def __len__(self) -> int:
        """How many photos there are: about so many numbers are an epoch."""
        return len(self.examples)

    def __getitem__(self, number: int) -> Example:
        place = (self._start + number * _GOLDEN) % (1 << 64) / (1 << 64)
        return self.examples[min(int(np.searchsorted(self._ends, place, side="right")), len(self.examples) - 1)]

    @property
    def left_out(self) -> int:
        """How many photos nothing may learn from, as they are held out, see `Mixture.open`."""
        return sum(pool.left_out for pool in self.pools)

    @property
    def hashes(self) -> frozenset[str]:
        """The perceptual hashes of all photos."""
        return frozenset().union(*(pool.hashes for pool in self.pools))

    @cached_property
    def hand_free(self) -> list[Example]:
        """The photos without hands."""
        return [example for example in self.examples if example.hand_free]

    def facts(self) -> dict[str, Any]:
        """What the weights card says: the sources with their terms, and the revision and hash of the datasets."""
        counts = Counter(example.terms for example in self.examples)
        digests = "".join(pool.digest for pool in self.pools)
        return {
            "training_data": [
                {"source": terms.source, "licence": terms.licence, "credit": _credit(terms), "photos": count}
                for terms, count in sorted(counts.items(), key=lambda item: (item[0].source, item[0].licence))
            ],
            "dataset_revision": " + ".join(pool.revision for pool in self.pools),
            "weights": list(self.weights),
            "row_hash": hashlib.sha256(digests.encode()).hexdigest() if len(self.pools) > 1 else digests,
        }


def _credit(terms: Terms) -> str:
    return terms.credit or credit_of(terms.source)


def _refuse_one_class(examples: Sequence[Example]) -> None:
    """Refuse, with SourceError, photos from which nobody can learn what is no hand, or what is one."""
    if not any(not each.hand_free and (each.label == HAND).any() for each in examples):
        raise SourceError(f"none of the {len(examples)} photos shows a hand; a network needs both, so add some that do")
    if not any(each.hand_free or (each.label == BACKGROUND).any() for each in examples):
        raise SourceError(f"all {len(examples)} photos are hand from edge to edge; a network needs both, so add others")
