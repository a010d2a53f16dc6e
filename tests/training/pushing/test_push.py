from __future__ import annotations

import pytest

from handseg.errors import WeightsError
from handseg.hub.place import HubPlace
from handseg.places import PlaceError, UnreliableError
from handseg.readme import README
from handseg.weights import CARD, INT8, ONNX, PROGRAM, SAFETENSORS, Card
from tests.hub import FAULTS, Faults, Repository, StandInHub
from tests.hub.files import Blob
from tests.training.pushing.conftest import REPO, Made
from training.pushing.command import push_promoted
from training.pushing.push import Pushed, push

COMMIT_FAULTS = sorted(name for name, fault in FAULTS.items() if fault.only in (None, "commit"))


def pushed(made: object, place: HubPlace, **options: object) -> Pushed:
    return push(made, place, sleep=lambda _: None, **options)


def test_a_push_makes_a_public_repository_with_all_files_in_one_commit(
    hub: StandInHub, place: HubPlace, weights: Made
) -> None:
    made = weights(files=(ONNX, INT8, SAFETENSORS, PROGRAM))
    found = pushed(made, place, message="First", tag="v1.0.0")
    repository = hub.models[REPO]
    assert not repository.private
    assert [commit.title for commit in repository.commits] == ["First", "initial commit"]
    files = repository.files("v1.0.0")
    assert set(files) == {".gitattributes", README, CARD, ONNX, INT8, SAFETENSORS, PROGRAM}
    assert all(files[file] == (made.folder / file).read_bytes() for file in made.card.sha256)
    assert Card.from_json(files[CARD].decode()).sha256 == made.card.sha256
    assert found == Pushed(repository.commits[0].oid, (README, CARD, INT8, ONNX, PROGRAM, SAFETENSORS))


def test_the_same_weights_again_make_no_commit_but_may_get_a_tag(
    hub: StandInHub, place: HubPlace, weights: Made
) -> None:
    first = pushed(weights(), place)
    again = pushed(weights(), HubPlace(REPO, hub.url, kind="model"), tag="v1.0.0")
    assert again == Pushed(first.revision, ())
    assert len(hub.models[REPO].commits) == 2
    assert hub.models[REPO].tags == {"v1.0.0": first.revision}


def test_other_weights_replace_the_first_and_what_they_do_not_have_goes(
    hub: StandInHub, place: HubPlace, weights: Made
) -> None:
    pushed(weights(files=(ONNX, INT8, SAFETENSORS)), place, tag="v1.0.0")
    hub.models[REPO].push({"examples/hand.png": b"a picture"})
    second = pushed(weights(seed=1), place)
    files = hub.models[REPO].files()
    assert INT8 not in files
    assert files["examples/hand.png"] == b"a picture"
    assert files[ONNX] == (weights(seed=1).folder / ONNX).read_bytes()
    assert INT8 in hub.models[REPO].files("v1.0.0")
    assert second.sent == (README, CARD, INT8, ONNX, SAFETENSORS)


def test_what_a_person_wrote_while_weights_were_on_their_way_survives(
    hub: StandInHub, place: HubPlace, weights: Made
) -> None:
    pushed(weights(), place)
    mine = hub.models[REPO].files()[README] + b"\n## Mine\n\nNot for surgeons.\n"
    hub.before_commit = lambda repository: repository.push({README: mine}, "By hand")
    pushed(weights(seed=1), place)
    readme = hub.models[REPO].files()[README]
    assert readme.endswith(b"## Mine\n\nNot for surgeons.\n")
    assert f"`{weights(seed=1).card.id}`".encode() in readme
    assert [commit.title for commit in hub.models[REPO].commits][1:3] == ["By hand", f"Push {weights().card.id}"]


@pytest.mark.parametrize("kind", COMMIT_FAULTS)
def test_a_commit_that_fails_or_whose_answer_is_lost_is_made_once(
    hub: StandInHub, place: HubPlace, weights: Made, kind: str
) -> None:
    hub.faults = Faults(share=1, kinds=(kind,), operations=("commit",), limit=1, hold=0.05, retry_after=0)
    found = pushed(weights(), place, tag="v1.0.0")
    assert hub.faults.injected == {kind: 1}
    assert len(hub.models[REPO].commits) == 2
    assert hub.models[REPO].tags["v1.0.0"] == found.revision == hub.models[REPO].commits[0].oid


def test_a_push_goes_through_a_storm(hub: StandInHub, weights: Made) -> None:
    hub.faults = Faults(share=0.3, seed=4, hold=0.02, retry_after=0)
    for seed in range(4):
        pushed(weights(seed=seed), HubPlace(REPO, hub.url, sleep=lambda _: None, kind="model"), tag=f"v{seed}")
    assert hub.faults.injected.total() > 10
    assert len(hub.models[REPO].commits) == 5
    for seed in range(4):
        assert hub.models[REPO].files(f"v{seed}")[ONNX] == (weights(seed=seed).folder / ONNX).read_bytes()


def test_a_hub_that_never_does_it_is_given_up(hub: StandInHub, place: HubPlace, weights: Made) -> None:
    pushed(weights(), place)
    hub.faults = Faults(share=1, kinds=("error_500",), operations=("commit",))
    with pytest.raises(UnreliableError, match="500"):
        pushed(weights(seed=1), place, patience=0.2)


def test_weights_that_arrive_changed_are_told(hub: StandInHub, place: HubPlace, weights: Made) -> None:
    pushed(weights(), place)
    made = weights(seed=1)

    def damage(repository: Repository) -> None:
        repository.large[made.card.sha256[ONNX]] = Blob(b"something else", large=True)

    hub.before_commit = damage
    with pytest.raises(PlaceError, match=r"what arrived at anna/hands .*model\.onnx"):
        pushed(made, place)


def test_damaged_weights_are_not_sent(hub: StandInHub, place: HubPlace, weights: Made) -> None:
    made = weights()
    (made.folder / SAFETENSORS).write_bytes(b"half")
    with pytest.raises(WeightsError, match=r"model\.safetensors is not the one its card describes"):
        pushed(made, place)
    (made.folder / SAFETENSORS).unlink()
    with pytest.raises(WeightsError, match="cannot read the weights file"):
        pushed(made, place)
    with pytest.raises(WeightsError, match="lists no files"):
        pushed(weights(seed=1, files=()), place)
    assert not hub.models


def test_another_kind_of_model_is_left_alone(hub: StandInHub, place: HubPlace, weights: Made) -> None:
    hub.models[REPO] = Repository({"config.json": b"{}", "pytorch_model.bin": b"a pickle"})
    with pytest.raises(PlaceError, match=r"holds another kind of model \(pytorch_model\.bin\)"):
        pushed(weights(), place)


def test_a_repository_that_has_only_a_readme_yet_keeps_it(hub: StandInHub, place: HubPlace, weights: Made) -> None:
    hub.models[REPO] = Repository({README: b"---\nlicense: mit\nlanguage: en\n---\nComing soon.\n"})
    pushed(weights(), place)
    readme = hub.models[REPO].files()[README].decode()
    assert "license: apache-2.0\nlanguage: en\n" in readme
    assert "\nComing soon.\n" in readme


def test_a_readme_whose_head_is_no_yaml_is_told_before_anything_is_sent(
    hub: StandInHub, place: HubPlace, weights: Made
) -> None:
    hub.models[REPO] = Repository({README: b"---\ntags: [\n---\n"})
    with pytest.raises(PlaceError, match=r"refuses the README\.md of anna/hands"):
        pushed(weights(), place)
    assert len(hub.models[REPO].commits) == 1
    hub.models[REPO].push({README: b"\xff"})
    with pytest.raises(PlaceError, match="not in UTF-8"):
        pushed(weights(), place)


def test_the_tag_of_other_weights_is_refused_before_the_commit(hub: StandInHub, place: HubPlace, weights: Made) -> None:
    pushed(weights(), place, tag="v1.0.0")
    with pytest.raises(PlaceError, match=r"the tag v1\.0\.0 is another revision's"):
        pushed(weights(seed=1), place, tag="v1.0.0")
    with pytest.raises(PlaceError, match="not a tag name"):
        pushed(weights(seed=1), place, tag="not good")
    assert len(hub.models[REPO].commits) == 2


@pytest.mark.parametrize("token", [None, "hf_read", "hf_unknown"])
def test_a_missing_or_read_only_token_is_told(
    hub: StandInHub, place: HubPlace, weights: Made, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    hub.tokens = {"hf_write": "write", "hf_read": "read"}
    monkeypatch.setattr("huggingface_hub.utils._headers.get_token", lambda: token)
    with pytest.raises(PlaceError, match="set HF_TOKEN to one with write access"):
        pushed(weights(), place)
    assert not hub.models


def test_a_private_repository_is_known_as_such(hub: StandInHub, place: HubPlace, weights: Made) -> None:
    assert not place.is_public()
    pushed(weights(), place)
    assert place.is_public()
    hub.models[REPO].private = True
    assert not place.is_public()


@pytest.mark.parametrize(
    ("private", "advice"), [(True, "'our hands' anna/hands --private\n"), (False, "hands' anna/hands\n")]
)
def test_after_a_promotion_what_to_call_for_another_push_fits_the_repository(
    hub: StandInHub, place: HubPlace, weights: Made, capsys: pytest.CaptureFixture[str], private: bool, advice: str
) -> None:
    hub.models[REPO] = Repository({"others.bin": b"another model"}, private=private)
    assert not push_promoted(weights(name="our hands"), place)
    told = capsys.readouterr().err
    assert "it was promoted, but not pushed: anna/hands holds another kind of model" in told
    assert told.endswith(advice)
