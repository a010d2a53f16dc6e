"""Small pieces of HTML; all text is escaped here and nowhere else."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from markupsafe import Markup, escape
from PIL import Image

Html = str
"""What is a `Markup` is taken as it is, all else is text."""


def element(tag: str, *inside: Html, kind: str = "") -> Markup:
    """An element with text or other elements in it.

    >>> element("p", "1 < 2", kind="note")
    Markup('<p class="note">1 &lt; 2</p>')
    """
    named = Markup(' class="{}"').format(kind) if kind else Markup()
    return Markup("<{}{}>{}</{}>").format(Markup(tag), named, joined(inside), Markup(tag))


def joined(parts: Iterable[Html]) -> Markup:
    """One after the other."""
    return Markup().join(escape(part) for part in parts)


def table(heads: Sequence[str], rows: Iterable[Sequence[Html]], kind: str = "") -> Markup:
    """A table that is moved sideways where it does not fit; the first cell of each row names it."""
    top = element("tr", *(Markup('<th scope="col">{}</th>').format(head) for head in heads))
    body = [
        element("tr", Markup('<th scope="row">{}</th>').format(first), *(element("td", cell) for cell in rest))
        for first, *rest in rows
    ]
    inside = element("table", element("thead", top), element("tbody", *body))
    return Markup('<div class="scrolled {}" tabindex="0" role="group">{}</div>').format(kind, inside)


def items(texts: Iterable[Html]) -> Markup:
    """A list."""
    return element("ul", *(element("li", text) for text in texts))


def moment(text: str | datetime) -> Markup:
    """A moment in UTC, short; as ISO 8601 for machines."""
    at = datetime.fromisoformat(text) if isinstance(text, str) else text
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), f"{at:%Y-%m-%d %H:%M}")


def picture(path: Path, says: str, caption: Html = "") -> Markup:
    """A picture of a file within the page itself, so that nobody gets it who has not signed in; "" if it is gone.

    PNGs of photos are made smaller on the way.
    """
    try:
        content, kind = _compact(path.read_bytes(), path.suffix)
    except OSError:
        return Markup()
    address = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    shown = Markup('<img src="{}" alt="{}">').format(address, says)
    return element("figure", shown, element("figcaption", caption) if caption else "")


def _compact(content: bytes, suffix: str) -> tuple[bytes, str]:
    if suffix != ".png":
        return content, "jpeg"
    file = io.BytesIO()
    Image.open(io.BytesIO(content)).convert("RGB").save(file, "WEBP", quality=88)
    return file.getvalue(), "webp"
