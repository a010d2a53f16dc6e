"""Runs the benchmarks that need nothing but the project: python -m tests.benchmarks."""

from tests.benchmarks import removal, speed, startup

for benchmark in (startup, speed, removal):
    print(f"\n{benchmark.__name__}")
    benchmark.main(speed.EXAMPLE) if benchmark is speed else benchmark.main()
