"""How fast the shipped models are beside the network that most people would reach for.

The peer is torchvision's `deeplabv3_resnet50` in eager torch at 256 x 256 pixels, batch 1, the network alone. Ours is
the whole call on a decoded photo of 1280 x 720 pixels, from the photo to the probability in the photo's frame, with as
many looks as the photo asks for. Both run in this process, in turn, with the same number of threads.

    python -m tests.benchmarks.speed [PHOTO]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import torch
from torchvision.models.segmentation import deeplabv3_resnet50

from handseg import photos
from handseg.segmenter import open_segmenter
from handseg.settings import Settings
from handseg.weights import installed

ROUNDS = 30
EXAMPLE = Path(__file__).parents[2] / "handseg" / "demo" / "examples" / "hand-taking-cup-on-desk.jpg"


def main(path: Path) -> None:
    """Print the median of each, and the ratios round by round."""
    photo = cv2.resize(photos.read(path), (1280, 720), interpolation=cv2.INTER_AREA)
    network = deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=1).eval()
    tensor = torch.zeros(1, 3, 256, 256)

    def peer() -> None:
        with torch.inference_mode():
            network(tensor)

    calls: dict[str, Callable] = {"deeplabv3_resnet50, eager, the network alone": peer}
    for name in installed(Settings()):
        segmenter = open_segmenter(Settings(device="cpu"), name)
        calls[f"{name}, whole call"] = lambda segmenter=segmenter: segmenter.predict(photo)
    times = measured(calls)
    peer_times = next(iter(times.values()))
    for name, each in times.items():
        ratio = statistics.median(theirs / ours for theirs, ours in zip(peer_times, each, strict=True))
        print(f"{name:46s} {1000 * statistics.median(each):8.1f} ms   {ratio:6.1f} x")


def measured(calls: dict[str, Callable]) -> dict[str, list[float]]:
    """Seconds of each call, `ROUNDS` times in turn after two that do not count."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for round_number in range(ROUNDS + 2):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            if round_number >= 2:
                times[name].append(time.perf_counter() - begin)
    return times


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLE)
