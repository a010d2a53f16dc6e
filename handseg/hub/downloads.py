"""Files from the Hugging Face Hub, fetched once and kept in its own cache.

A connection that breaks off is taken up again where it broke.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from handseg.errors import HandsegError, first_line
from handseg.hub.failures import in_words
from handseg.places import PlaceError

MODEL_FILES = ("*.json", "*.safetensors", "*.txt")
"""What a model is made of; never a pickle, which could run any code."""

Progress = Callable[[float], None]
"""Hears the fraction that has arrived, 0 to 1, which never falls."""


class HubError(HandsegError):
    """A file cannot be had from the Hub."""


def fetch_file(
    repo: str,
    file: str,
    sha256: str | None = None,
    revision: str | None = None,
    progress: Progress | None = None,
    endpoint: str | None = None,
) -> Path:
    """The path of `file` of the model repository `repo`, from the cache or else downloaded.

    With `sha256` the content is verified each time: what is in the cache is then used without asking the Hub, and
    another file is deleted.

    Raises:
        HubError: no network, no such file, or another content; the message tells what to do.
    """
    import huggingface_hub

    def fetch(**options: Any) -> Path:
        return Path(huggingface_hub.hf_hub_download(repo, file, revision=revision, endpoint=endpoint, **options))

    with _fetching(f"{file} of {repo}", repo):
        path = _cached(fetch) if sha256 else None
        path = path or fetch(tqdm_class=_bar(progress))
    if sha256 and (found := _digest(path)) != sha256:
        _delete(path)
        raise HubError(
            f"{file} of {repo} is not the file it should be: sha256 {found[:12]}..., expected {sha256[:12]}...; it was "
            "deleted, so start again to download it anew, or set HF_ENDPOINT to a mirror that you trust"
        )
    return path


def fetch_listed(repo: str, listing: str, wanted: Collection[str], revision: str | None) -> Path:
    """The folder with `listing`, a JSON file of a model repository, and those of `wanted` that it lists.

    Under "sha256" it has the hash of each file by its name, and all are verified. They are of one commit; a branch or a
    tag is looked up anew, and where the Hub cannot be reached, it stands for what it stood for the last time.

    Raises:
        HubError: as `fetch_file`, or the listing is none.
    """
    path = fetch_file(repo, listing, revision=revision)
    for file, sha256 in _listed(path, repo).items():
        if file in wanted:
            fetch_file(repo, file, sha256, revision=path.parent.name)
    return path.parent


def fetch_model(
    repo: str, revision: str | None = None, progress: Progress | None = None, endpoint: str | None = None
) -> Path:
    """The folder with the `MODEL_FILES` of a model repository, from the cache or else downloaded.

    Raises:
        HubError: no network, or no such repository; the message tells what to do.
    """
    import huggingface_hub

    def fetch(**options: Any) -> Any:
        return huggingface_hub.snapshot_download(
            repo, revision=revision, endpoint=endpoint, allow_patterns=list(MODEL_FILES), **options
        )

    with _fetching(repo, repo):
        if (folder := _cached(fetch)) is None:
            wanted = sum(file.file_size or 0 for file in fetch(dry_run=True) if file.will_download)
            folder = fetch(tqdm_class=_bar(progress, wanted))
    return Path(folder)


def _cached(fetch: Callable[..., Any]) -> Any:
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return fetch(local_files_only=True)
    except LocalEntryNotFoundError:
        return None


def _listed(path: Path, repo: str) -> dict[str, str]:
    try:
        return {str(file): str(sha256) for file, sha256 in json.loads(path.read_bytes())["sha256"].items()}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        _delete(path)
        raise HubError(f"{path.name} of {repo} does not list files with their sha256; choose another one") from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _delete(path: Path) -> None:
    """Both the name in the snapshot and the blob it points to."""
    path.resolve().unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _bar(progress: Progress | None, wanted: int = 0) -> type:
    """A progress bar, as huggingface_hub wants it, that draws nothing and tells `progress`; `wanted` bytes in all.

    Several bars may count the same bytes, and one for a small file may be full at once: the greatest share counts.
    """
    from tqdm import tqdm

    greatest = 0.0

    class Bar(tqdm):
        monitor_interval = 0  # no thread that watches it

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{**options, "file": io.StringIO(), "leave": False})

        def display(self, *_: object, **__: object) -> None:
            """Draw nothing."""

        def update(self, n: float | None = 1) -> None:
            nonlocal greatest
            super().update(n)
            total = wanted or self.total
            if progress and self.unit == "B" and total and (share := min(self.n / total, 1.0)) > greatest:
                greatest = share
                progress(share)

    return Bar


@contextmanager
def _fetching(what: str, repo: str) -> Iterator[None]:
    try:
        with in_words(repo, "model"):
            yield
    except PlaceError as error:
        raise HubError(f"cannot fetch {what}: {error}") from error
    except Exception as error:  # the client of the Hub and its transport have no common base
        raise HubError(f"cannot fetch {what}: {first_line(error)}; start again") from error
