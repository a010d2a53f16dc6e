"""The workbench over HTTP, by people and browsers who send what they should not."""

from __future__ import annotations

import itertools
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Mount

from annotation import runs
from annotation.service import routes as service
from annotation.service.access import Access
from annotation.service.routes import CANVAS
from handseg.settings import Settings
from tests.annotation.serving import JSON, Caller, Served, answer, draft, other_mask, question
from tests.pictures import HEIGHT, WIDTH, drawn_mask

UNKNOWN = "0" * 64
SEEDS = itertools.count()
OPEN_TO_ALL = {"/about", "/sign-in"}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "WRONG_PASSWORD_DELAY", 0.1)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all, who must not harm each other."""
    served = Served(tmp_path_factory.mktemp("served"))
    yield served
    served.close()


@pytest.fixture
def ann(served: Served) -> Caller:
    return served.enter("Ann")


@pytest.fixture
def key(served: Served) -> str:
    """A new photo that Ann holds."""
    key = served.add(next(SEEDS))
    served.store.claim_photo(key, "Ann")
    return key


def said(response: httpx.Response, status: int) -> str:
    """What a refusal says, after a look at its form."""
    assert response.status_code == status, response.text[:500]
    words = response.json()
    assert set(words) == {"error", "kind"}
    assert 10 < len(words["error"]) < 500
    assert "Traceback" not in words["error"]
    return words["error"]


# ---------------------------------------------------------------------- who may ask


def routes(served: Served) -> list[tuple[str, str]]:
    """Every method and path, so that a new route cannot be forgotten here."""
    found = []
    for route in served.client.app.routes:
        if isinstance(route, Mount):
            assert route.path == "/canvas"
            continue
        assert isinstance(route, APIRoute), f"{route} needs a test of who may ask"
        path = route.path_format.format_map({"photo_id": UNKNOWN, "record_id": "0" * 32, "visit_id": "0" * 32})
        found += [(method, path) for method in route.methods]
    return found


def test_no_route_answers_without_a_token_of_this_app(served: Served, tmp_path: Path) -> None:
    others = Access(Settings(home=tmp_path / "other")).sign_in("Ann")
    own = served.access.sign_in("Ann")
    wrong = [{}, *({"Authorization": each} for each in (f"Bearer {others}", f"Bearer {own}0", f"Basic {own}", own))]
    asked = 0
    for method, path in routes(served):
        if path in OPEN_TO_ALL or path.startswith("/visits/"):
            continue
        for headers in wrong:
            response = served.client.request(method, path, headers=headers, json={})
            assert "sign in" in said(response, 401), (method, path)
            assert response.json()["kind"] == "access"
            asked += 1
    assert asked >= 50


def test_every_route_of_visits_needs_the_secret_name_of_a_visit(served: Served) -> None:
    mask = runs.to_text(drawn_mask())
    bodies = {"propose": question(), "renew": None, "keep": {"mask": mask}, "contribute": {"mask": mask, "consent": ""}}
    asked = [(method, path) for method, path in routes(served) if path.startswith("/visits/")]
    assert len(asked) >= 6
    for method, path in asked:
        body = bodies[path.rsplit("/")[-1]] if method == "POST" else None
        assert "choose it again" in said(served.client.request(method, path, json=body), 404), path


def test_an_app_that_is_closed_says_so_and_answers_nobody(tmp_path: Path) -> None:
    token = Access(Settings(home=tmp_path)).sign_in("Ann")
    served = Served(tmp_path, public=True)
    about = served.client.get("/about").json()
    assert about["open"] is False
    assert "HANDSEG_PASSWORD" in about["closed"]
    assert "switched off" in said(Caller(served.client, token)("POST", "/next"), 401)
    assert "switched off" in said(served.client.post("/sign-in", json={"name": "Ann"}), 401)
    served.close()


def test_who_signs_in_can_work(served: Served) -> None:
    served.add(next(SEEDS))
    given = served.client.post("/sign-in", json={"name": " Ann "}).json()
    assert given["name"] == "Ann"
    assert Caller(served.client, given["token"])("POST", "/next").json()["work"]


def test_a_wrong_password_is_answered_late(tmp_path: Path) -> None:
    served = Served(tmp_path, password="secret")
    began = time.monotonic()
    assert "not the password" in said(served.client.post("/sign-in", json={"name": "Ann", "password": "x"}), 401)
    assert time.monotonic() - began >= 0.1
    assert served.client.post("/sign-in", json={"name": "Ann", "password": "secret"}).status_code == 200
    assert served.client.get("/about").json() == {"open": True, "closed": "", "password": True}
    served.close()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": 7},
        {"name": ["Ann"]},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 61},
        {"name": "x" * 100_000},
        {"name": "An\nn"},
        {"name": "An\0n"},
        {"name": "\ud800"},
        {"name": "Ann", "password": "\ud800"},
        {"name": "Ann", "password": None},
        {"name": "Ann", "admin": True},
        {"name": "Ann", "\ud800": 1},
        {"name": "Ann", "x" * 10_000: 1},
        [],
        None,
        "Ann",
        7,
    ],
)
def test_what_is_no_sign_in_is_refused_in_few_words(served: Served, body: object) -> None:
    said(served.client.post("/sign-in", content=json.dumps(body), headers=JSON), 422)


# ---------------------------------------------------------------------- bodies that are none


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"mask", 422),
        (b"\xff\xfe\x00", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 100_000, 400),
        (b"1" * 5000, 400),
        (b'{"id": NaN}', 422),
    ],
)
def test_what_is_no_json_is_refused_and_the_server_goes_on(ann: Caller, key: str, content: bytes, status: int) -> None:
    said(ann("POST", f"/photos/{key}/save", content=content), status)
    assert ann.save(key).status_code == 200


def test_a_body_of_another_type_is_refused(ann: Caller, key: str) -> None:
    content = json.dumps(answer()).encode()
    said(ann("POST", f"/photos/{key}/save", content=content, headers={"Content-Type": "text/plain"}), 422)


# ---------------------------------------------------------------------- prompts


@pytest.mark.parametrize(
    "prompt",
    [
        {"points": [[WIDTH, 3, 1]]},
        {"points": [[3, HEIGHT, 1]]},
        {"points": [[-1, 3, 1]]},
        {"points": [[3.5, 3, 1]]},
        {"points": [["3", 3, 1]]},
        {"points": [[3, 3, 2]]},
        {"points": [[3, 3, True]]},
        {"points": [[True, 3, 1]]},
        {"points": [[None, 3, 1]]},
        {"points": [[float("nan"), 3, 1]]},
        {"points": [[float("inf"), 3, 1]]},
        {"points": [[10**400, 3, 1]]},
        {"points": [[3, 3]]},
        {"points": {"x": 3}},
        {"points": [[3, 3, 1]] * 10_000},
        {"box": [0, 0, 0, 5]},
        {"box": [5, 5, 2, 9]},
        {"box": [0, 0, WIDTH + 1, 5]},
        {"box": [0, 0, 5]},
        {"box": "all"},
        {"points": [], "box": None},
        {},
    ],
)
def test_a_prompt_that_is_none_is_refused_in_words_and_logged_with_its_photo(
    ann: Caller, key: str, prompt: object, caplog: pytest.LogCaptureFixture
) -> None:
    said(ann.propose(key, prompt=prompt), 422)
    assert any(key in each.getMessage() and each.levelno >= logging.WARNING for each in caplog.records)


@pytest.mark.parametrize("turn", [-1, 2**53 + 1, 1.5, "1", None, True])
def test_a_turn_is_a_whole_number(ann: Caller, key: str, turn: object) -> None:
    said(ann.propose(key, turn=turn), 422)


def test_an_old_question_is_answered_with_superseded(ann: Caller, key: str) -> None:
    assert ann.propose(key, turn=5).status_code == 200
    response = ann.propose(key, turn=4)
    assert "newer" in said(response, 409)
    assert response.json()["kind"] == "superseded"


def test_a_second_page_is_answered_though_its_clock_is_behind(ann: Caller, key: str) -> None:
    for page, turn in (("one", 5), ("other", 4)):
        asked = {**question(), "turn": turn}
        assert ann("POST", f"/photos/{key}/propose", asked, headers={"X-Page": page}).status_code == 200


# ---------------------------------------------------------------------- masks


@pytest.mark.parametrize(
    "mask",
    [
        runs.to_text(drawn_mask(HEIGHT - 1, WIDTH)),
        runs.to_text(drawn_mask(HEIGHT * 2, WIDTH)),
        runs.to_text(drawn_mask())[:-4],
        runs.to_text(drawn_mask())[:-1],
        "A" * 1_000_000,
        "/////38=",
        "hand",
        "\ud800",
        "",
        7,
        None,
        [],
        {"runs": "AgQ="},
        True,
    ],
)
def test_a_mask_that_is_none_of_the_photo_is_refused_everywhere(
    served: Served, ann: Caller, key: str, mask: object
) -> None:
    before = served.contents()
    asked = {
        "propose": ("POST", {**question(), "mask": mask}),
        "save": ("POST", {**answer(), "mask": mask}),
        "draft": ("PUT", {**draft(), "mask": mask}),
    }
    for last, (method, body) in asked.items():
        said(ann(method, f"/photos/{key}/{last}", body), 422)
    assert served.contents() == before


# ---------------------------------------------------------------------- ids and paths


@pytest.mark.parametrize(
    "forged",
    [
        UNKNOWN,
        "f" * 64,
        "..%2f..%2fetc%2fpasswd",
        "../../etc/passwd",
        "a" * 10_000,
        "%00",
        "%0a",
        "%ff",
        "A" * 64,
        "' OR 1=1",
    ],
)
def test_a_forged_photo_id_finds_nothing_anywhere(served: Served, ann: Caller, forged: str) -> None:
    before = served.contents()
    for method, last, body in (
        ("GET", "", None),
        ("POST", "/propose", question()),
        ("PUT", "/draft", draft()),
        ("POST", "/save", answer()),
        ("POST", "/renew", None),
        ("POST", "/skip", None),
    ):
        response = ann(method, f"/photos/{forged}{last}", body)
        assert response.status_code in (404, 405), (last, response.text[:200])
        assert len(response.content) < 400
        assert b"root:" not in response.content
    assert served.contents() == before


@pytest.mark.parametrize("forged", ["0" * 32, "..%2f" * 10, "a" * 10_000, "%00"])
def test_a_record_that_does_not_exist_cannot_be_seen_or_reviewed(ann: Caller, forged: str) -> None:
    for response in (
        ann("GET", f"/records/{forged}"),
        ann("POST", f"/records/{forged}/review", {"decision": "approve"}),
    ):
        assert response.status_code == 404
        assert len(response.content) < 400


@pytest.mark.parametrize(
    "path",
    [
        "../runs.py",
        "%2e%2e/runs.py",
        "..%2fruns.py",
        "%2fetc%2fpasswd",
        "..%5cruns.py",
        "%00",
        "",
        "x" * 5000,
    ],
)
def test_the_canvas_shows_its_own_files_and_no_others(served: Served, path: str) -> None:
    response = served.client.get(f"/canvas/{path}")
    assert response.status_code == 404
    assert response.json() == {"error": "Not Found", "kind": "http"}


def test_the_modules_of_the_canvas_are_asked_about_each_time(served: Served) -> None:
    for path in CANVAS.iterdir():
        response = served.client.get(f"/canvas/{path.name}")
        assert response.content == path.read_bytes()
        assert response.headers["Cache-Control"] == "no-cache"


def test_nothing_is_told_about_the_service_itself(served: Served) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/"):
        assert served.client.get(path).status_code == 404


def test_a_path_cannot_write_lines_into_the_log(ann: Caller, caplog: pytest.LogCaptureFixture) -> None:
    ann("GET", "/photos/%0aWARNING%20all%20is%20well%1b[31m")
    ann("POST", "/sign-in", {"name": "Ann", "\nWARNING all is well": 1})
    logged = [each.getMessage() for each in caplog.records if each.name == "annotation.service.refusals"]
    assert len(logged) == 2
    assert not any(sign in line for line in logged for sign in "\n\r\x1b")


# ---------------------------------------------------------------------- drafts


POISON = {
    "nested": {"trail": [{"name": "x", "prompt": json.loads('{"points":' * 400 + "[]" + "}" * 400)}]},
    "half character": {"trail": [{"name": "\ud800"}]},
    "half character in a key": {"pending": {"\ud800": "x"}},
    "not a number": {"seconds": float("nan")},
    "negative seconds": {"seconds": -1},
    "endless seconds": {"seconds": float("inf")},
    "a prompt of texts": {"prompt": {"points": ["x"], "box": None}},
    "a prompt of fractions": {"prompt": {"points": [[1.5, 2, 1]], "box": None}},
    "a prompt beyond all numbers": {"prompt": {"points": [[10**400, 2, 1]], "box": None}},
    "too many acts": {"trail": [{"name": "x"}] * 5001},
    "an act without a name": {"trail": [{}]},
    "an act with more": {"trail": [{"name": "x", "html": "<b>"}]},
    "a long name": {"trail": [{"name": "x" * 201}]},
    "an endless version": {"version": 10**400},
    "a negative version": {"version": -1},
    "no version": {"version": None},
    "a long base": {"base": "x" * 201},
    "a base that is none": {"base": 7},
    "edits": {"edits": 1},
    "an extra field": {"admin": True},
}


@pytest.mark.parametrize("wrong", POISON.values(), ids=POISON)
def test_a_draft_that_cannot_be_given_back_is_refused_and_the_queue_goes_on(
    served: Served, ann: Caller, key: str, wrong: dict[str, object]
) -> None:
    said(ann.draft(key, **wrong), 422)
    assert served.store.draft(key, "Ann") is None
    assert ann("POST", "/next").json()["work"]["photo_id"] == key


def test_a_draft_comes_back_as_it_was_sent(ann: Caller, key: str) -> None:
    clicked = {"name": "point", "prompt": {"points": [[4, 5, 1], [6, 7, 0]], "box": [1, 2, 3, 4]}, "assistant": None}
    begun = draft(
        trail=[{"name": "brush"}, clicked], prompt=clicked["prompt"], pending={"id": "ab", "verdict": "edited"}
    )
    assert ann("PUT", f"/photos/{key}/draft", begun).json() == {"kept": True}
    assert ann("POST", "/next").json()["work"]["draft"] == begun


def test_nobody_drafts_saves_or_holds_on_to_what_another_one_holds(served: Served, key: str) -> None:
    bob, before = served.enter("Bob"), served.contents()
    for response in (
        bob.draft(key),
        bob.save(key),
        bob("POST", f"/photos/{key}/renew"),
    ):
        said(response, 409)
        assert response.json()["kind"] == "claim"
    assert served.contents() == before


# ---------------------------------------------------------------------- saves


def test_a_save_is_answered_with_what_lies_on_the_disk(ann: Caller, key: str) -> None:
    given = answer()
    expected = {name: given[name] for name in ("id", "sha256", "pixels")}
    for _ in range(2):
        assert ann("POST", f"/photos/{key}/save", given).json() == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"sha256": "0" * 64},
        {"sha256": None},
        {"pixels": 0},
        {"pixels": -1},
        {"pixels": 10**400},
        {"pixels": 1.5},
        {"verdict": "no_hand"},
        {"verdict": "accepted"},
        {"verdict": "perfect"},
        {"verdict": None},
        {"id": "0" * 31},
        {"id": "0" * 32 + "\n"},
        {"id": "G" * 32},
        {"id": "../" * 10},
        {"seconds": -1},
        {"seconds": float("nan")},
        {"seconds": "12"},
        {"prompts": [{"name": "x"}] * 2001},
        {"prompts": [{"name": "x", "prompt": {"points": [[float("nan"), 1, 1]]}}]},
        {"prompts": [{"name": "x", "prompt": {"points": [[1, 1, 1]] * 100_000}}]},
        {"prompts": ["brush"]},
        {"prompts": "brush"},
        {"annotator": "Bob"},
        {"state": "approved"},
    ],
)
def test_a_save_that_is_none_or_contradicts_itself_is_refused(
    served: Served, ann: Caller, key: str, wrong: dict[str, object]
) -> None:
    before = served.contents()
    said(ann.save(key, **wrong), 422)
    assert served.contents() == before
    assert ann.save(key).status_code == 200


def test_a_save_with_a_part_missing_is_refused(ann: Caller, key: str) -> None:
    for part in answer():
        given = answer()
        del given[part]
        assert part in said(ann("POST", f"/photos/{key}/save", given), 422)


# ---------------------------------------------------------------------- reviews


def test_a_record_is_reviewed_once_and_inside_its_photo(served: Served, ann: Caller, key: str) -> None:
    record = ann.save(key).json()["id"]
    rob, path = served.enter("Rob"), f"/records/{record}/review"
    for wrong in (
        {"decision": "approve", "x": WIDTH, "y": 0},
        {"decision": "approve", "x": 0, "y": HEIGHT},
        {"decision": "approve", "x": -1, "y": 0},
        {"decision": "approve", "x": 10**400, "y": 0},
        {"decision": "approve", "x": 1.5, "y": 0},
        {"decision": "approve", "x": 3},
        {"decision": "perhaps"},
        {"decision": "send_back", "text": "x" * 2001},
        {"decision": "send_back", "text": "\ud800"},
        {"decision": "send_back", "text": "\0"},
        {"decision": "approve", "reviewer": "Bob"},
    ):
        said(rob("POST", path, wrong), 422)
    assert served.store.record(record).state == "waiting"
    assert rob("POST", path, {"decision": "approve", "x": 0, "y": 0}).json() == {"state": "approved"}
    rita = served.enter("Rita")
    assert "Rob has reviewed" in said(rita("POST", path, {"decision": "send_back", "text": "the thumb"}), 422)


# ---------------------------------------------------------------------- when the server fails


def test_trouble_with_the_disk_is_the_servers_and_tells_strangers_nothing(
    served: Served, ann: Caller, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = served.store.photos.path(served.store.photo(key).file)
    path.unlink()
    response = ann("GET", f"/photos/{key}")
    words = said(response, 503)
    assert response.json()["kind"] == "store"
    assert str(served.settings.home) not in words
    assert str(path) in caplog.text


def test_a_damaged_photo_does_not_stop_the_queue(tmp_path: Path) -> None:
    served = Served(tmp_path)
    damaged, other = served.add(0, doubt=0.9), served.add(1, doubt=0.1)
    served.store.photos.path(served.store.photo(damaged).file).write_bytes(b"cut")
    ann = served.enter("Ann")
    assert ann("POST", "/next").json()["work"]["photo_id"] == other
    said(ann("GET", f"/photos/{damaged}"), 503)
    assert ann("GET", f"/photos/{other}").status_code == 200
    served.close()


def test_trouble_with_the_database_can_be_tried_again(
    served: Served, ann: Caller, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    with served.store.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE records RENAME TO away")
    assert "try again" in said(ann.save(key), 503)
    assert "no such table" in caplog.text
    with served.store.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO records")
    assert ann.save(key).status_code == 200


def test_a_mistake_of_the_server_is_logged_with_its_place_and_told_without(
    served: Served, ann: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def mistaken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(served.workbench, "next", mistaken)
    response = ann("POST", "/next")
    assert "secret" not in said(response, 500)
    assert "ZeroDivisionError" in caplog.text
    assert "/next" in caplog.text
    monkeypatch.undo()
    assert ann("POST", "/next").status_code == 200


def test_many_at_once_never_meet(tmp_path: Path) -> None:
    served = Served(tmp_path)
    for seed in range(12):
        served.add(seed)

    def work(name: str) -> list[str]:
        someone, done = served.enter(name), []
        while given := someone("POST", "/next").json()["work"]:
            done.append(given["photo_id"])
            assert someone.draft(given["photo_id"]).status_code == 200
            assert someone.propose(given["photo_id"]).status_code == 200
            assert someone.save(given["photo_id"], other_mask(len(done))).status_code == 200
        return done

    with ThreadPoolExecutor(4) as pool:
        done = [key for each in pool.map(work, ("Ann", "Bob", "Cleo", "Dan")) for key in each]
    assert len(done) == len(set(done)) == 12
    assert served.store.counts().waiting == 12
    served.close()
