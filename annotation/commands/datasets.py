"""What becomes of corrected masks: python -m annotation publish | log | diff | compact | forget."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from annotation.errors import UnknownAnnotatorError, UnknownPhotoError
from annotation.publishing.publisher import Outcome, Publisher
from annotation.publishing.withdrawing import still_to_withdraw, withdraw_everywhere
from annotation.store import Store
from handseg.addresses import is_repo
from handseg.errors import SettingError
from handseg.hub.place import HubPlace
from handseg.places import HEAD, Place, PlaceError, PurgedError, check_tag
from handseg.places.folder import FolderPlace
from handseg.records.compaction import compact as merge_small_shards
from handseg.records.compaction import small_shards
from handseg.records.differences import Difference, difference
from handseg.records.opening import open_place
from handseg.records.snapshot import Snapshot
from handseg.records.splits import SPLITS
from handseg.settings import Settings
from handseg.telling import aligned

Repo = Annotated[str | None, typer.Option(metavar="USER/NAME", help="A dataset repository of the Hugging Face Hub.")]
Folder = Annotated[Path | None, typer.Option(metavar="DIR", help="A folder on this machine.")]
_MOST_LISTED = 20


def publish(
    repo: Repo = None,
    folder: Folder = None,
    tag: Annotated[str | None, typer.Option(metavar="NAME", help="Give the result a name, such as v1.2.0.")] = None,
    reviewed: Annotated[bool, typer.Option("--reviewed", help="Publish only what a second person approved.")] = False,
) -> None:
    """Bring the dataset up to date with the saved masks.

    You can interrupt this and run it again. Without --repo and --folder, the dataset is the one that HANDSEG_DATASET
    names, or the folder dataset in HANDSEG_HOME. A repository needs a token that may write, in HF_TOKEN or from: hf
    auth login. A new repository is private.
    """
    settings = Settings.from_environment()
    place = _place(settings, repo, folder)
    with closing(Store.open(settings)) as store:
        publisher = Publisher(store, place, reviewed or settings.reviewed_only)
        _check_free(tag, place, publisher.has_work)
        outcome = publisher.publish()
        reasons = store.outbox.state(place.address).held_back.values()
    try:
        if tag is not None and outcome.revision:
            place.tag(tag, outcome.revision)
    except PlaceError:  # what was published is told nevertheless
        typer.echo("\n".join(_told(outcome, place, None, sorted(set(reasons)))))
        raise
    typer.echo("\n".join(_told(outcome, place, tag, sorted(set(reasons)))))


def log(
    repo: Repo = None,
    folder: Folder = None,
    last: Annotated[int, typer.Option(min=1, help="How many revisions to list.")] = 20,
) -> None:
    """List the revisions of the dataset, newest first.

    Shows how many photos each has in each split. A "+" after a number means that some photos of that revision were
    deleted for good.
    """
    place = _existing(_place(Settings.from_environment(), repo, folder))
    tags: dict[str, list[str]] = {}
    for name, revision in place.tags().items():
        tags.setdefault(revision, []).append(name)
    rows = [("REVISION", "UTC", "TAGS", *SPLITS, "MESSAGE")]
    snapshot = None
    for each in place.log()[:last]:
        snapshot = Snapshot(place, each.id, earlier=snapshot)
        shown = (each.id[:12], f"{each.created_at:%Y-%m-%d %H:%M}", ", ".join(tags.get(each.id, [])))
        rows.append((*shown, *_rows_by_split(snapshot), each.message))
    typer.echo("\n".join(aligned(rows)))


def diff(
    before: Annotated[str, typer.Argument(metavar="REV", help="An older revision or tag...")],
    after: Annotated[str, typer.Argument(metavar="REV", help="...and a newer one.")] = HEAD,
    repo: Repo = None,
    folder: Folder = None,
    everything: Annotated[bool, typer.Option("--all", help="List all photos, however many.")] = False,
) -> None:
    """Show what changed between two revisions.

    Lists the photos that were added, corrected (with the IoU of both masks) and taken out.
    """
    place = _existing(_place(Settings.from_environment(), repo, folder))
    old = Snapshot(place, before)
    found = difference(old, Snapshot(place, after, earlier=old))
    typer.echo("\n".join(_difference_lines(found, None if everything else _MOST_LISTED)))


def compact(
    repo: Repo = None,
    folder: Folder = None,
    tag: Annotated[str | None, typer.Option(metavar="NAME", help="Give the result a name, such as v1.2.0.")] = None,
) -> None:
    """Merge small shards into large ones.

    Every byte of every row is compared before anything changes.
    """
    place = _existing(_place(Settings.from_environment(), repo, folder))
    before = Snapshot(place)
    _check_free(tag, place, lambda: bool(small_shards(before)))
    made = merge_small_shards(before)
    after = Snapshot(place, made.id if made else before.revision, earlier=before)
    typer.echo(f"{len(before.shards)} shards became {len(after.shards)}" if made else "there is nothing to merge")
    typer.echo(f"the same {len(after.light)} rows, digest {after.digest}")
    if tag is not None:
        place.tag(tag, after.revision)


def forget(
    photo_id: Annotated[str | None, typer.Argument(metavar="[PHOTO_ID]", help="The photo to delete for good.")] = None,
    annotator: Annotated[
        str | None, typer.Option(metavar="NAME", help="The annotator whose work and name to delete.")
    ] = None,
) -> None:
    """Delete a photo, or the work and name of an annotator.

    They are deleted here, and in every dataset that they were published to. You can run this again until all is done.
    It does not reach near-duplicates of a photo, exports, and what others have downloaded.
    """
    if (photo_id is None) == (annotator is None):
        raise SettingError("say what to forget: either the id of a photo, or --annotator NAME")
    with closing(Store.open(Settings.from_environment())) as store:
        if annotator is not None:
            typer.echo(_forget_annotator(store, annotator))
        elif photo_id is not None:
            typer.echo(_forget_photo(store, photo_id))
        told = list(withdraw_everywhere(store))
    typer.echo("\n".join(line for _, line in told))
    if not all(done for done, _ in told):
        raise typer.Exit(1)


def _forget_photo(store: Store, photo_id: str) -> str:
    try:
        store.forget_photo(photo_id)
    except UnknownPhotoError:
        if photo_id not in {each.photo_id for each in still_to_withdraw(store)}:
            raise
        return f"the photo {photo_id} was forgotten here before"
    return f"the photo {photo_id} was forgotten here"


def _forget_annotator(store: Store, name: str) -> str:
    try:
        return f"{store.forget_annotator(name)} records of {name} were forgotten here"
    except UnknownAnnotatorError:
        # Whose records are still to be withdrawn is not known any more: the name was forgotten with them.
        if not any(each.record_id for each in still_to_withdraw(store)):
            raise
        return f"there is nothing of {name} here any more; what was forgotten before is taken out of the datasets"


def _place(settings: Settings, repo: str | None, folder: Path | None) -> Place:
    if repo is not None and folder is not None:
        raise SettingError("give either --repo or --folder; one dataset is published at a time")
    if repo is not None and not is_repo(repo):
        raise SettingError(f"{repo!r} is not a repository name; give it as USER/NAME")
    if repo is not None:
        return HubPlace(repo)
    if folder is not None and not str(folder).strip(". "):
        raise SettingError(f"--folder is {str(folder)!r}; name a folder that is for the dataset alone")
    return FolderPlace(folder.absolute()) if folder is not None else open_place(settings.dataset_address)


def _existing(place: Place) -> Place:
    if not place.resolve():
        raise SettingError(
            f"there is no dataset in {place.address} yet, or it is private: run python -m annotation publish, or set "
            "HF_TOKEN"
        )
    return place


def _check_free(tag: str | None, place: Place, has_work: Callable[[], bool]) -> None:
    """Refuse a tag that cannot be given, before anything is done; `has_work` tells if there will be a new revision."""
    if tag is None:
        return
    check_tag(tag)
    newest = place.resolve()
    of = place.tags().get(tag, "") if newest else ""
    if of and (of != newest or has_work()):
        raise SettingError(f"the tag {tag} is the revision {of[:12]}'s already; choose another name")


def _told(outcome: Outcome, place: Place, tag: str | None, reasons: list[str]) -> list[str]:
    if not outcome.revision:
        return ["there is nothing to publish yet"]
    changed = f"{outcome.added} records were published, {outcome.removed} taken out, {outcome.held_back} held back"
    where = f"{place.address} is at {outcome.revision[:12]}{f', tag {tag}' if tag else ''}"
    return [changed, *(f"held back: {reason}" for reason in reasons), *outcome.notes, where]


def _rows_by_split(snapshot: Snapshot) -> list[str]:
    rows, purged = dict.fromkeys(SPLITS, 0), set()
    for path, split in snapshot.shards.items():
        try:
            rows[split] += len(snapshot.light_of(path))
        except PurgedError:
            purged.add(split)
    return [f"{count}{'+' if split in purged else ''}" for split, count in rows.items()]


def _difference_lines(found: Difference, most: int | None) -> list[str]:
    corrected = [f"{each.photo_id}  IoU {each.iou:.3f}" for each in sorted(found.changed, key=lambda each: each.iou)]
    kinds = (("added", found.added), ("changed", corrected), ("withdrawn", found.withdrawn), ("moved", found.moved))
    lines = [", ".join(f"{len(photos)} {kind}" for kind, photos in kinds) + f", {found.unchanged} unchanged"]
    for kind, photos in kinds:
        lines += [f"{kind:<10} {each}" for each in photos[:most]]
        if most is not None and len(photos) > most:
            lines.append(f"{kind:<10} and {len(photos) - most} more; --all lists them")
    return lines
