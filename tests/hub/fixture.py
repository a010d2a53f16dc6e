"""A stand-in Hub for the length of a test."""

from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

from tests.hub.server import StandInHub


def stand_in_hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    """For a fixture: a Hub and a cache of its own, and a client that does not wait between its attempts."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    impatient = types.SimpleNamespace(sleep=lambda _: None)
    monkeypatch.setattr("huggingface_hub.file_download.time", impatient)
    monkeypatch.setattr("huggingface_hub.utils._http.time", impatient)
    hub = StandInHub()
    yield hub
    hub.stop()
