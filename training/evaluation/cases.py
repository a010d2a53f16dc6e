"""Photos with their truth, one after the other, from folders or from a split of a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from handseg import photos
from handseg.errors import HandsegError, PhotoError
from handseg.photos import Photo
from handseg.records.row import Row
from handseg.records.shards import read
from handseg.records.snapshot import Snapshot
from handseg.records.splits import SPLITS
from training.sources import labels
from training.sources.folder import paired, read_pair
from training.sources.labels import HAND, Label


class CaseError(HandsegError):
    """There is nothing to measure on, or photo and mask do not fit."""


@dataclass(frozen=True)
class Case:
    """A photo (H, W, 3) uint8 with its label (H, W) uint8: 0 background, 127 not known, 255 hand."""

    name: str
    source: str
    group: str
    """Cases of one group are drawn together when intervals are made, as they are no independent evidence."""
    photo: Photo
    label: Label


class Cases(Protocol):
    """What a model is measured on; may be gone through again and again, and gives the same each time."""

    name: str

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Case]: ...


class FolderCases:
    """Photos in a folder, with masks in another one as `import folder` takes them; without that, without hands."""

    def __init__(self, images: Path, masks: Path | None = None) -> None:
        """Raises CaseError if there are no photos, or none that has a mask of its own."""
        self._images, self.name = images, str(images)
        self._pairs, _ = paired(images, masks)
        if not self._pairs:
            raise CaseError(
                f"there are no photos{' with masks' if masks else ''} in {images}; look at the folder's name"
            )

    def __len__(self) -> int:
        return len(self._pairs)

    def __iter__(self) -> Iterator[Case]:
        """Raises SourceError or PhotoError for a photo or a mask that cannot be read, or that do not fit."""
        for path, mask in self._pairs.items():
            try:
                image, label = read_pair(path, mask)
                photo = photos.decode(image)
            except PhotoError as error:
                raise PhotoError(f"{path}: {error}") from error
            name = path.relative_to(self._images).with_suffix("")
            group = (name.parent if name.parent.parts else name).as_posix()
            yield Case(name.as_posix(), self._images.resolve().parent.name, group, photo, label)


class DatasetCases:
    """A split of a dataset's revision."""

    def __init__(self, snapshot: Snapshot, split: str) -> None:
        """Raises CaseError for an unknown or empty split."""
        if split not in SPLITS:
            raise CaseError(f"there is no split {split!r}; choose from: {', '.join(SPLITS)}")
        self._snapshot = snapshot
        self._shards = [path for path, its in snapshot.shards.items() if its == split]
        self.name = f"{snapshot.place.address}@{snapshot.revision[:12]}/{split}"
        if not len(self):
            raise CaseError(f"the split {split} of {snapshot.place.address} is empty; publish more photos first")

    def __len__(self) -> int:
        return sum(len(self._snapshot.light_of(path)) for path in self._shards)

    def hashes(self) -> Iterator[tuple[str, str]]:
        """The id and the perceptual hash of each photo, without a look at the photos."""
        for path in self._shards:
            light = self._snapshot.light_of(path)
            yield from zip(light["photo_id"].to_pylist(), light["phash"].to_pylist(), strict=True)

    def __iter__(self) -> Iterator[Case]:
        for path in self._shards:
            with self._snapshot.place.open(path, self._snapshot.revision) as file:
                for row in read(file, path):
                    yield _checked(
                        Case(row.photo_id, row.source, row.group_id, photos.decode(row.image), _label_of(row))
                    )


class Several:
    """Some cases, and then others."""

    def __init__(self, parts: list[Cases]) -> None:
        self._parts = parts
        self.name = " + ".join(part.name for part in parts)

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[Case]:
        for part in self._parts:
            yield from part


def with_hands(cases: Cases) -> Cases:
    """The same cases, of which at least one photo shows a hand; raises CaseError if none does."""
    if not any((case.label == HAND).any() for case in cases):
        raise CaseError(f"no photo of {cases.name} shows a hand; choose photos of which some do")
    return cases


def _label_of(row: Row) -> Label:
    try:
        return labels.from_png(row.mask)
    except PhotoError as error:
        raise CaseError(f"the mask of the row {row.id}: {error}") from error


def _checked(case: Case) -> Case:
    if case.photo.shape[:2] != case.label.shape:
        raise CaseError(
            f"the mask of {case.name} is {case.label.shape} and its photo {case.photo.shape[:2]}; they must agree"
        )
    return case
