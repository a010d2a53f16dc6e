"""Publishing through all that can go wrong at once, and what is there in the end."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from annotation.publishing.publisher import Publisher
from annotation.store import Store
from handseg.hub.place import HubPlace
from handseg.places import Place
from handseg.records.opening import open_place
from handseg.records.snapshot import Snapshot
from tests.annotation.publishing import filling
from tests.annotation.publishing.conftest import open_store
from tests.annotation.publishing.filling import fill, hurried
from tests.annotation.publishing.reading import loaded, pictures_in, pictures_of
from tests.forking import forking
from tests.hub import Faults, StandInHub

REPO = "anna/hands"
KILLS = int(os.environ.get("HANDSEG_KILLS", "20"))


def test_a_thousand_records_of_two_apps_are_there_once_though_a_fifth_of_all_answers_fails(
    hub: StandInHub, tmp_path: Path
) -> None:
    stores = [open_store(tmp_path / name) for name in ("one", "other")]
    hub.faults = Faults(share=0.2, seed=4, hold=0.02, retry_after=0)

    def work(index: int) -> None:
        publisher = Publisher(stores[index], HubPlace(REPO, hub.url, hurried), sleep=hurried)
        for begin in range(0, 500, 50):
            list(fill(stores[index], range(begin, begin + 50), seed=index))
            publisher.publish()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    injected, hub.faults = hub.faults.injected, None
    assert len(injected) > 8, injected
    place = HubPlace(REPO, hub.url, hurried)
    place.tag("v1.0.0", "main")
    list(fill(stores[0], range(500, 505)))
    earlier = pictures_in(stores[0], stores[0].outbox.published_ids(REPO)) | pictures_in(stores[1])
    Publisher(stores[0], place).publish()
    later = pictures_in(stores[0]) | pictures_in(stores[1])
    assert (len(earlier), len(later)) == (1000, 1005)
    assert loaded(REPO, "v1.0.0", tmp_path / "hf", hub.url) == earlier
    assert loaded(REPO, None, tmp_path / "hf", hub.url) == later


@pytest.mark.parametrize("kind", ["hub", "folder"])
def test_a_publisher_killed_at_random_moments_leaves_each_record_once(
    kind: str, store: Store, hub: StandInHub, tmp_path: Path
) -> None:
    address, endpoint = (REPO, hub.url) if kind == "hub" else (str(tmp_path / "dataset"), "-")
    place: Place = HubPlace(REPO, hub.url, hurried) if kind == "hub" else open_place(address)
    drawn = np.random.default_rng(7)
    killed, longest = 0, 0.4
    for number in range(KILLS):
        list(fill(store, range(3 * number, 3 * number + 3)))
        process = forking.Process(
            target=filling.main, args=(str(store.database.url), str(tmp_path / "store"), address, endpoint)
        )
        process.start()
        begin = time.perf_counter()
        process.join(drawn.uniform(0.02, longest))
        if process.is_alive() and process.pid:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        else:
            longest = min(longest, time.perf_counter() - begin)
        process.join()
        if pictures := pictures_of(Snapshot(place)):
            assert pictures.items() <= pictures_in(store).items()
    assert killed > KILLS / 2
    Publisher(store, place, sleep=hurried).publish()
    assert pictures_of(Snapshot(place)) == pictures_in(store)
    assert len(pictures_in(store)) == 3 * KILLS
    assert loaded(address, None, tmp_path / "hf", hub.url if kind == "hub" else "") == pictures_in(store)
