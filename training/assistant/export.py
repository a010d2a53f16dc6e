"""From a run to the folder that the app opens: `model.onnx` and its card, so that it stays small."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import nn

from handseg.assistants import HAND
from handseg.assistants.guidance import PICTURES
from handseg.assistants.hand import OnnxPromptableEngine, PromptableEngine
from handseg.models.prompted_unet import PromptedUNet
from handseg.weights import ONNX, Card, Weights
from training.export import averaged_network, card_of_run
from training.export.agreement import largest_gap, noises, refuse_gap
from training.export.folder import write_whole_folder
from training.export.programs import trace, write_onnx
from training.running.engine import NetworkEngine

INPUTS = ("photos", "prompts")


def export(run: Path, folder: Path, name: str = HAND, side: int | None = None) -> Weights:
    """Package the best averaged weights of a run; replaces `folder` as a whole.

    The network sees about `side` x `side` pixels of a window, by default as many as when it was trained.

    Raises:
        RunError: there is no run, or it was never measured.
        ExportError: ONNX Runtime and torch disagree, or `folder` holds something else.
    """
    network, about = averaged_network(run, lambda _: PromptedUNet(PICTURES))
    card = card_of_run(name, about, zoom=False)
    return write(network, replace(card, side=side) if side else card, folder)


def write(network: nn.Module, card: Card, folder: Path) -> Weights:
    """Write the weights folder of a promptable network; raises as `export`."""
    network.eval()
    program = trace(network, channels=(3, PICTURES))
    return write_whole_folder(
        card,
        folder,
        fill=lambda partial: write_onnx(program, partial / ONNX, INPUTS),
        check=lambda weights: check_agreement(network, weights),
    )


def check_agreement(network: nn.Module, weights: Weights) -> None:
    """Refuse, with ExportError, a file that gives other probabilities than the network."""
    refuse_gap(difference(NetworkEngine(network), OnnxPromptableEngine(weights)), "ONNX Runtime", weights)


def difference(first: PromptableEngine, second: PromptableEngine) -> float:
    """The largest difference of two engines' probabilities on noise; NaN if one of them answers that."""
    rng = np.random.default_rng(0)
    asked = [(noise, (rng.random((1, PICTURES, *noise.shape[2:])) < 0.3).astype(np.float32)) for noise in noises(rng)]
    return largest_gap((first.logits(*each), second.logits(*each)) for each in asked)
