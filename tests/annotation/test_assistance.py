from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest

from annotation.assistance import Assistance, Superseded
from handseg.assistants import AssistantError
from handseg.assistants.prompts import Point, Prompt, PromptError
from handseg.errors import PhotoError
from handseg.masks import Mask
from handseg.photos import Photo
from handseg.settings import Settings
from tests.pictures import drawn_mask, drawn_photo

PROMPT = Prompt((Point(5, 6, 1),))


@dataclass
class FakeEmbedding:
    height: int
    width: int
    nbytes: int
    sum: int


@dataclass
class FakeAssistant:
    """Notes what it does, and can be held up."""

    name: str = "fake"
    device: str = "cpu"
    nbytes: int = 100
    encoded: list[int] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)
    at_work: threading.Event = field(default_factory=threading.Event)
    inside: int = 0
    most_inside: int = 0
    fails: bool = False

    def __post_init__(self) -> None:
        self.go_on.set()

    def encode(self, photo: Photo) -> FakeEmbedding:
        self._work()
        self.encoded.append(int(photo[0, 0, 0]))
        if self.fails:
            raise RuntimeError("out of memory")
        return FakeEmbedding(*photo.shape[:2], self.nbytes, int(photo.sum()))

    def propose(self, embedding: FakeEmbedding, prompt: Prompt, mask: Mask) -> list[Mask]:
        self._work()
        prompt.check_inside(embedding.height, embedding.width)
        return [mask]

    def _work(self) -> None:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.at_work.set()
        assert self.go_on.wait(5)
        self.inside -= 1


def load(number: int) -> Callable[[], Photo]:
    return lambda: np.full((48, 64, 3), number, np.uint8)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline, "it did not happen within five seconds"
        time.sleep(0.005)


@pytest.fixture
def fake() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture
def assistance(fake: FakeAssistant) -> Iterator[Assistance]:
    assistance = Assistance(Settings(assistant="grabcut"), most_bytes=350, opener=lambda *_: fake)
    yield assistance
    fake.go_on.set()
    assistance.close()


def ask(assistance: Assistance, number: int, who: str = "anna", turn: int = 1, prompt: Prompt = PROMPT) -> object:
    return assistance.propose(str(number), load(number), prompt, drawn_mask(), who, turn)


def test_a_photo_is_looked_at_once_for_many_clicks(assistance: Assistance, fake: FakeAssistant) -> None:
    answers = [ask(assistance, 1, turn=turn) for turn in range(4)]
    assert fake.encoded == [1]
    assert assistance.encodes == 1
    assert answers[0].assistant == "fake"
    assert answers[0].seconds >= 0
    assert np.array_equal(answers[0].proposals[0], drawn_mask())


def test_a_prepared_photo_is_not_looked_at_again(assistance: Assistance, fake: FakeAssistant) -> None:
    assert assistance.state("1") == "absent"
    assistance.prepare("1", load(1))
    until(lambda: assistance.state("1") == "ready")
    assistance.prepare("1", load(1))
    ask(assistance, 1)
    assert fake.encoded == [1]


def test_photos_are_looked_at_ahead_in_the_order_of_asking(assistance: Assistance, fake: FakeAssistant) -> None:
    fake.go_on.clear()
    for number in (3, 1, 2):
        assistance.prepare(str(number), load(number))
    until(fake.at_work.is_set)
    assert [assistance.state(key) for key in "312"] == ["working", "waiting", "waiting"]
    fake.go_on.set()
    until(lambda: assistance.state("2") == "ready")
    assert fake.encoded == [3, 1, 2]


def test_what_an_annotator_waits_for_goes_before_what_is_done_ahead(
    assistance: Assistance, fake: FakeAssistant
) -> None:
    fake.go_on.clear()
    for number in (1, 2, 3):
        assistance.prepare(str(number), load(number))
    until(fake.at_work.is_set)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(ask, assistance, 9)
        until(lambda: assistance._turns["cpu"]._urgent == 1)
        fake.go_on.set()
        assert answer.result(5)
    until(lambda: assistance.state("3") == "ready")
    assert fake.encoded == [1, 9, 2, 3]


def test_a_click_on_the_photo_that_is_being_looked_at_waits_for_that(
    assistance: Assistance, fake: FakeAssistant
) -> None:
    fake.go_on.clear()
    assistance.prepare("1", load(1))
    until(fake.at_work.is_set)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(ask, assistance, 1)
        until(lambda: assistance._turns["cpu"]._urgent == 1)
        fake.go_on.set()
        assert answer.result(5)
    assert fake.encoded == [1]


def test_nothing_happens_on_the_device_twice_at_a_time(assistance: Assistance, fake: FakeAssistant) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(6):
            assistance.prepare(str(number + 10), load(number + 10))
        list(pool.map(lambda number: ask(assistance, number % 5, f"annotator {number}"), range(40)))
    assert fake.most_inside == 1


def test_an_older_turn_is_refused_and_an_equal_one_is_answered(assistance: Assistance) -> None:
    ask(assistance, 1, turn=5)
    with pytest.raises(Superseded, match="a newer one"):
        ask(assistance, 1, turn=4)
    ask(assistance, 1, turn=5)
    ask(assistance, 1, who="ben", turn=1)


def test_a_newer_turn_ends_the_waiting_of_an_older_one_before_the_device_is_free(
    assistance: Assistance, fake: FakeAssistant
) -> None:
    ask(assistance, 1, turn=0)
    fake.go_on.clear()
    assistance.prepare("2", load(2))
    until(lambda: fake.inside == 1)
    with ThreadPoolExecutor() as pool:
        older = pool.submit(ask, assistance, 1, turn=1)
        until(lambda: assistance._turns["cpu"]._urgent == 1)
        newer = pool.submit(ask, assistance, 1, turn=2)
        with pytest.raises(Superseded):
            older.result(5)
        assert not newer.done()
        fake.go_on.set()
        assert newer.result(5)


def test_an_answer_is_not_worked_out_if_a_newer_turn_came_while_the_photo_was_looked_at(
    assistance: Assistance, fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = []
    propose = fake.propose
    monkeypatch.setattr(fake, "propose", lambda *given: answered.append(given[1]) or propose(*given))
    fake.go_on.clear()
    newest = Prompt((Point(7, 8, 0),))
    with ThreadPoolExecutor() as pool:
        older = pool.submit(ask, assistance, 1, turn=1)
        until(fake.at_work.is_set)
        newer = pool.submit(ask, assistance, 1, turn=2, prompt=newest)
        until(lambda: assistance._turns["cpu"]._urgent == 1)
        fake.go_on.set()
        with pytest.raises(Superseded):
            older.result(5)
        assert newer.result(5)
    assert answered == [newest]
    assert fake.encoded == [1]


def test_embeddings_are_dropped_by_their_bytes_the_least_used_first(
    assistance: Assistance, fake: FakeAssistant
) -> None:
    for number in (1, 2, 3):
        ask(assistance, number, turn=number)
    ask(assistance, 1, turn=4)
    ask(assistance, 4, turn=5)
    assert [assistance.state(key) for key in "1234"] == ["ready", "absent", "ready", "ready"]
    ask(assistance, 2, turn=6)
    assert fake.encoded == [1, 2, 3, 4, 2]


def test_asking_again_for_a_prepared_photo_keeps_it_longer(assistance: Assistance) -> None:
    for number in (1, 2, 3):
        ask(assistance, number, turn=number)
    assistance.prepare("1", load(1))
    ask(assistance, 4, turn=4)
    assert [assistance.state(key) for key in "12"] == ["ready", "absent"]


def test_an_embedding_beyond_all_bounds_is_used_and_not_kept(assistance: Assistance, fake: FakeAssistant) -> None:
    fake.nbytes = 351
    for turn in (1, 2):
        assert ask(assistance, 1, turn=turn)
    assert fake.encoded == [1, 1]
    assert assistance.state("1") == "absent"


def test_a_forgotten_photo_leaves_nothing_behind(assistance: Assistance) -> None:
    ask(assistance, 1)
    assistance.forget("1")
    assert assistance.state("1") == "absent"


def test_a_photo_may_be_forgotten_by_a_finalizer_at_any_moment(assistance: Assistance) -> None:
    class Visit:
        pass

    for number in range(200):
        visit = Visit()
        visit.itself = visit  # so that only the garbage collector finds it
        weakref.finalize(visit, assistance.forget, str(number))
        ask(assistance, number, turn=number)
        if number % 50 == 49:
            del visit
            gc.collect()
    assert {assistance.state(str(number)) for number in range(200)} == {"absent"}


def test_a_photo_that_cannot_be_looked_at_ahead_is_tried_again_by_a_click(
    assistance: Assistance, fake: FakeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fails = True
    assistance.prepare("1", load(1))
    until(lambda: assistance.state("1") == "failed")
    caplog.clear()
    with pytest.raises(AssistantError, match=r"^the assistant failed at this photo; try again, or use the brush$"):
        ask(assistance, 1)
    assert "RuntimeError: out of memory" in caplog.text
    fake.fails = False
    assert ask(assistance, 1, turn=2)
    assert assistance.state("1") == "ready"


def test_a_photo_that_cannot_be_read_is_said_in_its_own_words(assistance: Assistance) -> None:
    def refuse() -> Photo:
        raise PhotoError("the photo is damaged")

    assistance.prepare("1", refuse)
    until(lambda: assistance.state("1") == "failed")
    with pytest.raises(PhotoError, match="the photo is damaged"):
        assistance.propose("1", refuse, PROMPT, drawn_mask(), "anna", 1)
    assistance.prepare("2", load(2))
    until(lambda: assistance.state("2") == "ready")


def test_an_error_of_the_annotator_is_said_in_its_own_words_and_frees_the_device(assistance: Assistance) -> None:
    with pytest.raises(PromptError, match="outside the photo"):
        ask(assistance, 1, prompt=Prompt((Point(64, 1, 1),)))
    assert ask(assistance, 1, turn=2)


def test_the_wanted_assistant_takes_over_when_it_is_open() -> None:
    floor, wanted, opened = FakeAssistant("floor"), FakeAssistant("wanted"), threading.Event()

    def open_slowly(name: str, *_: object) -> FakeAssistant:
        if name == "vit_b":
            assert opened.wait(5)
            return wanted
        return floor

    assistance = Assistance(Settings(assistant="vit_b"), opener=open_slowly)
    assert assistance.about() == "vit_b is being opened; GrabCut works until then."
    assert ask(assistance, 1).assistant == "floor"
    opened.set()
    until(lambda: assistance.about() == "The assistant “wanted” helps you.")
    assert assistance.state("1") == "absent"
    assert ask(assistance, 1, turn=2).assistant == "wanted"
    assert (floor.encoded, wanted.encoded) == ([1], [1])
    assistance.close()


def test_after_closing_nothing_is_looked_at_ahead(assistance: Assistance, fake: FakeAssistant) -> None:
    assistance.prepare("1", load(1))
    until(lambda: assistance.state("1") == "ready")
    assistance.close()
    assistance.prepare("2", load(2))
    assert assistance.state("2") == "absent"
    assert fake.encoded == [1]


def test_grabcut_answers_through_it() -> None:
    assistance = Assistance(Settings(assistant="grabcut"))
    answer = assistance.propose("1", lambda: drawn_photo(90, 130), PROMPT, drawn_mask(90, 130), "anna", 1)
    assert answer.assistant == "grabcut"
    assert answer.proposals[0][6, 5]
