"""A dataset at one revision, to be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from handseg.places import HEAD, Place, PlaceError
from handseg.records import shards, withdrawn
from handseg.records.grouping import Grouping
from handseg.records.row import LIGHT, Row
from handseg.records.schema import SCHEMA, SchemaError
from handseg.records.withdrawn import Withdrawn

CARD = "README.md"

LIGHT_SCHEMA = pa.schema([*(SCHEMA.field(name) for name in LIGHT), ("split", pa.string()), ("shard", pa.string())])
"""Of the tables that tell of rows without their pictures."""


class Snapshot:
    """What a dataset was, is, and will be at one revision. Everything is read when it is first asked for."""

    def __init__(self, place: Place, revision: str = HEAD, earlier: Snapshot | None = None) -> None:
        """`revision` may be an id, a tag or `HEAD`, which is looked up now; raises PlaceError.

        What an `earlier` snapshot of the same place has read of the same shards is not read again.
        """
        self.place, self.revision = place, place.resolve(revision)
        self._light: dict[str, pa.Table] = dict(earlier._light) if earlier else {}

    @cached_property
    def shards(self) -> dict[str, str]:
        """The paths of the shards, sorted, and the split of each; raises SchemaError for somebody else's dataset."""
        paths = sorted(self.place.files(self.revision)) if self.revision else []
        if foreign := [path for path in paths if path.endswith(".parquet") and not shards.split_in(path)]:
            raise SchemaError(
                f"{self.place.address} holds another kind of dataset ({', '.join(foreign[:3])}); choose another place"
            )
        return {path: split for path in paths if (split := shards.split_in(path))}

    @cached_property
    def light(self) -> pa.Table:
        """All rows without their pictures and prompts, but with the columns `split` and `shard`."""
        return pa.concat_tables([LIGHT_SCHEMA.empty_table(), *(self.light_of(path) for path in self.shards)])

    @cached_property
    def card(self) -> str:
        """The card, as people have edited it; "" if there is none. Raises PlaceError for one that is not in UTF-8."""
        try:
            return self._text(CARD).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise PlaceError(f"{CARD} of {self.place.address} is not in UTF-8 ({error}); save it as UTF-8") from error

    @cached_property
    def withdrawn(self) -> list[Withdrawn]:
        """The photos that must not come in again."""
        return withdrawn.from_lines(self._text(withdrawn.PATH))

    @cached_property
    def grouping(self) -> Grouping:
        """The groups of all photos that are, or were, in the dataset."""
        known = Grouping()
        for photo in self.withdrawn:
            known.add(photo.photo_id, photo.group_id, photo.phash)
        for values in zip(*(self.light[name].to_pylist() for name in ("photo_id", "group_id", "phash")), strict=True):
            known.add(*values)
        return known

    @cached_property
    def digest(self) -> str:
        """A hash of the set of rows, whatever shards they are in: equal for equal photos, masks, ids and splits."""
        return row_set_digest(self.light)

    def light_of(self, path: str) -> pa.Table:
        """The light columns of one shard, with `split` and `shard`."""
        if path not in self._light:
            with self.place.open(path, self.revision) as file:
                self._light[path] = read_light(file, path)
        return self._light[path]

    def rows(self, paths: Iterable[str] | None = None) -> Iterator[Row]:
        """The rows of some shards, or of all, of which a row group is in memory at a time."""
        for path in self.shards if paths is None else paths:
            with self.place.open(path, self.revision) as file:
                yield from shards.read(file, path)

    def _text(self, path: str) -> bytes:
        has = self.revision and path in self.place.files(self.revision)
        return self.place.read(path, self.revision) if has else b""


def read_light(file: BinaryIO, path: str) -> pa.Table:
    """The light columns of an open shard with the columns `split` and `shard`; `path` is its path in the dataset."""
    table = pa.concat_tables(
        [LIGHT_SCHEMA.empty_table().select(list(LIGHT)), *shards.read_tables(file, path, LIGHT)],
        promote_options="none",
    )
    place = [pa.array([value] * len(table), pa.string()) for value in (shards.split_in(path), path)]
    return pa.Table.from_arrays([*table.columns, *place], schema=LIGHT_SCHEMA)


def row_set_digest(light: pa.Table) -> str:
    """A hash of the rows of a light table that does not depend on their order or shards, as 64 hex digits."""
    parts = [light[name] for name in ("id", "split", "image_sha256", "mask_sha256")]
    lines = pc.sort_indices(joined := pc.binary_join_element_wise(*parts, " "))
    digest = hashlib.sha256()
    for line in joined.take(lines).to_pylist():
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()
