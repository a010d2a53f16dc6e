"""The kinds of scenes, by the names that `plan.SHARES` uses.

Each takes a job, randomness and a stage, and gives a scene.
"""

from __future__ import annotations

from collections.abc import Callable

from numpy.random import Generator

from training.synthetic.actors import Stage
from training.synthetic.kinds.closeup import closeup
from training.synthetic.kinds.egocentric import egocentric, partner
from training.synthetic.kinds.empty import empty
from training.synthetic.kinds.forearm import forearm
from training.synthetic.kinds.gathering import gathering
from training.synthetic.kinds.portrait import face, gesturing, people
from training.synthetic.kinds.product import product
from training.synthetic.kinds.tabletop import tabletop
from training.synthetic.plan import Job
from training.synthetic.scene import Scene

KINDS: dict[str, Callable[[Job, Generator, Stage], Scene]] = {
    "egocentric": egocentric,
    "partner": partner,
    "product": product,
    "gesturing": gesturing,
    "face": face,
    "closeup": closeup,
    "tabletop": tabletop,
    "gathering": gathering,
    "people": people,
    "forearm": forearm,
    "empty": empty,
}

WITHOUT_HANDS = ("people", "forearm", "empty")
"""Kinds that are good without a single pixel of hand."""
