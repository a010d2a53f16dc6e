"""From a trained network to a weights folder: files for every engine, checked against each other, and their card.

`export` writes safetensors and ONNX, and a program if asked; `add_int8` adds a twin in 8 bits, if that costs next to
nothing.
"""

from training.export.agreement import ExportError
from training.export.cards import averaged_network, card_of_run, new_card, rewrite_card
from training.export.folder import export
from training.export.twin import add_int8

__all__ = ["ExportError", "add_int8", "averaged_network", "card_of_run", "export", "new_card", "rewrite_card"]
