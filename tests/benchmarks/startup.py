"""How long one mask takes from process start to exit, and how much memory a large photo needs.

The peer is the least that such a process can do: import the three libraries, then run the bare network once.

    python -m tests.benchmarks.startup
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2

from handseg import read
from handseg.engines import OnnxEngine
from handseg.geometry import network_size
from handseg.settings import SHIPPED, Settings
from handseg.weights import Weights
from tests.benchmarks.speed import EXAMPLE
from tests.pictures import drawn_photo, encoded

ROUNDS = 9


def main() -> None:
    """Print the ratio, and the peak memory for a photo of 12 megapixels."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.jpg", Path(folder) / "large.jpg"
        small.write_bytes(encoded(cv2.resize(read(EXAMPLE), (1280, 720)), "JPEG"))
        large.write_bytes(encoded(drawn_photo(3000, 4000), "JPEG"))
        ours, imports = [], []
        for _ in range(ROUNDS):
            ours.append(seconds_of("-m", "handseg", "mask", small, "--output", folder, "--overwrite"))
            imports.append(seconds_of("-c", "import onnxruntime, numpy, PIL"))
        network = seconds_of_network(720, 1280)
        peer = statistics.median(imports) + network
        print(f"handseg mask, 1280 x 720 JPEG, start to exit   {statistics.median(ours):7.3f} s")
        print(f"import onnxruntime, numpy, PIL                 {statistics.median(imports):7.3f} s")
        print(f"the bare network, once                         {network:7.3f} s")
        print(f"ratio                                          {statistics.median(ours) / peer:7.2f}   (at most 3)")
        for command in (["mask"], ["remove", "--mode", "cutout"], ["remove", "--mode", "inpaint"]):
            peak = peak_mebibytes(*command, large, "--output", folder, "--overwrite")
            print(f"peak memory, 12 megapixels, {' '.join(command):22s} {peak:6.0f} MiB (at most 1000)")


def seconds_of(*arguments: object) -> float:
    """Of a Python process from start to exit."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *map(str, arguments)], check=True, capture_output=True)
    return time.perf_counter() - begin


def peak_mebibytes(*arguments: object) -> float:
    """Resident memory of a handseg command at its peak, as Linux tells the process itself."""
    program = (
        "import runpy, sys\n"
        "try: runpy.run_module('handseg', run_name='__main__')\n"
        "finally: print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    command = [sys.executable, "-c", program, *map(str, arguments)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(answer.stdout.split()[-2]) / 1024


def seconds_of_network(height: int, width: int) -> float:
    """Of the default model's bare call, as in a fresh process: the first one, the median of some sessions."""
    import numpy as np

    weights = Weights.open(SHIPPED / Settings().model)
    tensor = np.zeros((1, 3, *network_size(height, width, weights.card.side)), np.float32)
    times = []
    for _ in range(ROUNDS):
        engine = OnnxEngine(weights)
        begin = time.perf_counter()
        engine.logits(tensor)
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


if __name__ == "__main__":
    main()
