"""What an annotator gives an assistant: points on the hand or beside it, and a box around the hand.

Prompts come from a browser, so each value is refused at the door unless it is what it should be.
"""

from __future__ import annotations

from dataclasses import dataclass
from reprlib import repr as shortened

from handseg.errors import HandsegError
from handseg.photos import MAX_PIXELS

MOST_POINTS = 200

FARTHEST = MAX_PIXELS
"""No photo has a pixel beyond this index."""


class PromptError(HandsegError):
    """A prompt is not one, or does not fit its photo."""


@dataclass(frozen=True)
class Point:
    """A pixel, by its column `x` and row `y`; `label` 1 says that it is hand, 0 that it is not."""

    x: int
    y: int
    label: int

    def __post_init__(self) -> None:
        _check_pixels("a point", (self.x, self.y))
        if type(self.label) is not int or self.label not in (0, 1):
            raise PromptError(f"the label of a point is {_shown(self.label)}; give 1 for hand, 0 for not hand")


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels that holds the hand: from (left, top) to before (right, bottom), never empty."""

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        _check_pixels("a box", self.corners)
        if self.left >= self.right or self.top >= self.bottom:
            raise PromptError(f"the box {self.corners} is empty; give left < right and top < bottom")

    @property
    def corners(self) -> tuple[int, int, int, int]:
        """As left, top, right, bottom."""
        return self.left, self.top, self.right, self.bottom


@dataclass(frozen=True)
class Prompt:
    """Points in the order in which they were given, and at most one box; neither is a prompt too, and False."""

    points: tuple[Point, ...] = ()
    box: Box | None = None

    def __bool__(self) -> bool:
        return bool(self.points) or self.box is not None

    def check_inside(self, height: int, width: int) -> None:
        """Refuse a prompt of which a part lies outside a (height, width) photo, with PromptError."""
        for point in self.points:
            if not (0 <= point.x < width and 0 <= point.y < height):
                raise PromptError(f"the point ({point.x}, {point.y}) lies outside {_photo(height, width)}")
        box = self.box
        if box and not (box.left >= 0 and box.top >= 0 and box.right <= width and box.bottom <= height):
            raise PromptError(f"the box {box.corners} reaches outside {_photo(height, width)}")

    def to_json(self) -> dict[str, object]:
        """As plain lists and numbers: `{"points": [[x, y, label], ...], "box": [left, top, right, bottom] | None}`."""
        points = [[point.x, point.y, point.label] for point in self.points]
        return {"points": points, "box": list(self.box.corners) if self.box else None}

    @classmethod
    def from_json(cls, value: object) -> Prompt:
        """The way back from `to_json`, for parsed JSON that nobody has checked; raises PromptError.

        >>> Prompt.from_json({"points": [[3, 4, 1]], "box": None})
        Prompt(points=(Point(x=3, y=4, label=1),), box=None)
        """
        if not isinstance(value, dict):
            raise PromptError(f"a prompt is an object with points and a box, not {_shown(value)}")
        points, box = value.get("points", []), value.get("box")
        if not isinstance(points, list):
            raise PromptError(f"the points of a prompt are a list, not {_shown(points)}")
        if len(points) > MOST_POINTS:
            raise PromptError(f"the prompt has {len(points)} points, and the most is {MOST_POINTS}; begin a new prompt")
        return cls(
            points=tuple(Point(*_numbers("a point", each, 3)) for each in points),
            box=None if box is None else Box(*_numbers("a box", box, 4)),
        )


def _numbers(name: str, value: object, count: int) -> list[int]:
    """`count` whole numbers; a whole float is one, as JSON does not tell 3.0 from 3."""
    if not isinstance(value, list) or len(value) != count:
        raise PromptError(f"{name} is a list of {count} whole numbers, not {_shown(value)}")
    return [int(each) if isinstance(each, float) and each.is_integer() else each for each in value]


def _check_pixels(name: str, numbers: tuple[int, ...]) -> None:
    for each in numbers:
        if type(each) is not int:
            raise PromptError(f"{name} is made of whole numbers of pixels, not {_shown(each)}")
        if not -FARTHEST <= each <= FARTHEST:
            raise PromptError(f"{name} lies more than {FARTHEST} pixels away; no photo is that large")


def _shown(value: object) -> str:
    """What came, short enough for a message, however much it was."""
    return f"{shortened(value):.60}"


def _photo(height: int, width: int) -> str:
    return f"the photo of {width} x {height} pixels"
