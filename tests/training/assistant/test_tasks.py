"""What the assistant is asked in training, and how the simulated annotator talks to it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.training.assistant.drawing import SIDE, mixed
from training.assistant.corruption import WAYS, corrupted
from training.assistant.objective import Dialogue, GuidedObjective
from training.assistant.tasks import Task, Tasks, sample_side
from training.augment import augmentation_called
from training.augmented import AugmentedSamples
from training.losses import LossWeights
from training.sources.labels import BACKGROUND, HAND, IGNORE


def tasks(seed: int = 0) -> Tasks:
    return Tasks(AugmentedSamples(mixed(), sample_side(SIDE), 200, seed, augmentation_called("light")), SIDE)


@pytest.fixture(scope="module")
def drawn() -> list[Task]:
    return [tasks().draw(number) for number in range(100)]


def test_a_task_follows_from_its_number_alone() -> None:
    first, again = tasks().draw(7), tasks().draw(7)
    assert np.array_equal(first.photo, again.photo)
    assert np.array_equal(first.start, again.start)
    assert first.box == again.box
    assert not np.array_equal(first.photo, tasks(1).draw(7).photo)


def test_tasks_begin_with_nothing_with_a_wrong_mask_or_with_a_box(drawn: list[Task]) -> None:
    with_hand = [task for task in drawn if (task.label == HAND).any()]
    nothing = sum(not task.start.any() for task in with_hand) / len(with_hand)
    boxed = sum(task.box is not None for task in with_hand) / len(with_hand)
    assert 0.25 < nothing < 0.6
    assert 0.1 < boxed < 0.4
    assert all(
        task.photo.shape == (SIDE, SIDE, 3) and task.label.shape == task.start.shape == (SIDE, SIDE) for task in drawn
    )


def test_where_there_is_no_hand_there_is_something_to_reject(drawn: list[Task]) -> None:
    empty = [task for task in drawn if not (task.label != BACKGROUND).any()]
    assert empty
    assert all(task.start.any() and task.box is None for task in empty)


def test_of_a_single_hand_s_task_the_others_are_left_open(drawn: list[Task]) -> None:
    assert any((task.label == IGNORE).any() and (task.label == HAND).any() for task in drawn)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_go_wrong_leaves_a_mask_of_the_same_size(way) -> None:
    rng = np.random.default_rng(0)
    hands = np.zeros((40, 70), bool)
    hands[5:25, 8:30] = hands[20:35, 45:60] = True
    wrong = [way(hands, rng) for _ in range(20)]
    assert all(mask.shape == hands.shape and mask.dtype == bool for mask in wrong)
    assert any((mask != hands).any() for mask in wrong)
    for mask in (np.zeros_like(hands), np.ones_like(hands)):
        assert way(mask, rng).shape == mask.shape
        assert corrupted(mask, rng).shape == mask.shape


def test_the_hand_that_a_click_asks_for_may_go_missing() -> None:
    hands = np.zeros((40, 70), bool)
    hands[5:25, 8:30] = hands[20:35, 45:60] = True
    lost = [WAYS[4](hands, np.random.default_rng(seed)) for seed in range(10)]
    assert any(not mask[:, 40:].any() for mask in lost)
    assert any(not mask[:, :40].any() for mask in lost)


def test_the_annotator_clicks_where_the_answer_is_wrong_until_it_is_right() -> None:
    label = np.zeros((32, 48), np.uint8)
    label[4:20, 6:20] = label[8:24, 30:44] = HAND
    dialogue = Dialogue(label, np.zeros(label.shape, bool), None, np.random.default_rng(0))
    for hands in (1, 2, 2):
        told = dialogue.ask()
        assert told[0].any()
        assert len(dialogue.points) == hands
        dialogue.hear(label == HAND)
    assert np.array_equal(dialogue.mask, label == HAND)


class Recorder(nn.Module):
    """A promptable network that says what it was told: hand where a click or the mask so far says so."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.calls: list[tuple[bool, Tensor]] = []

    def forward(self, _photos: Tensor, prompts: Tensor) -> Tensor:
        self.calls.append((self.training, prompts))
        return self.scale * (6 * (prompts[:, :1] + prompts[:, 2:3] - prompts[:, 1:2]) - 3)


def test_a_step_learns_from_its_last_answer_and_the_mask_before_is_the_network_s_own() -> None:
    recorder = Recorder()
    objective = GuidedObjective(recorder, LossWeights())
    samples = tasks()
    rounds = set()
    for start in range(0, 80, 4):
        recorder.calls.clear()
        batch = torch.utils.data.default_collate([samples[start + index] for index in range(4)])
        answer = objective(**batch)
        answer["loss"].backward()
        assert answer["logits"].shape == (4, 1, SIDE, SIDE)
        assert [training for training, _ in recorder.calls] == [False] * (len(recorder.calls) - 1) + [True]
        assert torch.equal(recorder.calls[0][1][:, 2].bool(), batch["starts"].bool())
        rounds.add(len(recorder.calls))
        clicks = [prompts[:, :2].sum((1, 2, 3)) for _, prompts in recorder.calls]
        assert all((later >= earlier).all() for earlier, later in itertools.pairwise(clicks))
    assert {1, 2, 3} <= rounds
    assert recorder.training


def test_what_is_left_open_is_not_learned_from() -> None:
    batch = torch.utils.data.default_collate([tasks()[number] for number in range(4)])
    batch["labels"] = torch.full_like(batch["labels"], IGNORE)
    recorder = Recorder()
    GuidedObjective(recorder, LossWeights())(**batch)["loss"].backward()
    assert recorder.scale.grad == 0
