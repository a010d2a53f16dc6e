"""How long the server needs to answer a click on a 12-megapixel photo: `python -m tests.benchmarks.clicks`.

Everything between the request's values and the answer's counts: the mask's runs, the assistant, the correction, and the
runs of what changes. The named peer is the assistant's own share of that time. Measured are what ships, and GrabCut.
"""

from __future__ import annotations

import sys
import tempfile
import time

import numpy as np

from annotation import runs
from annotation.assistance import Assistance
from annotation.service.workbench import Workbench
from handseg.settings import Settings
from tests.browser.annotating import add_drawn
from tests.pictures import drawn_mask

HEIGHT, WIDTH = 3000, 4000


def main(clicks: int = 50) -> None:
    for assistant in ("hand", "grabcut"):
        measure(assistant, clicks)
    print("at most 150 ms for a whole answer")


def measure(assistant: str, clicks: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_environment({"HANDSEG_HOME": folder, "HANDSEG_ASSISTANT": assistant})
        workbench = Workbench(settings, Assistance(settings))
        photo_id = add_drawn(workbench.store, HEIGHT, WIDTH).photo_id
        workbench.next("Anna")
        while not workbench.assistant(photo_id)["ready"]:
            time.sleep(0.05)
        mask, chance = runs.to_text(drawn_mask(HEIGHT, WIDTH)), np.random.default_rng(0)
        whole, assistants = [], []
        for turn in range(clicks):
            point = [int(chance.integers(WIDTH)), int(chance.integers(HEIGHT)), int(chance.integers(2))]
            begin = time.perf_counter()
            answer = workbench.propose(photo_id, "Anna", {"points": [point], "box": None}, mask, turn)
            whole.append(1000 * (time.perf_counter() - begin))
            assistants.append(1000 * answer["seconds"])
        encodes = workbench.assistance.encodes
        workbench.assistance.close()
        workbench.store.close()
    for name, each in (("whole answer", whole), (f"of that {answer['assistant']}", assistants)):
        print(f"{name}: p50 {np.median(each):.0f} ms, p95 {np.quantile(each, 0.95):.0f} ms, max {max(each):.0f} ms")
    print(f"photos looked at: {encodes} in {clicks} clicks (1 is right)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
