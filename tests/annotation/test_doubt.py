from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.queue.doubt import doubt, edge_entropy
from handseg.masks import Mask
from handseg.segmenter import Prediction
from tests.pictures import drawn_mask


def sure(mask: Mask, name: str = "accurate") -> Prediction:
    return Prediction(probability=mask.astype(np.float32), threshold=0.5, model=name)


def moved(mask: Mask, columns: int) -> Mask:
    return np.roll(mask, columns, axis=1)


def test_models_that_are_sure_and_agree_leave_no_doubt() -> None:
    prediction = sure(drawn_mask())
    assert doubt(prediction, prediction, prediction).value == 0


def test_masks_that_do_not_meet_are_the_greatest_doubt() -> None:
    mask = drawn_mask()
    apart = doubt(sure(mask), other=sure(moved(mask, 32)))
    assert (apart.value, apart.reason) == (1, "two models disagree (IoU 0.00)")


def test_the_worst_sign_counts_and_is_named() -> None:
    mask = drawn_mask()
    near, far = sure(moved(mask, 2)), sure(moved(mask, 12))
    assert doubt(sure(mask), other=far, mirrored=near).reason.startswith("two models disagree (IoU 0.3")
    assert doubt(sure(mask), other=near, mirrored=far).reason.startswith("the mirror image gives another mask (IoU 0.3")
    assert doubt(sure(mask), other=near, mirrored=far).value == doubt(sure(mask), mirrored=far).value


def test_a_vague_edge_is_doubtful_and_a_vague_place_far_from_it_is_not() -> None:
    mask = drawn_mask(480, 640)
    probability = mask.astype(np.float32)
    far_away = probability.copy()
    far_away[400:, 560:] = 0.45
    assert edge_entropy(far_away, mask) == 0
    vague = np.where(mask, 0.6, 0.4).astype(np.float32)
    found = doubt(Prediction(vague, 0.5, "accurate"))
    assert found.value == pytest.approx(0.971, abs=0.002)
    assert found.reason == "the edge is unsure"


def test_empty_masks_agree() -> None:
    empty = sure(np.zeros((48, 64), bool))
    assert doubt(empty, empty, empty).value == 0
    assert doubt(empty, other=sure(drawn_mask())).value == 1


def test_each_model_s_own_threshold_makes_its_mask() -> None:
    probability = np.where(drawn_mask(), 0.55, 0.0).astype(np.float32)
    assert doubt(Prediction(probability, 0.6, "a"), other=Prediction(probability, 0.5, "b")).value == 1


def test_doubt_hardly_depends_on_the_photo_s_size() -> None:
    values = []
    for scale in (1, 4):
        mask = drawn_mask(300 * scale, 400 * scale)
        values.append(doubt(sure(mask), other=sure(moved(mask, 20 * scale))).value)
    assert values[0] == pytest.approx(values[1], abs=0.01)


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (2000, 3)])
def test_any_shape_has_a_doubt(shape: tuple[int, int]) -> None:
    prediction = Prediction(np.full(shape, 0.5, np.float32), 0.5, "accurate")
    assert 0 <= doubt(prediction, prediction, prediction).value <= 1


@given(st.lists(st.floats(0, 1, width=32), min_size=12, max_size=12), st.floats(0.05, 0.95))
def test_doubt_is_a_number_from_0_to_1(values: list[float], threshold: float) -> None:
    probability = np.array(values, np.float32).reshape(3, 4)
    prediction = Prediction(probability, threshold, "accurate")
    mirrored = Prediction(np.ascontiguousarray(probability[:, ::-1]), threshold, "accurate")
    assert 0 <= doubt(prediction, mirrored=mirrored).value <= 1
