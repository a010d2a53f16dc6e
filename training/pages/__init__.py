"""The maintainers' page: how the dataset grows, what was trained, what is better, and what the app shall use."""

from training.pages.page import MODELS_CSS, Door, add_models_page

__all__ = ["MODELS_CSS", "Door", "add_models_page"]
