from __future__ import annotations

import os
from pathlib import Path

import pytest

from handseg.errors import SettingError
from handseg.records.opening import full_address
from handseg.settings import Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment({"HANDSEG_MODEL": "", "HANDSEG_THREADS": ""}) == Settings()


def test_every_variable_is_read() -> None:
    settings = Settings.from_environment(
        {
            "HANDSEG_HOME": "/home",
            "HANDSEG_MODELS": f"/a{os.pathsep}/b",
            "HANDSEG_MODEL": "fast",
            "HANDSEG_DEVICE": "cpu",
            "HANDSEG_THREADS": "2",
            "HANDSEG_INPAINTER": "/lama.onnx",
            "HANDSEG_DATABASE": "postgresql://handseg@localhost/handseg",
            "HANDSEG_ASSISTANT": "vit_b",
            "HANDSEG_DATASET": "anna/hands",
            "HANDSEG_REVIEWED_ONLY": "yes",
            "HANDSEG_PASSWORD": "open sesame",
            "HANDSEG_RUNS": "/runs",
            "HANDSEG_CONTRIBUTION_LICENCE": "CC0-1.0",
            "SPACE_ID": "somebody/handseg",
        }
    )
    assert settings == Settings(
        home=Path("/home"),
        models=("/a", "/b"),
        model="fast",
        device="cpu",
        threads=2,
        inpainter=Path("/lama.onnx"),
        database="postgresql://handseg@localhost/handseg",
        assistant="vit_b",
        dataset="anna/hands",
        reviewed_only=True,
        password="open sesame",
        runs=Path("/runs"),
        public=True,
        contribution_licence="CC0-1.0",
    )


@pytest.mark.parametrize("home", ["data", "./data", "/srv/handseg"])
def test_what_nobody_named_is_published_into_a_folder_whatever_it_looks_like(home: str) -> None:
    address = Settings(home=Path(home)).dataset_address
    assert full_address(address) == address == str(Path(home).absolute() / "dataset")


def test_the_password_is_in_no_log() -> None:
    assert "open sesame" not in repr(Settings(password="open sesame"))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HANDSEG_DEVICE", "tpu"),
        ("HANDSEG_THREADS", "-1"),
        ("HANDSEG_THREADS", "many"),
        ("HANDSEG_REVIEWED_ONLY", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"{variable} is .*{value}"):
        Settings.from_environment({variable: value})
