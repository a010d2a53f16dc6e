"""Makes docs/photos.md from the unpacked package of GCompris: python -m docs.list_photos FOLDER"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from training.sources.gcompris import credits_of

HERE = Path(__file__).parent
ABOUT = """\
# Photos without hands, and who took them

These photos show animals, fishes, things and monuments. They come from [GCompris](https://gcompris.net), a game for
children, and teach a model what is no hand:

```sh
apt-get download gcompris-qt-data && dpkg -x gcompris-qt-data_*.deb FOLDER     # version 3.1-2
.venv/bin/python -m training import gcompris FOLDER --output photos
.venv/bin/python -m docs.list_photos FOLDER                                    # makes this page
```

The photos themselves are not in this repository. Only photos under CC0, CC-BY or CC-BY-SA, or in the public domain, are
taken, and none that shows a hand or a person. GCompris has scaled most of them, and cropped some. If you give others
weights that learned from these photos, give them this page, too.

"""


def main(folder: str) -> None:
    """A row for each photo that is imported."""
    rows = [
        ("photo", "author", "licence", "page"),
        ("---", "---", "---", "---"),
        *((name, author, licence, _link(page)) for name, author, licence, page in credits_of(folder)),
    ]
    lines = [f"| {' | '.join(row)} |\n" for row in rows]
    (HERE / "photos.md").write_text(ABOUT + "".join(lines), encoding="utf-8")


def _link(page: str) -> str:
    """A page of Wikimedia Commons by the title of its file, another one by its site."""
    parts = urlsplit(page)
    title = unquote(parts.path.partition("File:")[2]).replace("_", " ") or parts.netloc
    return f"[{title}](<{page}>)" if page else ""


if __name__ == "__main__":
    main(*sys.argv[1:])
