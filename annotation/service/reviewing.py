"""A second pair of eyes: what waits for review, one record with all that is known of its photo, and the figures."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from annotation import runs
from annotation.agreement import compared
from annotation.errors import ReviewError
from annotation.store import Store
from annotation.store.records import Record, Remark, Tally
from handseg import masks
from handseg.masks import Mask

MOST_LISTED = 200


class Reviewing:
    """What reviewers ask of the server; safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def waiting(self, reviewer: str) -> list[dict[str, Any]]:
        """The records that wait for review, in the order in which this reviewer should see them."""
        return [_brief(each) for each in self.store.to_review(reviewer)[:MOST_LISTED]]

    def decided(self, reviewer: str) -> list[dict[str, Any]]:
        """The records about which this reviewer decided last and may decide otherwise, newest first."""
        return [_brief(each) for each in self.store.reviewed(reviewer, MOST_LISTED)]

    def record(self, record_id: str) -> dict[str, Any]:
        """One record: the model's mask and the annotator's, and the history of the photo; raises UnknownRecordError."""
        record = self.store.record(record_id)
        photo = self.store.photo(record.photo_id)
        history = [
            {**_brief(each), "remarks": [_said(remark) for remark in self.store.remarks(each.id)]}
            for each in self.store.records(record.photo_id)
        ]
        return {
            **_brief(record),
            "height": photo.height,
            "width": photo.width,
            "source": photo.source,
            "licence": photo.licence,
            "model_mask": runs.to_text(self._mask(record.model_mask)),
            "mask": runs.to_text(self._mask(record.mask or record.model_mask)),
            "history": history,
        }

    def decide(
        self, record_id: str, reviewer: str, decision: str, text: str, x: int | None, y: int | None
    ) -> dict[str, str]:
        """Approve a record or send it back, which needs words; raises ReviewError where that cannot be."""
        if decision == "send_back" and not text.strip():
            raise ReviewError("say in a few words what is wrong, so that the annotator can mend it")
        return {"state": self.store.review(record_id, reviewer, decision, text, x, y).state}

    def tallies(self) -> list[Tally]:
        """What each annotator did."""
        return self.store.by_annotator()

    def agreements(self) -> dict[str, float]:
        """Per annotator, the mean IoU with others on photos that were asked twice."""
        found: dict[str, list[float]] = {}
        for first, second, iou in compared(self.store):
            for name in (first.annotator, second.annotator):
                found.setdefault(name, []).append(iou)
        return {name: fmean(each) for name, each in found.items()}

    def _mask(self, name: str) -> Mask:
        return masks.from_png(self.store.masks.read(name))


def _brief(record: Record) -> dict[str, Any]:
    shown = ("id", "photo_id", "verdict", "pixels", "model_id", "assistant", "seconds", "annotator", "state")
    brief: dict[str, Any] = {name: getattr(record, name) for name in shown}
    return {**brief, "iou": record.iou_model_human, "at": record.created_at.isoformat(timespec="seconds")}


def _said(remark: Remark) -> dict[str, Any]:
    shown = ("reviewer", "decision", "text", "x", "y")
    return {name: getattr(remark, name) for name in shown}
