"""What requests carry: each value has its type and its bounds, and anything unexpected is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(max_length=200)]
"""One line; a limit makes pydantic refuse half characters, too, which no JSON could give back."""

Pixel = Annotated[int, Field(ge=-(2**31), lt=2**31)]


class Body(BaseModel):
    """What a request carries; anything unexpected is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SignIn(Body):
    """Who wants to work."""

    name: Text
    password: Text = ""


class Question(Body):
    """A prompt, and the mask as it is now."""

    prompt: dict[str, Any]
    mask: str
    turn: int = Field(ge=0, le=2**53)


class Marks(Body):
    """A prompt that is kept."""

    points: list[list[Pixel]] = []
    box: list[Pixel] | None = None


class Act(Body):
    """One step of the work: a command or tool by its name, or what the assistant was asked."""

    name: Text
    prompt: Marks | None = None
    assistant: Text | None = None


class DraftBody(Body):
    """Unfinished work."""

    base: Text = ""
    """The id of the annotator's newest record of the photo when the work began; "" for none."""
    version: int = Field(ge=0, le=2**53)
    """Grows with every draft that a page sends."""
    mask: str
    drawn: str
    prompt: Marks
    seconds: float = Field(ge=0, allow_inf_nan=False)
    trail: list[Act] = Field(max_length=5000)
    pending: dict[Text, Text] | None = Field(None, max_length=10)


class SaveBody(Body):
    """An answer about a photo."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    verdict: Literal["accepted", "edited", "no_hand", "rejected"]
    mask: str
    sha256: str
    pixels: int = Field(ge=0)
    prompts: list[Act] = Field(max_length=2000)
    seconds: float = Field(ge=0, allow_inf_nan=False)


class ReviewBody(Body):
    """A reviewer's decision."""

    decision: Literal["approve", "send_back"]
    text: str = Field("", max_length=2000)
    x: int | None = None
    y: int | None = None


class KeepBody(Body):
    """A visitor's mask."""

    mask: str


class ContributeBody(KeepBody):
    """A visitor's photo and mask, given away, and what led to the mask."""

    consent: str = Field(max_length=2000)
    prompts: list[Act] = Field([], max_length=2000)
    seconds: float = Field(0, ge=0, allow_inf_nan=False)
