"""What can go wrong with the Hub, sorted by what to do about it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from handseg.errors import first_line
from handseg.places import ConflictError, PlaceError, UnreliableError

PATIENCE = 120.0
"""Seconds without a byte after which the Hub is taken to be gone."""

_CONFLICTS = (409, 412)
_PASSING = (408, 425, 429)
_LONGEST_WAIT = 60.0


@contextlib.contextmanager
def in_words(repo: str, kind: str = "dataset") -> Iterator[None]:
    """Errors of huggingface_hub and its transport as ConflictError, UnreliableError or PlaceError, with advice.

    `kind` is what the repository is: a dataset or a model.
    """
    from huggingface_hub import errors

    try:
        yield
    except PlaceError:
        raise
    except errors.HfHubHTTPError as error:
        raise _answered(repo, kind, error) from error
    except errors.HFValidationError as error:
        raise PlaceError(f"{repo!r} is not a repository name; give owner/name ({first_line(error)})") from error
    except errors.LocalTokenNotFoundError as error:
        raise PlaceError(f"writing to {repo} needs a token; {_TOKEN}") from error
    except errors.OfflineModeIsEnabled as error:
        raise PlaceError(f"{repo} cannot be reached: HF_HUB_OFFLINE is set; unset it") from error
    except (RuntimeError, errors.LocalEntryNotFoundError, errors.DryRunError) as error:
        with in_words(repo, kind):  # of an upload, or a file that is not in the cache either, the cause says why
            raise error.__cause__ or ConnectionError(first_line(error)) from None
    except (errors.HTTPError, ConnectionError, TimeoutError, json.JSONDecodeError) as error:
        raise UnreliableError(
            f"the Hub cannot be reached ({first_line(error)}); check the network and HF_ENDPOINT, then start again"
        ) from error
    except OSError as error:  # as a full disk
        raise UnreliableError(f"{first_line(error)}; start again") from error


@contextlib.contextmanager
def readme_in_words(repo: str) -> Iterator[None]:
    """What is wrong with the head of a README that is to be committed, as PlaceError; nothing was sent then."""
    try:
        yield
    except (OSError, json.JSONDecodeError):  # some of these are a ValueError, too
        raise
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise PlaceError(f"the Hub refuses the README.md of {repo}: {reason}; mend it there") from error


def never_wait_for_ever() -> None:
    """Let huggingface_hub give up on a silent connection; by itself it waits without end."""
    import huggingface_hub
    from huggingface_hub.utils import _http

    def client() -> Any:
        made = _http.default_client_factory()
        made.timeout = PATIENCE
        return made

    huggingface_hub.set_client_factory(client)


_TOKEN = "set HF_TOKEN to one with write access (https://huggingface.co/settings/tokens), or call: hf auth login"


def _answered(repo: str, kind: str, error: Any) -> PlaceError:
    from huggingface_hub import errors

    status, reason = error.response.status_code, first_line(error)
    if status in _CONFLICTS:
        return ConflictError(f"{repo} was changed meanwhile ({reason}); start again")
    if status in _PASSING or status >= 500:
        return UnreliableError(f"the Hub did not do it ({status}: {reason}); start again later", _asked_to_wait(error))
    if isinstance(error, errors.GatedRepoError):
        return PlaceError(f"the owner of {repo} asks you to accept terms; do so on its page, then call: hf auth login")
    if isinstance(error, errors.RepositoryNotFoundError):
        advice = "check the name, or sign in: set HF_TOKEN, or call: hf auth login"
        return PlaceError(f"there is no {kind} {repo}, or it is private; {advice}")
    if isinstance(error, errors.RevisionNotFoundError):
        return PlaceError(f"{repo} has no such revision; look at its log")
    if isinstance(error, errors.RemoteEntryNotFoundError):
        return PlaceError(f"{repo} has no such file; check the name")
    if status in (401, 403):
        return PlaceError(f"the Hub does not let you use {repo} ({reason}); {_TOKEN}")
    return PlaceError(f"the Hub refuses it for {repo} ({status}: {reason})")


def _asked_to_wait(error: Any) -> float:
    asked = error.response.headers.get("Retry-After", "")
    return min(float(asked), 10 * _LONGEST_WAIT) if asked.isdecimal() else 0.0
