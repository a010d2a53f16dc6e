"""On what torch works, and what is needed for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from handseg.assistants import AssistantError


def torch_device(wanted: str) -> str:
    """`cpu` or `cuda` for a setting of `auto`, `cpu` or `cuda`; raises AssistantError if there is no such GPU."""
    import torch

    usable = torch.cuda.is_available()
    if wanted == "cuda" and not usable:
        raise AssistantError("there is no CUDA GPU that torch can use here; set HANDSEG_DEVICE to cpu or auto")
    return "cuda" if usable and wanted != "cpu" else "cpu"


@contextmanager
def needs(*packages: str) -> Iterator[None]:
    """Say in words that a package is missing, where the block cannot import one."""
    try:
        yield
    except ImportError as error:
        raise AssistantError(
            f"this assistant needs {' and '.join(packages)} ({error}); install with: pip install {' '.join(packages)}"
        ) from error
