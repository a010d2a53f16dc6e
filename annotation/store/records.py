"""What the store keeps, as frozen values. Each refuses what cannot be stored, and all times are aware and in UTC."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from annotation.errors import RecordError
from annotation.store.files import is_name

VERDICTS = ("accepted", "edited", "no_hand", "rejected")
DECISIONS = ("approve", "send_back")
VISITOR = "visitor"
"""Whose name the records of the demo's visitors bear; nobody signs in by it."""
IMPORT = "import"
"""Whose name the records of masks bear that people had already; nobody signs in by it."""
RESERVED = {VISITOR: "the visitors of the demo", IMPORT: "masks that were imported"}
"""The names by which nobody signs in, and what they stand for."""

LONGEST_NAME = 60
LONGEST_COMMENT = 2000
LONGEST_PROMPTS = 1_000_000
LONGEST_DRAFT = 40_000_000

# PostgreSQL keeps no NUL and neither database a lone surrogate; no name or comment needs other control characters.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class StoredPhoto:
    """A photo that was taken in."""

    photo_id: str
    file: str
    """Its name in `Store.photos`."""
    height: int
    width: int
    phash: str
    alike: str = ""
    """The photo_id of the first photo of its cluster of near-duplicates; "" for that first one."""
    group_id: str
    """Photos of one group stay together when photos are split for training."""
    source: str
    licence: str
    consent: str = ""
    """The sentence that the giver of the photo consented to, or ""."""
    added_at: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        _check_hex("photo_id", self.photo_id, 64)
        _check_hex("phash", self.phash, 16)
        if self.alike:
            _check_hex("alike", self.alike, 64)
        _check_file("file", self.file)
        _check_whole("height", self.height, 1)
        _check_whole("width", self.width, 1)
        for name, text in (("group_id", self.group_id), ("source", self.source), ("licence", self.licence)):
            check_line(name, text)
        check_text("consent", self.consent, LONGEST_COMMENT)


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is asked about a photo: whether the model's mask is right."""

    photo_id: str
    model_mask: str
    """Its name in `Store.masks`."""
    model_id: str
    doubt: float
    """How much the photo is worth asking about, 0 to 1."""
    reason: str
    """Why, for the annotator."""
    state: str = "open"
    """"open" or "done"."""
    again: bool = False
    """Asked a second time, of another annotator, to measure how well people agree."""
    note: str = ""
    """The reviewer's words when the work was sent back."""

    def __post_init__(self) -> None:
        _check_hex("photo_id", self.photo_id, 64)
        _check_file("model_mask", self.model_mask)
        check_text("model_id", self.model_id, 200, least=1)
        check_text("reason", self.reason, LONGEST_COMMENT)
        _check_share("doubt", self.doubt)


@dataclass(frozen=True, kw_only=True)
class Record:
    """One annotator's answer about one photo."""

    id: str
    """32 hex digits, chosen by the browser, so that a save can be repeated when its answer was lost."""
    photo_id: str
    verdict: str
    """One of `VERDICTS`."""
    mask: str
    """Its name in `Store.masks`; "" only for a rejected photo."""
    pixels: int
    """Of hand."""
    model_mask: str
    model_id: str
    iou_model_human: float
    prompts: str
    """JSON."""
    assistant: str
    seconds: float
    """Of work on it, in the browser; a pause counts 30 at most."""
    annotator: str
    created_at: datetime = field(default_factory=now)
    supersedes: str = ""
    """The id of the same annotator's earlier record of the photo; the store fills it in, as it does all below."""
    again: bool = False
    """Whether this is the second answer that was asked for to measure agreement."""
    state: str = "waiting"
    """"waiting", "approved" or "sent_back"; what `IMPORT` brings is finished work, and approved at once."""
    reviewer: str = ""

    def __post_init__(self) -> None:
        _check_hex("id", self.id, 32)
        _check_hex("photo_id", self.photo_id, 64)
        check_choice("verdict", self.verdict, VERDICTS)
        if self.mask or self.verdict != "rejected":
            _check_file("mask", self.mask)
        _check_file("model_mask", self.model_mask)
        check_annotator(self.annotator)
        check_text("prompts", self.prompts, LONGEST_PROMPTS)
        for name, text in (("model_id", self.model_id), ("assistant", self.assistant)):
            check_text(name, text, 200)
        _check_share("iou_model_human", self.iou_model_human)
        if not (math.isfinite(self.seconds) and self.seconds >= 0):
            raise RecordError(f"seconds are {self.seconds}; they are 0 or more")
        _check_whole("pixels", self.pixels, 0)


@dataclass(frozen=True)
class Remark:
    """A reviewer's decision about a record, and where in the photo it points to, if anywhere."""

    id: int
    record_id: str
    reviewer: str
    decision: str
    """One of `DECISIONS`."""
    text: str
    x: int | None
    y: int | None
    created_at: datetime


@dataclass(frozen=True)
class Draft:
    """Unfinished work on a photo, as the browser sent it."""

    photo_id: str
    annotator: str
    content: bytes
    updated_at: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        _check_hex("photo_id", self.photo_id, 64)
        check_annotator(self.annotator)
        if len(self.content) > LONGEST_DRAFT:
            raise RecordError(f"the draft has {len(self.content)} bytes; at most {LONGEST_DRAFT} are kept, so save it")


@dataclass(frozen=True)
class Counts:
    """How far the work is. Records count unless a later one of the same annotator supersedes them."""

    photos: int
    open: int
    claimed: int
    done: int
    waiting: int
    approved: int
    sent_back: int


@dataclass(frozen=True)
class Tally:
    """One annotator's work: how many records, by verdict, and the median of their seconds."""

    annotator: str
    records: int
    accepted: int
    edited: int
    no_hand: int
    rejected: int
    median_seconds: float


def check_annotator(name: str) -> None:
    """Refuse, with RecordError, what is no name of an annotator or reviewer."""
    check_text("the name", name, LONGEST_NAME, least=1)
    if "\t" in name or "\n" in name:
        raise RecordError(f"the name {name!r} has a tab or a line break; write it in one line")
    if name != name.strip():
        raise RecordError(f"the name {name!r} begins or ends with a space; leave it out")


def check_text(what: str, text: str, most: int, least: int = 0) -> None:
    """Refuse, with RecordError, a text that is too short, too long, or has characters that cannot be stored."""
    if not isinstance(text, str):
        raise RecordError(f"{what} is a text, not {type(text).__name__}")
    if not least <= len(text) <= most:
        raise RecordError(f"{what} has {len(text)} characters; give {least} to {most}")
    if found := _UNFIT.search(text):
        raise RecordError(f"{what} has the character {found[0]!r}, which cannot be stored; leave it out")


def check_line(what: str, text: str) -> None:
    """Refuse, with RecordError, what is not one line of 1 to 500 characters without tabs."""
    check_text(what, text, 500, least=1)
    if "\n" in text or "\t" in text:
        raise RecordError(f"{what} {text!r} has a tab or a line break; write it in one line")


def check_choice(what: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse, with RecordError, a value that is not one of the `known`."""
    if value not in known:
        raise RecordError(f"the {what} is {value!r}; choose from: {', '.join(known)}")


def is_hex(value: object, digits: int) -> bool:
    """Whether `value` is a text of so many hex digits, as ids are."""
    return isinstance(value, str) and re.fullmatch(f"[0-9a-f]{{{digits}}}", value) is not None


def _check_hex(what: str, value: str, digits: int) -> None:
    if not is_hex(value, digits):
        raise RecordError(f"{what} is {value!r:.100}; it is {digits} hex digits")


def _check_file(what: str, name: str) -> None:
    if not isinstance(name, str) or not is_name(name):
        raise RecordError(f"{what} is {name!r:.100}; it is the name of a stored file, <sha256>.png or .jpg")


def _check_whole(what: str, value: int, least: int) -> None:
    # NumPy's whole numbers are none that a database takes.
    if type(value) is not int or not least <= value < 2**31:
        raise RecordError(f"{what} is {value!r:.100}; it is a whole number (int) from {least} to {2**31 - 1}")


def _check_share(what: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise RecordError(f"{what} is {value}; it is a number from 0 to 1")
