"""How the app looks, on all of its pages."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

HERE = Path(__file__).parent
CSS = (HERE / "page.css").read_text(encoding="utf-8")
TITLE = (HERE / "title.js").read_text(encoding="utf-8")
ICON = HERE / "icon.svg"

NAME_IN_NAVIGATION = "Demo"

DROP = "Drop or paste a photo here, or click to choose one"
WORDS = gr.I18n(en={"common.complete": "Done", "image.drop_to_upload": DROP})
"""Gradio tells screen readers the name of the first instead of a word, and calls the second other than it looks."""


def theme() -> gr.themes.Default:
    """Calm, and without fonts from elsewhere, so that the page is complete offline."""
    calm = gr.themes.Default(
        primary_hue="teal",
        neutral_hue="slate",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    # Gradio's own stand out less from their ground; WCAG 2.2 wants 4.5 : 1 of text (1.4.3), of controls 3 : 1 (1.4.11).
    return calm.set(
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
        block_info_text_color="*neutral_500",
        block_info_text_color_dark="*neutral_400",
        checkbox_border_color="*neutral_500",
        checkbox_border_color_dark="*neutral_400",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
    )
