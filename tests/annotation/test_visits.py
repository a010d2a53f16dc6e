"""Visitors of the demo: nothing of theirs is kept longer than the demo keeps it, unless they give it away."""

from __future__ import annotations

import gc
import io
import json
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from starlette.testclient import TestClient

from annotation import assistance, runs
from annotation.queue.doubt import Doubt
from annotation.queue.looks import Seen
from annotation.service import routes, visits
from annotation.service.visits import VISITOR, ConsentError, ForgottenVisitError, KnownPhotoError
from annotation.store import answers
from handseg import masks, photos
from handseg.assistants import AssistantError
from handseg.demo.desk import OpenPhoto
from handseg.errors import PhotoError, WeightsError
from handseg.promoted import promote
from handseg.settings import SHIPPED, Settings
from handseg.weights import choose
from tests.annotation.serving import Served, Size, Squares, answer, other_mask, question, wait_until
from tests.pictures import HEIGHT, WIDTH, drawn_mask, drawn_photo, encoded


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    seen = Seen(drawn_mask(), "drawn@1", Doubt(0.5, "the edge is unsure"))
    monkeypatch.setattr(visits, "open_look", lambda _: lambda _: seen)
    served = Served(tmp_path)
    yield served
    served.close()


def opened(seed: int = 0, content: bytes = b"") -> OpenPhoto:
    """A photo as the demo holds it."""
    content = content or encoded(drawn_photo(seed=seed))
    return OpenPhoto(photos.decode(content), "holiday", content)


def is_over(served: Served, visit_id: str) -> bool:
    try:
        served.visits.get(visit_id)
    except ForgottenVisitError:
        return True
    return False


def files_in(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def with_metadata() -> bytes:
    """A JPEG that knows where it was taken, and by what."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera of Ann"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (47.0, 22.0, 0.0)
    return encoded(drawn_photo(), "JPEG", quality=90, exif=exif, comment=b"at the lake")


# ---------------------------------------------------------------------- while it lasts


def test_a_visit_begins_with_the_photo_and_the_demos_mask(served: Served) -> None:
    photo = opened()
    visit = served.visits.get(served.visits.begin(photo, drawn_mask()))
    work = visit.work()
    assert (work["height"], work["width"]) == (HEIGHT, WIDTH)
    assert np.array_equal(runs.from_text(work["start"], HEIGHT, WIDTH), drawn_mask())
    shown = np.asarray(Image.open(io.BytesIO(visit.picture())))
    assert shown.shape == photo.photo.shape
    assert abs(shown.astype(int) - photo.photo).mean() < 10


def test_the_picture_of_a_visit_has_no_metadata(served: Served) -> None:
    photo = opened(content=with_metadata())
    picture = served.visits.get(served.visits.begin(photo, drawn_mask())).picture()
    assert b"Camera" not in picture
    assert not Image.open(io.BytesIO(picture)).getexif()


def test_a_photo_longer_than_any_jpeg_is_refused_in_words(served: Served) -> None:
    photo = OpenPhoto(np.zeros((2, 65_501, 3), np.uint8), "long")
    visit = served.visits.get(served.visits.begin(photo, np.zeros((2, 65_501), bool)))
    with pytest.raises(PhotoError, match="65501 x 2 pixels"):
        visit.picture()


def test_keeping_a_mask_puts_exactly_that_mask_into_the_demo(served: Served) -> None:
    photo = opened()
    mask = other_mask()
    kept = served.visits.get(served.visits.begin(photo, drawn_mask())).keep(runs.to_text(mask))
    assert np.array_equal(photo.corrected.mask(), mask)
    assert kept == {"sha256": runs.digest(runs.to_runs(mask)), "pixels": int(mask.sum())}


@pytest.mark.parametrize("text", [runs.to_text(drawn_mask(HEIGHT - 1, WIDTH)), "hand", None])
def test_keeping_what_is_no_mask_of_the_photo_changes_nothing(served: Served, text: object) -> None:
    photo = opened()
    visit = served.visits.get(served.visits.begin(photo, drawn_mask()))
    with pytest.raises(runs.RunsError):
        visit.keep(text)
    assert photo.corrected is None


def test_the_assistant_answers_visitors_too(served: Served) -> None:
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    wait_until(lambda: served.visits.assistant(visit_id)["ready"])
    proposed = served.visits.propose(visit_id, *question((50, 40, 1)).values())
    assert proposed["proposals"][0]["box"] == [47, 37, 54, 44]


def test_two_visitors_with_one_photo_do_not_meet(served: Served) -> None:
    ones, others = opened(), opened()
    one, other = served.visits.begin(ones, drawn_mask()), served.visits.begin(others, other_mask())
    served.visits.get(one).keep(runs.to_text(other_mask(7)))
    assert others.corrected is None
    assert served.visits.get(other).work() != served.visits.get(one).work()


def test_a_new_visit_to_a_photo_takes_the_place_of_the_old_one(served: Served) -> None:
    photo = opened()
    old = served.visits.begin(photo, drawn_mask())
    features = served.visits.get(old).features
    wait_until(lambda: served.assistance.state(features) == "ready")
    new = served.visits.begin(photo, other_mask())
    with pytest.raises(ForgottenVisitError):
        served.visits.get(old)
    assert served.visits.get(new).opened is photo
    assert served.visits.get(new).features == features
    assert served.assistance.encodes == 1


def test_a_visit_that_is_begun_again_with_the_same_mask_goes_on(served: Served) -> None:
    photo = opened()
    assert served.visits.begin(photo, drawn_mask()) == served.visits.begin(photo, drawn_mask())


def test_names_of_visits_cannot_be_guessed(served: Served) -> None:
    photo = opened()
    names = {served.visits.begin(photo, other_mask(seed)) for seed in range(20)}
    assert len(names) == 20
    assert {len(name) for name in names} == {32}


# ---------------------------------------------------------------------- when it ends


def test_a_visit_ends_when_the_demo_drops_the_photo(served: Served) -> None:
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    features = served.visits.get(visit_id).features
    wait_until(lambda: served.assistance.state(features) == "ready")
    del photo
    gc.collect()
    with pytest.raises(ForgottenVisitError, match="choose it again"):
        served.visits.get(visit_id)
    assert served.assistance.state(features) == "absent"


def test_nobody_holds_on_to_a_photo_that_the_demo_dropped(served: Served) -> None:
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    features = served.visits.get(visit_id).features
    served.visits.propose(visit_id, *question().values())
    wait_until(lambda: served.assistance.state(features) == "ready")
    pixels = weakref.ref(photo.photo)
    del photo
    wait_until(lambda: pixels() is None)


def test_what_is_forgotten_goes_on_a_quiet_day_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []

    class Watched(Squares):
        def encode(self, photo: np.ndarray) -> Size:
            size = super().encode(photo)
            kept.append(weakref.ref(size))
            return size

    monkeypatch.setattr(assistance, "TIDY_EVERY", 0.05)
    served = Served(tmp_path, lambda *_: Watched())
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    features = served.visits.get(visit_id).features
    wait_until(lambda: served.assistance.state(features) == "ready")
    del photo
    wait_until(lambda: kept[0]() is None)
    served.close()


def test_what_is_left_of_a_visit_can_do_nothing(served: Served) -> None:
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    features = served.visits.get(visit_id).features
    visit = served.visits.get(visit_id)
    wait_until(lambda: served.assistance.state(features) == "ready")
    del photo
    gc.collect()
    for act in (visit.work, visit.picture, lambda: visit.keep(runs.to_text(drawn_mask()))):
        with pytest.raises(ForgottenVisitError):
            act()


def test_a_photo_that_is_dropped_while_it_is_looked_at_is_forgotten_too(tmp_path: Path) -> None:
    class Slow(Squares):
        def encode(self, photo: np.ndarray) -> Size:
            time.sleep(0.3)
            return super().encode(photo)

    served = Served(tmp_path, lambda *_: Slow())
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    features = served.visits.get(visit_id).features
    wait_until(lambda: served.assistance.state(features) == "working")
    del photo
    gc.collect()
    wait_until(lambda: served.assistance.state(features) != "working")
    assert served.assistance.state(features) == "absent"
    served.close()


def test_many_visitors_may_come_and_go_at_once(served: Served) -> None:
    def come_and_go(seed: int) -> None:
        for turn in range(50):
            photo = OpenPhoto(drawn_photo(8, 10, seed), "small")
            visit_id = served.visits.begin(photo, drawn_mask(8, 10))
            assert served.visits.get(visit_id).opened is photo
            if turn % 3:
                served.visits.get(visit_id).keep(runs.to_text(drawn_mask(8, 10)))
            served.visits.assistant(visit_id)
            del photo
            wait_until(lambda visit_id=visit_id: is_over(served, visit_id))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come_and_go, range(4)))


# ---------------------------------------------------------------------- what is kept


def test_a_visit_without_a_contribution_writes_nothing_to_the_disk(served: Served) -> None:
    before, files = served.contents(), files_in(served.settings.home)
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    visit = served.visits.get(visit_id)
    visit.work()
    visit.picture()
    visit.keep(runs.to_text(other_mask()))
    served.visits.propose(visit_id, *question((50, 40, 1)).values())
    assert served.contents() == before
    assert files_in(served.settings.home) == files


@pytest.mark.parametrize(
    ("mask", "verdict"),
    [(drawn_mask(), "accepted"), (other_mask(), "edited"), (np.zeros((HEIGHT, WIDTH), bool), "no_hand")],
)
def test_a_contribution_stores_photo_mask_verdict_and_consent(served: Served, mask: np.ndarray, verdict: str) -> None:
    photo = opened(content=with_metadata())
    visit_id = served.visits.begin(photo, drawn_mask())
    stored = served.visits.contribute(visit_id, runs.to_text(mask), served.visits.consent)
    record = served.store.record(stored["id"])
    assert (record.verdict, record.annotator, record.pixels) == (verdict, VISITOR, int(mask.sum()))
    assert stored["sha256"] == runs.digest(runs.to_runs(mask))
    assert np.array_equal(masks.from_png(served.store.masks.read(record.mask)), mask)
    kept = served.store.photo(record.photo_id)
    assert (kept.consent, kept.source, kept.licence) == (served.visits.consent, "demo", "CC-BY-4.0")
    content = served.store.photos.read(kept.file)
    assert np.array_equal(photos.decode(content), photo.photo)
    assert not [word for word in (b"Exif", b"Camera", b"lake") if word in content]
    assert served.store.to_review("Rob") == [record]


def test_a_contribution_tells_what_led_to_its_mask(served: Served) -> None:
    photo = opened()
    path, client = f"/visits/{served.visits.begin(photo, drawn_mask())}", served.client
    asked = {"points": [[50, 40, 1]], "box": None}
    by = client.post(f"{path}/propose", json=question((50, 40, 1))).json()["assistant"]
    acts = [{"name": "prompt", "prompt": asked, "assistant": by}, {"name": "brush"}]
    given = {"mask": runs.to_text(other_mask()), "consent": served.visits.consent, "prompts": acts, "seconds": 12.5}
    record = served.store.record(client.post(f"{path}/contribute", json=given).json()["id"])
    assert json.loads(record.prompts) == acts
    assert (record.assistant, record.seconds) == (by, 12.5)


def test_a_contribution_names_no_assistant_that_did_not_answer(served: Served) -> None:
    photo = opened()
    path = f"/visits/{served.visits.begin(photo, drawn_mask())}/contribute"
    acts = [{"name": "prompt", "assistant": "made up"}]
    given = {"mask": runs.to_text(other_mask()), "consent": served.visits.consent, "prompts": acts}
    refused = served.client.post(path, json=given)
    assert (refused.status_code, refused.json()["kind"]) == (422, "refused")
    assert "'made up' did not answer" in refused.json()["error"]
    assert not served.store.newest_records(1)


def test_after_a_promotion_a_contribution_is_seen_by_the_new_model(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(settings: Settings) -> Callable[[object], Seen]:
        seen = Seen(drawn_mask(), choose(settings).card.id, Doubt(0.5, "the edge is unsure"))
        return lambda _: seen

    monkeypatch.setattr(visits, "open_look", look)
    seen_by = []
    for seed in range(2):
        photo = opened(seed)  # a visit lasts as long as its photo
        visit_id = served.visits.begin(photo, drawn_mask())
        stored = served.visits.contribute(visit_id, runs.to_text(other_mask()), served.visits.consent)
        seen_by.append(served.store.task(served.store.record(stored["id"]).photo_id).model_id)
        promote(served.settings.home, "accurate", SHIPPED / "fast", {})
    assert seen_by == [choose(Settings()).card.id, choose(served.settings).card.id]


def test_the_consent_names_the_licence(tmp_path: Path) -> None:
    served = Served(tmp_path, contribution_licence="CC0-1.0")
    assert "under the licence CC0-1.0." in served.visits.consent
    served.close()


@pytest.mark.parametrize("consent", ["", "yes", "I may", visits.CONSENT, visits.CONSENT.format(licence="CC0-1.0")])
def test_without_the_sentence_of_the_page_nothing_is_stored(served: Served, consent: str) -> None:
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    before, files = served.contents(), files_in(served.settings.home)
    with pytest.raises(ConsentError, match="tick it first"):
        served.visits.contribute(visit_id, runs.to_text(other_mask()), consent)
    body = {"mask": runs.to_text(other_mask()), "consent": consent}
    assert served.client.post(f"/visits/{visit_id}/contribute", json=body).status_code == 422
    assert served.client.post(f"/visits/{visit_id}/contribute", json={"mask": body["mask"]}).status_code == 422
    assert served.contents() == before
    assert files_in(served.settings.home) == files


def test_a_mask_that_is_none_is_not_contributed(served: Served) -> None:
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    before = served.contents()
    with pytest.raises(runs.RunsError):
        served.visits.contribute(visit_id, runs.to_text(drawn_mask(HEIGHT, WIDTH + 1)), served.visits.consent)
    assert served.contents() == before


def test_a_photo_that_is_known_is_not_contributed_again(served: Served) -> None:
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    served.visits.contribute(visit_id, runs.to_text(other_mask()), served.visits.consent)
    before, files = served.contents(), files_in(served.store.masks.folder)
    with pytest.raises(KnownPhotoError, match="stored already, thank you"):
        served.visits.contribute(visit_id, runs.to_text(other_mask(9)), served.visits.consent)
    assert (served.contents(), files_in(served.store.masks.folder)) == (before, files)
    [waiting] = served.store.to_review("Rob")
    assert waiting.pixels == other_mask().sum()


def test_a_contribution_is_done_and_waits_for_review_before_anybody_can_be_given_it(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    given, add = [], served.store.add

    def add_and_claim(*values: object) -> bool:
        added = add(*values)
        given.append(served.store.claim("Bob"))
        return added

    monkeypatch.setattr(served.store, "add", add_and_claim)
    stored = served.visits.contribute(visit_id, runs.to_text(other_mask()), served.visits.consent)
    assert given == [None]
    assert [each.id for each in served.store.to_review("Rob")] == [stored["id"]]
    assert served.store.counts().done == 1


def test_a_contribution_that_fails_halfway_leaves_nothing_and_can_be_tried_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    before = served.contents()

    def fail(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(answers, "_finish", fail)
        with pytest.raises(RuntimeError, match="killed"):
            served.visits.contribute(visit_id, runs.to_text(other_mask()), served.visits.consent)
    assert served.contents() == before
    assert served.visits.contribute(visit_id, runs.to_text(other_mask()), served.visits.consent)["pixels"]


def test_a_photo_can_be_looked_at_before_it_is_corrected(served: Served) -> None:
    photo = opened()
    features = served.visits.expect(photo)
    wait_until(lambda: served.assistance.state(features) == "ready")
    assert served.visits.get(served.visits.begin(photo, drawn_mask())).features == features
    assert served.assistance.encodes == 1


# ---------------------------------------------------------------------- over HTTP


def test_a_whole_visit_over_http(served: Served) -> None:
    photo = opened()
    path = f"/visits/{served.visits.begin(photo, drawn_mask())}"
    client, mask = served.client, other_mask()
    assert client.get(path).json()["height"] == HEIGHT
    picture = client.get(f"{path}/photo")
    assert picture.headers["Cache-Control"] == "no-store"
    assert Image.open(io.BytesIO(picture.content)).size == (WIDTH, HEIGHT)
    assert "GrabCut" in client.get(f"{path}/assistant").json()["says"]
    assert client.post(f"{path}/propose", json=question((50, 40, 1))).json()["assistant"] == "squares"
    assert client.post(f"{path}/keep", json={"mask": runs.to_text(mask)}).json()["pixels"] == mask.sum()
    given = {"mask": runs.to_text(mask), "consent": served.visits.consent}
    assert client.post(f"{path}/contribute", json=given).json()["sha256"] == runs.digest(runs.to_runs(mask))
    del photo
    gc.collect()
    gone = client.get(path)
    assert (gone.status_code, gone.json()["kind"]) == (404, "forgotten")


def test_what_goes_wrong_on_the_server_is_no_business_of_visitors(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Squares):
        def propose(self, *_: object) -> list:
            raise RuntimeError("/secret/sam.pth is out of luck")

    def open_one(name: str, *_: object) -> Squares:
        if name != "grabcut":
            raise AssistantError("there is no checkpoint file /secret/sam.pth")
        return Broken()

    served = Served(tmp_path, assistant="vit_b:/secret/sam.pth", opener=open_one)
    photo = opened()
    path = f"/visits/{served.visits.begin(photo, drawn_mask())}"
    wait_until(lambda: "no checkpoint file /secret/sam.pth" in caplog.text)
    says = served.client.get(f"{path}/assistant").json()["says"]
    assert "GrabCut works" in says
    assert "secret" not in says
    refused = served.client.post(f"{path}/propose", json=question()).json()["error"]
    assert refused == "the assistant failed at this photo; try again, or use the brush"
    assert "/secret/sam.pth is out of luck" in caplog.text
    served.close()


def test_broken_weights_are_no_business_of_visitors_either(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: object) -> None:
        raise WeightsError("/secret/accurate lacks model.onnx")

    monkeypatch.setattr(visits, "open_look", refuse)
    photo = opened()
    path = f"/visits/{served.visits.begin(photo, drawn_mask())}/contribute"
    given = {"mask": runs.to_text(other_mask()), "consent": served.visits.consent}
    refused = served.client.post(path, json=given)
    assert (refused.status_code, refused.json()["kind"]) == (503, "store")
    assert "secret" not in refused.text
    assert "/secret/accurate" in caplog.text


@pytest.mark.parametrize("last", ["propose", "contribute"])
def test_what_takes_long_is_done_for_a_few_at_a_time(
    served: Served, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    monkeypatch.setattr(routes, "MOST_AT_ONCE", 1)
    client, go_on, begun = TestClient(served.service()), threading.Event(), threading.Event()

    def hold_up(*_: object) -> dict[str, object]:
        begun.set()
        assert go_on.wait(5)
        return {}

    for act in ("propose", "contribute"):
        monkeypatch.setattr(served.visits, act, hold_up)
    contribution = {"mask": "", "consent": ""}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/visits/0/propose", json=question())
        assert begun.wait(5)
        refused = client.post(f"/visits/0/{last}", json=question() if last == "propose" else contribution)
        go_on.set()
        assert first.result(5).status_code == 200
    assert refused.status_code == 429
    assert "too many people" in refused.json()["error"]


def test_a_visit_opens_no_door_to_the_queue(served: Served) -> None:
    photo = opened()
    visit_id = served.visits.begin(photo, drawn_mask())
    for token in (visit_id, f"{visit_id}.{visit_id}"):
        headers = {"Authorization": f"Bearer {token}"}
        assert served.client.post("/next", headers=headers).status_code == 401
    key = served.add()
    assert served.client.get(f"/visits/{key}").status_code == 404
    assert served.enter()("POST", f"/photos/{visit_id}/save", answer()).status_code == 404
    assert served.enter()("GET", f"/photos/{visit_id}").status_code == 404
