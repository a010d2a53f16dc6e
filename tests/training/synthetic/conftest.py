from __future__ import annotations

import pytest

from tests.training.synthetic.stickman import stickman
from training.synthetic.assets import Bodies
from training.synthetic.body import Body


@pytest.fixture(scope="session")
def bodies() -> Bodies:
    return stickman()


@pytest.fixture(scope="session")
def body(bodies: Bodies) -> Body:
    return Body(bodies, *bodies.mixture(0, 0, 0.0))
