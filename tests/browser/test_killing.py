"""kill -9 of the server, again and again, under an annotator who goes on working."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Response

from annotation.store import Store
from tests.browser.annotating import Annotator, Mask, fill_queue, stored_mask
from tests.browser.conftest import Enter
from tests.browser.running import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

KILLS = int(os.environ.get("HANDSEG_KILLS", "5"))


def test_nothing_acknowledged_is_lost_however_often_the_server_is_killed(
    enter: Enter, workbench: RunningApp, home: Path, store: Store
) -> None:
    photo_ids = fill_queue(home, 3 * KILLS)
    anna = enter()
    acknowledged: set[str] = set()
    painted: dict[str, Mask] = {}

    def note(answer: Response) -> None:
        if answer.url.endswith("/save") and answer.ok:
            acknowledged.add(answer.request.post_data_json["id"])

    anna.page.on("response", note)
    chance = random.Random(0)
    for _ in range(KILLS):
        killer = threading.Timer(chance.uniform(0, 1.5), workbench.kill)
        killer.start()
        while killer.is_alive():
            correct_one(anna, painted, chance)
        workbench.start()
    photo_id, left = leave_unsaved(anna, chance)
    workbench.kill()
    workbench.start()
    anna.page.reload()
    assert anna.wait_for_photo() == photo_id
    assert (anna.mask() == left).all()

    records = [record for each in photo_ids for record in store.records(each)]
    assert acknowledged <= {record.id for record in records}
    assert len(acknowledged) > KILLS // 10
    assert len({record.photo_id for record in records}) == len(records)
    for record in records:
        assert (stored_mask(store, record) == painted[record.photo_id]).all()


def correct_one(anna: Annotator, painted: dict[str, Mask], chance: random.Random) -> None:
    """A stroke and a save, whether or not a server is there to hear of it."""
    photo_id = anna.page.locator(".workbench").get_attribute("data-photo")
    if photo_id is None or photo_id in painted:  # still being saved, or fetched
        anna.page.wait_for_timeout(50)
        return
    anna.paint(*((chance.randrange(64), chance.randrange(48)) for _ in range(2)))
    painted[photo_id] = anna.mask()
    anna.press("2")


def leave_unsaved(anna: Annotator, chance: random.Random) -> tuple[str, Mask]:
    anna.page.wait_for_function("() => !document.querySelector('.workbench').editor.readOnly", timeout=30_000)
    photo_id = anna.wait_for_photo()
    anna.paint(*((chance.randrange(64), chance.randrange(48)) for _ in range(3)))
    anna.page.wait_for_timeout(300)
    return photo_id, anna.mask()
