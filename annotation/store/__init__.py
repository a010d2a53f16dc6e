"""What annotators made, and what is asked of them: a database, and files beside it."""

from annotation.store.store import Store

__all__ = ["Store"]
