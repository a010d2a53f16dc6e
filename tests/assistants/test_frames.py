from __future__ import annotations

import numpy as np
import pytest

from handseg.assistants.frames import SURE, Frame, enlarged, low_resolution_logits
from handseg.assistants.prompts import Box, Point, Prompt
from handseg.resizing import resized
from tests.pictures import drawn_mask


def test_a_mask_comes_back_from_a_smaller_frame_at_its_place() -> None:
    mask = drawn_mask(480, 640)
    soft = resized(mask.astype(np.uint8) * 255, 48, 64).astype(np.float32)
    assert np.mean(enlarged(soft, 127, 480, 640) != mask) < 0.005


def test_pixels_become_pixels_of_the_network_frame_by_their_centres() -> None:
    frame = Frame(height=480, width=640, seen_height=48, seen_width=128)
    assert frame.points(Prompt((Point(0, 0, 1), Point(639, 479, 0)))) == pytest.approx(
        np.array([[-0.4, -0.45], [127.4, 47.45]])
    )
    assert frame.box(Box(0, 0, 640, 480)) == pytest.approx(np.array([-0.4, -0.45, 127.4, 47.45]))


def test_the_current_mask_is_sure_where_it_is_and_background_in_the_padding() -> None:
    mask = np.zeros((64, 128), bool)
    mask[32:, 64:] = True
    logits = low_resolution_logits(mask, seen=(32, 64), whole=(64, 64), size=(16, 16))
    assert logits.shape == (16, 16)
    assert logits.dtype == np.float32
    assert (logits[4:8, 8:] == SURE).all()
    assert (logits[8:] == -SURE).all()
    assert (logits[:4] == -SURE).all()
    assert (logits[:, :8] == -SURE).all()
