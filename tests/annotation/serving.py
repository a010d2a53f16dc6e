"""The workbench behind its HTTP service, with an assistant that answers at once; run as a program, on a socket."""

from __future__ import annotations

import hashlib
import json
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import numpy as np
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from annotation import runs
from annotation.assistance import Assistance
from annotation.chance import chance
from annotation.opening import Opener
from annotation.publishing.background import Background
from annotation.queue.arrivals import add_photo
from annotation.queue.doubt import Doubt
from annotation.queue.looks import Seen
from annotation.service.access import Access
from annotation.service.reviewing import Reviewing
from annotation.service.routes import build_service
from annotation.service.visits import Visits
from annotation.service.workbench import Workbench
from annotation.store.answers import ASKED_AGAIN
from annotation.store.tables import metadata
from annotation.terms import Facts
from handseg.assistants import check_question
from handseg.assistants.prompts import Prompt
from handseg.intake import photo_id
from handseg.masks import Mask
from handseg.photos import Photo
from handseg.places import Place
from handseg.places.folder import FolderPlace
from handseg.settings import Settings
from tests.pictures import HEIGHT, WIDTH, drawn_mask, drawn_photo, encoded

JSON = {"Content-Type": "application/json"}
NO_PROMPT = {"points": [], "box": None}


@dataclass
class Size:
    """What `Squares` keeps of a photo."""

    height: int
    width: int
    nbytes: int = 1000


class Squares:
    """An assistant to whom every hand is a square about the newest point, or what is in the box; it says some twice."""

    name, device = "squares", "cpu"

    def encode(self, photo: Photo) -> Size:
        return Size(*photo.shape[:2])

    def propose(self, size: Size, prompt: Prompt, mask: Mask) -> list[Mask]:
        check_question(size, prompt, mask)
        reaches = (3, 6, 3) if prompt.points else (0,)
        return [self._square(size, prompt, reach) for reach in reaches]

    def _square(self, size: Size, prompt: Prompt, reach: int) -> Mask:
        square = np.zeros((size.height, size.width), bool)
        if prompt.points:
            x, y, label = prompt.points[-1].x, prompt.points[-1].y, prompt.points[-1].label
            square[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1] = True
            return square if label else ~square
        square[prompt.box.top : prompt.box.bottom, prompt.box.left : prompt.box.right] = True
        return square


class Served:
    """A whole server on the state in `home`."""

    def __init__(self, home: Path, opener: Opener = lambda *_: Squares(), **settings: object) -> None:
        self.settings = Settings(**{"home": home, "assistant": "grabcut", **settings})
        self.assistance = Assistance(self.settings, opener=opener)
        self.workbench = Workbench(self.settings, self.assistance)
        self.store = self.workbench.store
        self.visits = Visits(self.workbench)
        self.reviewing, self.access = Reviewing(self.store), Access(self.settings)
        self.background = Background(self.store, self.place, self.settings.dataset_address, self.settings.reviewed_only)
        self.client = TestClient(self.service(), raise_server_exceptions=False)

    def service(self) -> FastAPI:
        return build_service(self.workbench, self.reviewing, self.visits, self.background, self.access)

    def place(self) -> Place:
        """Where it publishes."""
        return FolderPlace(Path(self.settings.dataset_address))

    def close(self) -> None:
        self.client.close()
        self.assistance.close()
        self.store.close()

    def add(self, seed: int = 0, mask: Mask | None = None, again: bool = False, doubt: float = 0.5) -> str:
        """Put a drawn photo into the queue; it is, or is not, one that is asked about again. Returns its photo_id."""
        drawn = (drawn_photo(seed=1000 * seed + attempt) for attempt in count())
        photo = next(each for each in drawn if (chance("ask again", photo_id(each)) < ASKED_AGAIN) == again)
        seen = Seen(drawn_mask() if mask is None else mask, "drawn@1", Doubt(doubt, "the edge is unsure"))
        content = encoded(photo)
        return add_photo(
            self.store, content, lambda _: seen, Facts(source="test", licence="CC0-1.0"), random_share=0
        ).photo_id

    def enter(self, name: str = "Ann") -> Caller:
        return Caller(self.client, self.access.sign_in(name, self.settings.password))

    def contents(self) -> dict[str, list[tuple]]:
        """All that is stored, to compare."""
        with self.store.database.reading() as connection:
            return {
                name: [tuple(row) for row in connection.execute(sa.select(table))]
                for name, table in metadata.tables.items()
            }


class Caller:
    """Somebody who has signed in and calls the service."""

    def __init__(self, client: TestClient, token: str) -> None:
        self.client, self.token = client, token

    def __call__(self, method: str, path: str, body: object = None, **options: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **JSON, **options.pop("headers", {})}
        # httpx would refuse to send what is no proper JSON.
        given = options if body is None else {"content": json.dumps(body)}
        return self.client.request(method, path, headers=headers, **given)

    def draft(self, key: str, mask: Mask | None = None, /, **values: object) -> httpx.Response:
        return self("PUT", f"/photos/{key}/draft", draft(mask, **values))

    def save(self, key: str, mask: Mask | None = None, /, **values: object) -> httpx.Response:
        return self("POST", f"/photos/{key}/save", answer(mask, **values))

    def propose(self, key: str, *points: tuple[int, int, int], turn: int = 1, **values: object) -> httpx.Response:
        return self("POST", f"/photos/{key}/propose", {**question(*points), "turn": turn, **values})


def other_mask(seed: int = 0) -> Mask:
    """A mask that is not the model's."""
    mask = drawn_mask()
    mask[seed : seed + 5, 2:9] ^= True
    return mask


def unpacked(text: str) -> Mask:
    """A mask as the service tells it."""
    return runs.from_text(text, HEIGHT, WIDTH)


def question(*points: tuple[int, int, int]) -> dict[str, object]:
    prompt = {"points": [list(point) for point in points or [(40, 30, 1)]], "box": None}
    return {"prompt": prompt, "mask": runs.to_text(drawn_mask()), "turn": 1}


def draft(mask: Mask | None = None, /, **values: object) -> dict[str, object]:
    """The body of a draft as the page sends it."""
    drawn = np.zeros((HEIGHT, WIDTH), bool)
    begun = {"mask": runs.to_text(other_mask() if mask is None else mask), "drawn": runs.to_text(drawn)}
    known = {"prompt": NO_PROMPT, "seconds": 1.5, "trail": [{"name": "brush"}], "pending": None}
    return {"base": "", "version": 1, **begun, **known, **values}


def answer(mask: Mask | None = None, /, **values: object) -> dict[str, object]:
    """The body of a save as the page sends it."""
    mask = other_mask() if mask is None else mask
    written = runs.to_runs(mask)
    return {
        "id": uuid.uuid4().hex,
        "verdict": "edited",
        "mask": runs.to_text(mask),
        "sha256": hashlib.sha256(written).hexdigest(),
        "pixels": int(mask.sum()),
        "prompts": [{"name": "brush"}, {"name": "point", "prompt": {"points": [[4, 5, 1]]}, "assistant": "squares"}],
        "seconds": 12.5,
        **values,
    }


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not come true"
        time.sleep(0.01)


def main(home: str, port: str) -> None:
    uvicorn.run(Served(Path(home)).service(), port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
