"""Starts the app: python app.py, then open http://127.0.0.1:7860. A Hugging Face Space runs this file, too."""

from __future__ import annotations

import os
import signal
import sys

from annotation.pages import Pages
from handseg.demo.handlers import Demo
from handseg.demo.look import CSS, ICON, TITLE, WORDS, theme
from handseg.demo.page import LARGEST_UPLOAD, build_page
from handseg.demo.visitors import visitors_folder
from handseg.errors import HandsegError
from handseg.settings import Settings
from training.pages import MODELS_CSS, add_models_page


def main() -> None:
    """Serve the page until interrupted or terminated; what visitors left on disk is then deleted."""
    settings = Settings.from_environment()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with visitors_folder(settings.home) as folder:
        os.environ["GRADIO_TEMP_DIR"] = str(folder)
        demo = Demo(settings)  # first, as a wrong setting ends the app here, before anything else has begun
        annotation = Pages(settings)
        page = build_page(demo, annotation.repair)
        annotation.add_to(page)
        add_models_page(page, settings, annotation.door)
        with annotation.publishing():
            page.launch(
                theme=theme(),
                css=CSS + annotation.css + MODELS_CSS,
                js=TITLE,
                favicon_path=ICON,
                i18n=WORDS,
                max_file_size=LARGEST_UPLOAD,
                ssr_mode=False,
                footer_links=["api"],
                app_kwargs={"routes": annotation.routes},
                _frontend=False,  # gradio would end an app that a busy machine kept from answering itself in 3 seconds
            )


if __name__ == "__main__":
    try:
        main()
    except HandsegError as error:
        sys.exit(f"error: {error}")
