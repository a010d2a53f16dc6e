"""What a dataset's rows add up to, for its card and its page."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from handseg.records.row import VERDICTS
from handseg.records.splits import SPLITS


@dataclass(frozen=True)
class Agreement:
    """How well two annotators agree on photos that both were asked about."""

    photos: int
    mean_iou: float
    least_iou: float


@dataclass(frozen=True)
class Facts:
    """Counts of rows. Each mapping is sorted by its names."""

    rows: int
    groups: int
    annotators: int
    reviewed: int
    by_split: dict[str, int]
    by_verdict: dict[str, int]
    by_source: dict[tuple[str, str], int]
    """By source and licence."""
    by_model: dict[str, int]
    by_assistant: dict[str, int]
    median_seconds: float
    mean_iou: float
    """Of the mask that was shown first and the one that a person left, over rows that were shown one."""
    brought: int = 0
    """Rows whose masks came with their photos: nobody spent a second on them here, so the two above leave them out."""

    @property
    def licences(self) -> list[str]:
        """Each licence once."""
        return sorted({licence for _, licence in self.by_source})


def facts_of(light: pa.Table) -> Facts:
    """The facts of a light table, see `handseg.records.snapshot`."""
    made_here = light.filter(pc.greater(light["seconds"], 0))
    shown = made_here.filter(pc.not_equal(made_here["model_id"], ""))
    return Facts(
        rows=len(light),
        groups=len(light["group_id"].unique()),
        annotators=len(light["annotator"].unique()),
        reviewed=pc.sum(pc.not_equal(light["reviewer"], "")).as_py() or 0,
        by_split=dict.fromkeys(SPLITS, 0) | _counts(light, "split"),
        by_verdict=dict.fromkeys(VERDICTS, 0) | _counts(light, "verdict"),
        by_source=dict(_grouped(light, ["source", "licence"])),
        by_model=_counts(made_here, "model_id"),
        by_assistant=_counts(light, "assistant_id"),
        median_seconds=pc.quantile(made_here["seconds"], 0.5)[0].as_py() or 0.0,
        mean_iou=pc.mean(shown["iou_model_human"]).as_py() or 0.0,
        brought=len(light) - len(made_here),
    )


def _counts(light: pa.Table, column: str) -> dict[str, int]:
    return {value: count for (value,), count in _grouped(light, [column])}


def _grouped(light: pa.Table, columns: list[str]) -> list[tuple[tuple[str, ...], int]]:
    """How many rows have the same values in these columns, sorted by the values."""
    grouped = light.group_by(columns).aggregate([([], "count_all")]).to_pylist()
    return sorted((tuple(row[name] for name in columns), row["count_all"]) for row in grouped)
