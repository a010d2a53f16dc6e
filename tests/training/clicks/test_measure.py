from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from handseg.assistants.grabcut import GrabCut
from tests.training.clicks.drawing import KNOWING, STUBBORN, TwoHands, write_folders
from training.clicks.command import ClicksError, First, as_table, measure
from training.clicks.session import MOST_CLICKS, Annotator, sessions
from training.clicks.summary import summary

ROOT = Path(__file__).parents[3]
BOTH, LARGE = 24 * 20 + 12 * 12, 24 * 20


def test_each_hand_takes_a_click_as_a_click_adds_only_what_hangs_together_with_it() -> None:
    done = list(sessions(KNOWING, TwoHands(2)))
    assert [each.name for each in done] == ["0", "1"]
    assert done[0].ious == pytest.approx([0, LARGE / BOTH, 1])
    told = summary(done)
    assert (told["noc@80"], told["noc@90"], told["failures@90"]) == (2, 2, 0)
    assert (told["iou@1"], told["iou@3"], told["iou@5"]) == (pytest.approx(LARGE / BOTH, abs=1e-4), 1, 1)
    assert told["change_after_first_click"] == pytest.approx(LARGE / BOTH, abs=1e-4)


def test_what_never_gets_good_counts_as_a_failure_with_all_clicks() -> None:
    told = summary(list(sessions(STUBBORN, TwoHands(1))))
    assert (told["noc@80"], told["noc@85"], told["failures@80"]) == (MOST_CLICKS, MOST_CLICKS, 1)
    assert (told["iou@5"], told["change_after_first_click"]) == (0, 0)


def test_a_mask_that_is_good_already_takes_no_click() -> None:
    told = summary(list(sessions(STUBBORN, TwoHands(1), lambda photo: photo[..., 0] > 100)))
    assert (told["noc@90"], told["failures@90"], told["iou@0"], told["iou@5"]) == (0, 0, 1, 1)
    assert told["change_after_first_click"] is None


def test_pixels_that_are_not_known_count_for_nothing() -> None:
    def with_the_strip(photo: np.ndarray) -> np.ndarray:
        mask = photo[..., 0] > 100
        mask[44:] = True
        return mask

    assert next(sessions(STUBBORN, TwoHands(1), with_the_strip)).ious == [1]


def test_noise_follows_from_its_seed() -> None:
    first, again, other = (
        next(sessions(GrabCut(), TwoHands(1), annotator=Annotator(0.8, most=4, seed=seed))).ious for seed in (1, 1, 2)
    )
    assert first == again
    assert len(first) == len(other)


def test_exact_and_noisy_clicks_stand_in_one_table() -> None:
    found = [measure(assistant, TwoHands(1), noise=0.5) for assistant in (KNOWING, STUBBORN)]
    head, *rows = as_table(found).splitlines()
    assert {"NoC@80", "NoC@85", "NoC@90", "IoU@1", "click", "s"} <= set(head.split())
    assert [row.split("  ")[0].strip() for row in rows] == ["knowing", "knowing, noisy", "stubborn", "stubborn, noisy"]
    assert len({len(row) for row in (head, *rows)}) == 1


def test_photos_without_hands_alone_are_refused() -> None:
    with pytest.raises(ClicksError, match="none of the 1 photos of two hands shows a hand"):
        measure(KNOWING, TwoHands(0))
    assert len(list(First(TwoHands(5), 2))) == len(First(TwoHands(5), 2)) == 2


def clicks(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training", "clicks", *map(str, arguments)]
    environment = {**os.environ, "HANDSEG_MODELS": ""}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_the_command_writes_what_it_measured(tmp_path: Path) -> None:
    images, masks = write_folders(TwoHands(1), tmp_path)
    again = write_folders(TwoHands(1), tmp_path / "again")
    file = tmp_path / "clicks.json"
    where = ["--images", images, "--masks", masks, "--images", again[0], "--masks", again[1]]
    answered = clicks("--assistant", "grabcut", *where, "--from-model", "--model", "fast", "--json", file)
    assert answered.returncode == 0, answered.stderr
    assert "grabcut, noisy" in answered.stdout
    told = json.loads(file.read_text())
    assert {f"{name}@{target}" for name in ("noc", "failures") for target in (80, 85, 90)} <= set(told)
    assert told["noisy"]["photos"] == told["photos"] == 2
    assert told["start"].startswith("fast@")


def test_masks_for_only_some_folders_are_refused_in_words(tmp_path: Path) -> None:
    answered = clicks("--assistant", "grabcut", "--images", tmp_path)
    assert answered.returncode == 2
    assert "there are 1 --images and 0 --masks" in answered.stderr
