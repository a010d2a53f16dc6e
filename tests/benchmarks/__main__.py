"""Runs the benchmarks that need nothing but the project: python -m tests.benchmarks."""

import argparse

from tests.benchmarks import augment, clicks, removal, saving, speed, startup

argparse.ArgumentParser(description=__doc__).parse_args()
for benchmark in (startup, speed, removal, augment, clicks, saving):
    print(f"\n{benchmark.__name__}")
    benchmark.main(speed.EXAMPLE) if benchmark is speed else benchmark.main()
