"""What `python -m training push`, and `promote --push`, do and say."""

from __future__ import annotations

import shlex

import typer

from handseg.addresses import is_repo
from handseg.errors import HandsegError
from handseg.hub.place import HubPlace
from handseg.places import PlaceError
from handseg.weights import Weights
from training.pushing.facts import licence_warnings
from training.pushing.push import push


def open_repository(repo: str, private: bool) -> HubPlace:
    """The model repository, which may not be there yet; raises PlaceError for no owner/name."""
    if not is_repo(repo):
        raise PlaceError(f"{repo!r} is not a repository name; give owner/name")
    return HubPlace(repo, kind="model", private=private)


def run(weights: Weights, place: HubPlace, message: str = "", tag: str = "", secret: bool = False) -> None:
    """Push, and tell what came of it; licences that forbid something are told first.

    Raises as `push`, and PlaceError if it shall be `secret`, and the repository is there for everybody to see.
    """
    for warning in licence_warnings(weights.card):
        typer.echo(f"warning: {warning}; the README says so", err=True)
    if secret and place.is_public():
        raise PlaceError(f"{place.address} is public; make it private on its page, or push without --private")
    pushed = push(weights, place, message, tag)
    if pushed.sent:
        typer.echo(
            f"pushed {weights.card.id} to {place.address}, revision {pushed.revision}; what arrived was verified"
        )
    else:
        typer.echo(f"{place.address} has {weights.card.id} already, in revision {pushed.revision}; nothing was sent")
    typer.echo(f"use it with: python -m handseg mask PHOTO --output masks --model {place.address}")


def push_promoted(weights: Weights, place: HubPlace) -> bool:
    """Push what was just promoted; whatever goes wrong, the promotion stands, and it is told how to try again."""
    public: bool | None = None  # as long as nobody knows
    try:
        public = place.is_public()
        run(weights, place)
    except HandsegError as error:
        typer.echo(f"error: it was promoted, but not pushed: {error}", err=True)
        again = ["python", "-m", "training", "push", weights.card.name, place.address]
        # A repository that is not there yet shall not become public, and one that is public is refused as private.
        typer.echo(f"try again with: {shlex.join(again if public else [*again, '--private'])}", err=True)
        if public is None:
            typer.echo(f"without --private, if {place.address} is public already", err=True)
        return False
    return True
