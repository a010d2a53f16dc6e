"""Datasets by the names that people give them: a folder or owner/name, and after an @ a revision."""

from __future__ import annotations

from pathlib import Path

from handseg.addresses import is_repo, split_revision
from handseg.places import HEAD, Place, PlaceError, UnreliableError
from handseg.places.folder import FolderPlace
from handseg.records.plain import PlainPlace, is_plain
from handseg.records.snapshot import Snapshot


def open_snapshot(text: str) -> Snapshot:
    """The dataset that `text` names, as "corrected", "USER/hands" or "USER/hands@v1.2.0"; a downloaded copy does, too.

    Raises PlaceError if there is none, or no such revision, or the Hub does not answer.
    """
    address, revision = (text, "") if Path(text).expanduser().is_dir() else split_revision(text)
    folder = Path(address).expanduser()
    place = PlainPlace(folder) if address and is_plain(folder) else open_place(address)
    try:
        snapshot = Snapshot(place, revision or HEAD)
    except UnreliableError as error:
        raise PlaceError(f"there is no folder {address}, so the Hub was asked: {error}") from error
    if not snapshot.revision:
        raise PlaceError(f"there is no dataset {address}; give a folder that has one, or owner/name of one on the Hub")
    return snapshot


def open_place(address: str) -> Place:
    """Where a dataset is, or will be, see `full_address`; raises PlaceError for what is no address."""
    address = full_address(address)
    if is_repo(address):
        from handseg.hub.place import HubPlace

        return HubPlace(address)
    return FolderPlace(Path(address))


def full_address(address: str) -> str:
    """The one name of a dataset: "owner/name" is on the Hub unless there is such a folder, all else is a folder.

    Raises PlaceError for an empty text.
    """
    if not address.strip():
        raise PlaceError("a dataset has a name; give a folder, or owner/name of one on the Hub")
    folder = Path(address).expanduser()
    return address if is_repo(address) and not folder.is_dir() else str(folder.absolute())
