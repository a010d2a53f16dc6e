"""What a rendered picture costs: python -m tests.benchmarks.rendering [--count 40] [--photos DIR] [--desktops DIR]

Seconds of one core per picture, of 256 pixels and 8 samples, and how many kernels were compiled for them: all pictures
should share a few. The first pictures, for which all is read from disk and compiled, do not count.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from training.synthetic import tracer
from training.synthetic.command import assets_folder
from training.synthetic.plan import job
from training.synthetic.studio import Setup

SEED, WARM_UP = 4, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--desktops", type=Path)
    asked = parser.parse_args()
    tracer.mitsuba()
    import drjit

    setup = Setup(assets_folder(None), size=256, samples=8, photos=asked.photos, desktops=asked.desktops)
    setup.prepare()
    studio, seconds = setup.studio(), []
    with drjit.scoped_set_flag(drjit.JitFlag.KernelHistory, True):
        for number in range(WARM_UP + asked.count):
            if number == WARM_UP:
                drjit.kernel_history_clear()
            begin = time.process_time()
            studio(job(SEED, number))
            seconds.append(time.process_time() - begin)
        launched = drjit.kernel_history([drjit.KernelType.JIT])
    heavy = [entry for entry in launched if entry["operation_count"] > 1000]
    told = statistics.mean(seconds[WARM_UP:]), statistics.median(seconds[WARM_UP:])
    print("{:.2f} s a picture on average, median {:.2f} s".format(*told))
    print(f"{len({entry['hash'] for entry in heavy})} kernels for {len(heavy)} launches, small ones left out")


if __name__ == "__main__":
    main()
