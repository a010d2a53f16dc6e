"""A stand-in Hub as a process of its own; it lives until it is killed, and all is lost with it."""

from __future__ import annotations

import argparse
import threading

from tests.hub.faults import Faults
from tests.hub.server import StandInHub


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.hub", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="a free one if none is given")
    parser.add_argument("--faults", type=float, default=0.0, metavar="SHARE", help="share of the requests that fail")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    hub = StandInHub(options.port)
    hub.faults = Faults(options.faults, options.seed) if options.faults else None
    print(hub.url, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
