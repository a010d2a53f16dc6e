"""The errors of the annotator's wing. Each message says what came, and what to do next."""

from __future__ import annotations

from handseg.errors import HandsegError


class StoreError(HandsegError):
    """The database or its files cannot be used."""


class FileError(StoreError):
    """A stored file is missing, damaged, or has a name that no stored file has."""


class UnknownPhotoError(StoreError):
    """No stored photo has this id."""

    def __init__(self, photo_id: str) -> None:
        super().__init__(f"there is no photo {photo_id!r:.80}; it may belong to another database")


class UnknownRecordError(StoreError):
    """No record has this id."""

    def __init__(self, record_id: str) -> None:
        super().__init__(f"there is no record {record_id!r:.80}; it may belong to another database")


class UnknownAnnotatorError(StoreError):
    """Nobody of this name has made or reviewed anything."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is nothing of anybody called {name!r}; look at: python -m annotation status")


class RecordError(StoreError):
    """What was to be stored has a value that cannot be used."""


class ClaimError(HandsegError):
    """Another annotator holds the photo, or the claim on it has ended."""


class ReviewError(HandsegError):
    """The record cannot be reviewed, or not like this."""


class PublishingError(HandsegError):
    """Nothing can be published just now."""
