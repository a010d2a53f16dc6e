"""Starts the app: python app.py, then open http://127.0.0.1:7860. A Hugging Face Space runs this file, too."""

from __future__ import annotations

import sys

from handseg.demo.page import CSS, LARGEST_UPLOAD, build_page, theme
from handseg.errors import HandsegError
from handseg.settings import Settings


def main() -> None:
    """Serve the page until interrupted."""
    try:
        page = build_page(Settings.from_environment())
    except HandsegError as error:
        sys.exit(f"error: {error}")
    page.launch(theme=theme(), css=CSS, max_file_size=LARGEST_UPLOAD, ssr_mode=False, footer_links=["api"])


if __name__ == "__main__":
    main()
