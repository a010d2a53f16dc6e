"""Pages of other websites get nothing from the service, though gradio would let them ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.annotation.serving import Served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.close()


OTHERS = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://192.168.1.5:7861", "Host": "192.168.1.5:7860"},
    {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
OWN = [
    {},
    {"Origin": "http://192.168.1.5:7860", "Host": "192.168.1.5:7860"},
    {"Origin": "https://app.example", "Host": "inner:7860", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("headers", OTHERS)
def test_a_page_of_another_website_is_refused(served: Served, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/sign-in"), ("GET", "/about"), ("GET", f"/photos/{served.add()}")):
        answer = served.client.request(method, path, headers=headers, json={"name": "Mallory"})
        assert answer.status_code == 403
        assert "open the app itself" in answer.json()["error"]


@pytest.mark.parametrize("headers", OWN)
def test_the_app_s_own_pages_and_programs_are_answered(served: Served, headers: dict[str, str]) -> None:
    assert served.client.post("/sign-in", headers=headers, json={"name": "Ann"}).status_code == 200
