"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no defect; what hangs is ended by pytest's own limit.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
