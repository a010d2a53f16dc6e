"""How photos get into the store and the queue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from annotation.chance import chance
from annotation.errors import RecordError
from annotation.queue.arrivals import Added, add_photo
from annotation.queue.doubt import Doubt
from annotation.queue.looks import Look, Seen, open_look
from annotation.store import Store
from annotation.store.database import sqlite_url
from annotation.terms import Facts
from handseg import photos
from handseg.errors import PhotoError
from handseg.masks import from_png
from handseg.photos import Photo
from handseg.segmenter import Prediction
from handseg.settings import SHIPPED, Settings
from handseg.weights import Weights
from tests.pictures import drawn_mask, drawn_photo, encoded

UNSURE = Doubt(0.3, "the edge is unsure")


def look(photo: Photo) -> Seen:
    return Seen(drawn_mask(*photo.shape[:2]), "accurate@0", UNSURE)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(sqlite_url(tmp_path / "annotation.db"), tmp_path)
    yield store
    store.close()


def textured(seed: int) -> np.ndarray:
    """(48, 64, 3): photos of different seeds do not look alike."""
    return np.random.default_rng(seed).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def add(store: Store, content: bytes, random_share: float = 0.0, **said: str) -> Added:
    return add_photo(store, content, look, Facts(source="album", licence="CC0-1.0", **said), random_share)


def test_a_photo_is_stored_as_it_was_taken_in_and_asked_about(store: Store) -> None:
    content = encoded(drawn_photo(), "JPEG")
    added = add(store, content, group_id="album/7", consent="I agree.")
    assert (added.known, added.reason) == (False, UNSURE.reason)
    photo, task = store.photo(added.photo_id), store.task(added.photo_id)
    assert np.array_equal(photos.decode(store.photos.read(photo.file)), photos.decode(content))
    assert (photo.height, photo.width) == (48, 64)
    facts = (photo.source, photo.licence, photo.group_id, photo.consent)
    assert facts == ("album", "CC0-1.0", "album/7", "I agree.")
    assert (task.model_id, task.doubt, task.state) == ("accurate@0", UNSURE.value, "open")
    assert np.array_equal(from_png(store.masks.read(task.model_mask)), drawn_mask())


def test_a_photo_that_is_known_is_not_looked_at_again(store: Store) -> None:
    first = add(store, encoded(drawn_photo()))

    def never(photo: Photo) -> Seen:
        raise AssertionError(photo.shape)

    # The same pixels in another file are the same photo.
    again = add_photo(store, encoded(drawn_photo(), "BMP"), never, Facts(source="other", licence="MIT"))
    assert (again.photo_id, again.known, again.reason) == (first.photo_id, True, UNSURE.reason)
    assert store.photo(first.photo_id).source == "album"


def test_near_duplicates_join_the_cluster_and_the_group_of_the_first(store: Store) -> None:
    first = add(store, encoded(textured(1)), group_id="album/7")
    second = add(store, encoded(textured(1), "JPEG"))
    third = add(store, encoded(textured(1), "WEBP"), group_id="album/8")
    other = add(store, encoded(textured(2)))
    found = [store.photo(each.photo_id) for each in (first, second, third, other)]
    assert [each.alike for each in found] == ["", first.photo_id, first.photo_id, ""]
    assert [each.group_id for each in found] == ["album/7", "album/7", "album/8", other.photo_id]


def test_a_bad_photo_is_refused_and_nothing_is_added(store: Store) -> None:
    with pytest.raises(PhotoError):
        add(store, b"no photo")
    assert store.counts().photos == 0


@pytest.mark.parametrize("text", ["I agree.\0", "a" * 2001])
def test_a_photo_with_a_text_that_cannot_be_stored_leaves_no_file(store: Store, text: str) -> None:
    with pytest.raises(RecordError, match="consent has"):
        add(store, encoded(drawn_photo()), consent=text)
    assert store.counts().photos == 0
    assert not [*store.photos.folder.rglob("*.*"), *store.masks.folder.rglob("*.*")]


def test_the_share_picked_at_random_has_a_random_doubt_and_says_so(store: Store) -> None:
    added = [add(store, encoded(textured(seed)), random_share=0.5) for seed in range(30)]
    tasks = [store.task(each.photo_id) for each in added]
    drawn = [task for task in tasks if task.reason == "picked at random"]
    assert 5 <= len(drawn) <= 25
    assert {task.photo_id for task in drawn} == {
        task.photo_id for task in tasks if chance("picked at random", task.photo_id) < 0.5
    }
    assert max(task.doubt for task in drawn) > 0.6
    assert min(task.doubt for task in drawn) < 0.4
    assert {task.doubt for task in tasks if task not in drawn} == {UNSURE.value}


def test_a_random_share_of_1_picks_every_photo_and_0_none(store: Store) -> None:
    for seed, (share, reason) in enumerate([(1.0, "picked at random"), (0.0, UNSURE.reason)]):
        assert add(store, encoded(textured(seed)), random_share=share).reason == reason


# Looks.


class Painter:
    """A model that finds a hand wherever the photo is red."""

    card = Weights.open(SHIPPED / "accurate").card

    def predict(self, photo: Photo) -> Prediction:
        return Prediction((photo[..., 0] > 127).astype(np.float32), 0.5, "painter")


class LeftHanded(Painter):
    """A model that sees nothing in the right half."""

    def predict(self, photo: Photo) -> Prediction:
        probability = super().predict(photo).probability
        probability[:, photo.shape[1] // 2 :] = 0
        return Prediction(probability, 0.5, "left-handed")


def red_square(left: int) -> Photo:
    photo = np.zeros((48, 64, 3), np.uint8)
    photo[10:20, left : left + 10, 0] = 255
    return photo


def test_the_mirror_image_is_turned_back_before_it_is_compared() -> None:
    assert Look(Painter())(red_square(5)).doubt.value == 0
    found = Look(LeftHanded())(red_square(5)).doubt
    assert found == Doubt(1, "the mirror image gives another mask (IoU 0.00)")


def test_the_mask_is_the_first_model_s_and_the_other_one_is_compared() -> None:
    seen = Look(Painter(), other=LeftHanded())(red_square(40))
    assert seen.mask.sum() == 100
    assert seen.doubt == Doubt(1, "two models disagree (IoU 0.00)")


def test_the_installed_models_look_at_a_photo() -> None:
    seen = open_look(Settings(device="cpu"))(drawn_photo())
    assert seen.mask.shape == (48, 64)
    assert 0 <= seen.doubt.value <= 1
    card = Weights.open(SHIPPED / "accurate").card
    assert seen.model_id == card.id == f"accurate@{card.sha256['model.safetensors'][:12]}"
