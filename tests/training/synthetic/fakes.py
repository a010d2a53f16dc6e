"""Renderers that render nothing, for tests of everything around them; they can be sent to other processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.synthetic.plan import Job
from training.synthetic.studio import Made


@dataclass(frozen=True)
class FakeSetup:
    """Opens a renderer that notes in `log` what it was asked for, and fails on some numbers."""

    log: Path
    failing: tuple[int, ...] = ()

    def studio(self) -> FakeSetup:
        """Itself."""
        return self

    def __call__(self, job: Job) -> Made:
        """A picture of 48 x 64 that depends on the job only; every other one has opacity."""
        with self.log.open("a") as file:
            file.write(f"{job.number}\n")
        if job.number in self.failing:
            raise ArithmeticError("no view is good")
        rng = job.rng()
        picture = rng.integers(0, 256, (48, 64, 3 + job.number % 2), dtype=np.uint8)
        return Made(picture, rng.random((48, 64)) < 0.3, {"kind": job.kind, "credits": ["Nobody (CC0)"]})
