"""The columns of a dataset as Parquet has them, with what `datasets` must know to show photos and masks as pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from handseg.errors import HandsegError
from handseg.photos import suffix_of
from handseg.records.row import COLUMNS, SCHEMA_VERSION, Row

_PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_KINDS = {
    "picture": (_PICTURE, {"_type": "Image"}),
    "mask": (_PICTURE, {"_type": "Image", "mode": "L"}),
    "text": (pa.string(), {"_type": "Value", "dtype": "string"}),
    "whole": (pa.int32(), {"_type": "Value", "dtype": "int32"}),
    "real": (pa.float64(), {"_type": "Value", "dtype": "float64"}),
    "moment": (pa.timestamp("us", tz="UTC"), {"_type": "Value", "dtype": "timestamp[us, tz=UTC]"}),
}
_SPECIAL = {
    "image": "picture",
    "mask": "mask",
    "model_mask": "mask",
    "height": "whole",
    "width": "whole",
    "schema_version": "whole",
    "iou_model_human": "real",
    "seconds": "real",
    "created_at": "moment",
}


def _kind(column: str) -> str:
    return _SPECIAL.get(column, "text")


SCHEMA = pa.schema(
    [(name, _KINDS[_kind(name)][0]) for name in COLUMNS],
    metadata={
        "huggingface": json.dumps({"info": {"features": {name: _KINDS[_kind(name)][1] for name in COLUMNS}}}),
        "handseg_schema": str(SCHEMA_VERSION),
    },
)
"""Of every shard. `datasets` reads the features from the metadata, so that no shard can change a type."""


class SchemaError(HandsegError):
    """A file has other columns than a dataset of ours, or is of a newer version."""


def check_schema(found: pa.Schema, name: str) -> None:
    """Refuse, with SchemaError, a file called `name` whose columns are not those of `SCHEMA`."""
    version = (found.metadata or {}).get(b"handseg_schema", b"0").decode()
    if version.isdecimal() and int(version) > SCHEMA_VERSION:
        raise SchemaError(
            f"{name} is of version {version}, and this handseg knows version {SCHEMA_VERSION}; install a newer handseg"
        )
    if lacking := [column for column in COLUMNS if column not in found.names]:
        raise SchemaError(f"{name} is of another kind of dataset: it has no column {', '.join(lacking)}")
    for field in SCHEMA:
        if (kind := found.field(field.name).type) != field.type:
            raise SchemaError(f"the column {field.name} of {name} is {kind}, not {field.type}")


def to_table(rows: Iterable[Row]) -> pa.Table:
    """Rows as a table of `SCHEMA`. Its inverse is `from_table`."""
    rows = list(rows)
    arrays = [pa.array([_value(row, name) for row in rows], SCHEMA.field(name).type) for name in COLUMNS]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def from_table(table: pa.Table) -> list[Row]:
    """The rows of a table of `SCHEMA`; raises RowError for a value that no row has."""
    return [from_values(values) for values in table.to_pylist()]


def from_values(values: dict[str, Any]) -> Row:
    """The row with these values, pictures being {"bytes", "path"} as `datasets` has them; raises RowError."""
    pictures = {name: values[name] and values[name]["bytes"] for name in COLUMNS if _kind(name) in ("picture", "mask")}
    return Row(**{name: values[name] for name in COLUMNS} | pictures)


def _value(row: Row, name: str) -> Any:
    content = getattr(row, name)
    if _kind(name) == "picture":
        return {"bytes": content, "path": f"{row.photo_id}{suffix_of(content)}"}
    if _kind(name) == "mask":
        return None if content is None else {"bytes": content, "path": f"{row.photo_id}.png"}
    return content
