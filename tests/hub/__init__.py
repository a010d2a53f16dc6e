"""A stand-in for the Hugging Face Hub: a real HTTP server that speaks its protocol for models and datasets.

`python -m tests.hub` runs one as a process of its own. A client has to do without Xet (HF_HUB_DISABLE_XET=1).
"""

from tests.hub.faults import FAULTS, Faults
from tests.hub.fixture import stand_in_hub
from tests.hub.repository import Repository
from tests.hub.server import StandInHub

__all__ = ["FAULTS", "Faults", "Repository", "StandInHub", "stand_in_hub"]
