"""What the renderer needs and does not find, said in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from handseg.errors import HandsegError


class MissingError(HandsegError):
    """Something that only the renderer needs is not installed."""


@contextmanager
def needs(package: str) -> Iterator[None]:
    """Imports inside say what to install if `package` is not there.

    >>> with needs("nonsense"):
    ...     import nonsense
    Traceback (most recent call last):
    training.synthetic.missing.MissingError: rendering needs nonsense (No module named 'nonsense');
    install it with: pip install -r training/synthetic/requirements.txt
    """
    try:
        yield
    except ImportError as error:
        raise MissingError(
            f"rendering needs {package} ({error}); install it with: pip install -r training/synthetic/requirements.txt"
        ) from error
