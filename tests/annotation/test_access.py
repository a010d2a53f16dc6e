"""Who gets in: by a password where there is one, by a name alone where there is none, nobody on an open Space."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.service.access import Access, AccessError
from annotation.store.records import RecordError
from handseg.errors import OutputError
from handseg.settings import Settings


def access(home: Path, password: str = "", **settings: object) -> Access:
    return Access(Settings(home=home, password=password, **settings))


def test_without_a_password_a_name_is_enough(tmp_path: Path) -> None:
    door = access(tmp_path)
    assert not door.password_needed
    assert door.name_of(door.sign_in("Änne Müller-Ōta 手")) == "Änne Müller-Ōta 手"


def test_with_a_password_it_must_be_right(tmp_path: Path) -> None:
    door = access(tmp_path, "open sésame")
    assert door.password_needed
    assert door.name_of(door.sign_in("Ann", "open sésame")) == "Ann"
    for wrong in ("", "open sesame", "open sésame ", "OPEN SÉSAME", "open sésam"):
        with pytest.raises(AccessError, match="not the password"):
            door.sign_in("Ann", wrong)


def test_where_no_password_is_set_giving_one_is_a_mistake_that_is_told(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="not the password"):
        access(tmp_path).sign_in("Ann", "guess")


def test_a_wrong_password_says_nothing_about_the_name(tmp_path: Path) -> None:
    with pytest.raises(AccessError):
        access(tmp_path, "secret").sign_in("", "wrong")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("", "0 characters"),
        ("x" * 61, "61 characters"),
        (" Ann", "space"),
        ("Ann ", "space"),
        (" ", "space"),
        ("An\0n", r"x00"),
        ("An\x1bn", r"x1b"),
        ("An\x7fn", r"x7f"),
        ("An\nn", "line break"),
        ("An\tn", "line break"),
        ("An\rn", r"\\r"),
        ("An\ud800", "ud800"),
    ],
)
def test_what_is_no_name_is_refused(tmp_path: Path, name: str, complaint: str) -> None:
    with pytest.raises(RecordError, match=complaint):
        access(tmp_path).sign_in(name)


def test_a_name_may_have_60_characters_and_spaces_inside(tmp_path: Path) -> None:
    door = access(tmp_path)
    for name in ("x" * 60, "Ann de la Tour"):
        assert door.name_of(door.sign_in(name)) == name


def test_a_token_for_one_name_is_none_for_another(tmp_path: Path) -> None:
    door = access(tmp_path)
    _, _, signature = door.sign_in("Ann").partition(".")
    with pytest.raises(AccessError, match="sign in again"):
        door.name_of(f"{base64.urlsafe_b64encode(b'Bob').decode()}.{signature}")


def test_a_token_with_any_other_character_is_refused(tmp_path: Path) -> None:
    door = access(tmp_path)
    token = door.sign_in("Ann")
    for place, was in enumerate(token):
        tampered = token[:place] + ("0" if was != "0" else "1") + token[place + 1 :]
        with pytest.raises(AccessError):
            door.name_of(tampered)
    with pytest.raises(AccessError):
        door.name_of(token[:-1])


@given(st.text(st.characters(max_codepoint=255)))
def test_whatever_else_is_sent_as_a_token_is_refused(text: str) -> None:
    with pytest.raises(AccessError):
        access(Path("/nowhere"), "secret").name_of(text)


def test_a_token_survives_a_restart(tmp_path: Path) -> None:
    token = access(tmp_path).sign_in("Ann")
    assert access(tmp_path).name_of(token) == "Ann"


def test_all_replicas_with_one_password_know_each_others_tokens(tmp_path: Path) -> None:
    token = access(tmp_path / "one", "secret").sign_in("Ann", "secret")
    assert access(tmp_path / "other", "secret").name_of(token) == "Ann"


def test_a_token_of_another_app_is_refused(tmp_path: Path) -> None:
    token = access(tmp_path / "one").sign_in("Ann")
    with pytest.raises(AccessError):
        access(tmp_path / "other").name_of(token)


def test_a_new_password_ends_the_old_tokens(tmp_path: Path) -> None:
    without = access(tmp_path).sign_in("Ann")
    old = access(tmp_path, "old").sign_in("Ann", "old")
    for token in (without, old):
        with pytest.raises(AccessError, match="password has changed"):
            access(tmp_path, "new").name_of(token)


def test_a_public_space_without_a_password_lets_nobody_in(tmp_path: Path) -> None:
    token = access(tmp_path).sign_in("Ann")
    door = access(tmp_path, public=True)
    assert "HANDSEG_PASSWORD" in door.closed
    with pytest.raises(AccessError, match="switched off"):
        door.sign_in("Ann")
    with pytest.raises(AccessError, match="switched off"):
        door.name_of(token)


def test_a_public_space_with_a_password_lets_in_who_knows_it(tmp_path: Path) -> None:
    door = access(tmp_path, "secret", public=True)
    assert not door.closed
    assert door.name_of(door.sign_in("Ann", "secret")) == "Ann"


def test_the_secret_on_the_disk_is_for_its_owner_alone(tmp_path: Path) -> None:
    access(tmp_path)
    [secret] = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(secret.read_bytes()) == 32


def test_servers_that_start_at_once_share_one_secret(tmp_path: Path) -> None:
    for attempt in range(20):
        with ThreadPoolExecutor(4) as pool:
            doors = list(pool.map(access, [tmp_path / str(attempt)] * 4))
        token = doors[0].sign_in("Ann")
        assert [door.name_of(token) for door in doors] == ["Ann"] * 4


def test_a_secret_that_another_server_is_writing_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "annotation" / "secret"
    path.parent.mkdir()
    path.touch(0o600)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(access, tmp_path)
        with pytest.raises(TimeoutError):
            waiting.result(0.1)
        path.write_bytes(bytes(32))
        token = waiting.result(5).sign_in("Ann")
    assert access(tmp_path).name_of(token) == "Ann"


def test_a_secret_that_stays_cut_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotation.service.access.SECRET_SECONDS", 0.05)
    path = tmp_path / "annotation" / "secret"
    path.parent.mkdir()
    path.write_bytes(b"cut")
    with pytest.raises(OutputError, match="secret has 3 bytes, not 32; delete it"):
        access(tmp_path)


def test_a_secret_that_cannot_be_kept_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "annotation").write_bytes(b"a file where a folder should be")
    with pytest.raises(OutputError, match="cannot keep a secret in"):
        access(tmp_path)


def test_with_a_password_nothing_is_put_on_the_disk(tmp_path: Path) -> None:
    access(tmp_path, "secret").sign_in("Ann", "secret")
    assert not list(tmp_path.iterdir())
