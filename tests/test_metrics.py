from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from handseg.metrics import Counts, count

masks = arrays(bool, (5, 7), elements=st.booleans())


@given(masks, masks)
def test_the_counts_are_those_of_the_definition(predicted: np.ndarray, true: np.ndarray) -> None:
    assert count(predicted, true) == Counts(
        int((predicted & true).sum()),
        int((predicted & ~true).sum()),
        int((~predicted & true).sum()),
        int((~predicted & ~true).sum()),
    )


@given(masks, masks)
def test_iou_and_f1_tell_the_same(predicted: np.ndarray, true: np.ndarray) -> None:
    counts = count(predicted, true)
    assert counts.iou == pytest.approx(counts.f1 / (2 - counts.f1))


def test_nothing_predicted_where_nothing_is_scores_one() -> None:
    empty = np.zeros((5, 7), bool)
    assert count(empty, empty).iou == 1


def test_unknown_pixels_do_not_count() -> None:
    predicted, true = np.array([[True, True]]), np.array([[True, False]])
    assert count(predicted, true, known=np.array([[True, False]])) == Counts(hit=1)


def test_masks_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(5, 7\) and the truth \(7, 5\)"):
        count(np.zeros((5, 7), bool), np.zeros((7, 5), bool))
