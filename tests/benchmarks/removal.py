"""Time and memory of each way to remove a hand, at 12 megapixels: python -m tests.benchmarks.removal

At last of inpainting a hand that leaves but a margin of the photo free.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from handseg.masks import Mask
from handseg.removal import MODES, Removal, remove

HEIGHT, WIDTH = 3000, 4000


def main() -> None:
    """Measure each mode in a process of its own, as peak memory never falls."""
    if len(sys.argv) > 1:
        return measure(*sys.argv[1:])
    for mode, hand in [*((mode, "usual") for mode in MODES), ("inpaint", "near")]:
        subprocess.run([sys.executable, "-m", "tests.benchmarks.removal", mode, hand], check=True)
    return None


def measure(mode: str, hand: str) -> None:
    """Print the best of three times, on one thread, and the memory needed beyond photo and mask."""
    cv2.setNumThreads(1)
    photo = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    mask = HANDS[hand]()
    remove(photo[:480, :640], mask[-480:, 1680:2320], Removal(mode))  # what is only loaded once is not counted
    before = _peak_mib()
    seconds = min(_timed(photo, mask, mode) for _ in range(3))
    print(f"{mode:9s} {seconds:6.2f} s {_peak_mib() - before:6.0f} MiB   ({mask.mean():.0%} hand)")


def _usual() -> Mask:
    hand = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(hand, (WIDTH // 2, HEIGHT), (900, 1700), 20, 0, 360, 1, -1)
    return hand.astype(bool)


def _near() -> Mask:
    """All but the left thirtieth, of which no coarse level has a whole patch."""
    mask = np.ones((HEIGHT, WIDTH), bool)
    mask[:, : WIDTH // 30] = False
    return mask


HANDS = {"usual": _usual, "near": _near}


def _timed(photo: np.ndarray, mask: np.ndarray, mode: str) -> float:
    start = time.perf_counter()
    remove(photo, mask, Removal(mode))
    return time.perf_counter() - start


def _peak_mib() -> float:
    # Not getrusage: it begins with the peak of the process that started this one.
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
