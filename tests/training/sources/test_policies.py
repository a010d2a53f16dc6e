from __future__ import annotations

import numpy as np
import pytest

from tests.pictures import drawn_mask
from training.sources.labels import BACKGROUND, HAND, IGNORE
from training.sources.policies import label_from_masks


def test_where_both_masks_exist_the_arm_is_background_and_the_wrist_is_ignored() -> None:
    skin = np.zeros((48, 64), bool)
    skin[4:44, 20:40] = True
    wrist = skin.copy()
    wrist[24:] = False
    label = label_from_masks(wrist, skin)
    assert (label[4:20, 20:40] == HAND).all()
    assert (label[23:25, 20:40] == IGNORE).all()
    assert (label[30:44, 20:40] == BACKGROUND).all()
    assert (label[~skin] == BACKGROUND).all()


def test_a_mask_that_a_box_cut_straight_is_followed_by_an_ignored_band() -> None:
    wrist = drawn_mask(96, 128)
    wrist[40:] = False
    label = label_from_masks(wrist, None)
    columns = np.flatnonzero(wrist[39])
    assert (label[40, columns] == IGNORE).all()
    assert (label[50, columns] == BACKGROUND).all()
    assert (label[wrist] == HAND).all()


def test_a_round_mask_is_followed_by_no_ignored_band_worth_the_name() -> None:
    rows, columns = np.mgrid[:96, :128]
    fingertips = ((rows - 48) / 30) ** 2 + ((columns - 64) / 30) ** 2 < 1
    fingertips[18:22] = False
    fingertips[10:22, 60:62] = True
    label = label_from_masks(fingertips, None)
    assert (label[:10] == BACKGROUND).all()


def test_skin_that_reaches_the_photo_s_edge_is_doubtful_there() -> None:
    skin = np.zeros((48, 64), bool)
    skin[20:30, :40] = True
    label = label_from_masks(None, skin)
    assert (label[25, :5] == IGNORE).all()
    assert (label[25, 12:40] == HAND).all()


def test_a_label_needs_a_mask() -> None:
    with pytest.raises(ValueError, match="neither was given"):
        label_from_masks(None, None)
