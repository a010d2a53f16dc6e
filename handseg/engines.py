"""What runs a network: ONNX Runtime on a CPU, torch on a GPU; the same answers from each kind of file."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from handseg.errors import SettingError, WeightsError
from handseg.weights import INT8, ONNX, PROGRAM, SAFETENSORS, Weights

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Tensor = NDArray[np.float32]


class Engine(Protocol):
    """A network that is ready to answer."""

    device: str
    """`cpu` or `cuda`."""

    def logits(self, photos: Tensor) -> Tensor:
        """Normalised photos, (B, 3, H, W), to hand logits, (B, 1, H, W); H and W are multiples of 32."""
        ...


class OnnxEngine:
    """ONNX Runtime on the CPU. `threads` 0 means one per core; `file` may also be the twin in 8 bits."""

    device = "cpu"

    def __init__(self, weights: Weights, threads: int = 0, file: str = ONNX) -> None:
        self._session = start_session(weights.read(file), weights.folder / file, threads)
        inputs = [each.name for each in self._session.get_inputs()]
        if len(inputs) != 1:
            raise WeightsError(
                f"{weights.folder} finds no hands by itself, as it takes {', '.join(inputs)}; if it is an assistant, "
                "name it by HANDSEG_ASSISTANT"
            )
        self._input = inputs[0]

    def logits(self, photos: Tensor) -> Tensor:
        """See `Engine.logits`."""
        return self._session.run(None, {self._input: photos})[0]


class TorchEngine:
    """Torch, on a GPU, or where there is no ONNX file on the CPU."""

    def __init__(self, weights: Weights, device: str = "cpu") -> None:
        import safetensors.torch
        import torch

        from handseg.models import build_model

        if device == "cuda" and not torch.cuda.is_available():
            raise SettingError("there is no CUDA GPU that torch can use here; choose the device 'cpu' or 'auto'")
        self.device = device
        self._network = build_model(weights.card.architecture)
        content = weights.read(SAFETENSORS)
        try:
            self._network.load_state_dict(safetensors.torch.load(content))
        except (RuntimeError, ValueError, safetensors.SafetensorError) as error:
            raise WeightsError(
                f"{weights.folder / SAFETENSORS} does not fit the architecture {weights.card.architecture}: {error}"
            ) from error
        self._network.eval().to(device)
        # TensorFloat-32 keeps ten bits: too few for the same answers as on the CPU.
        torch.backends.cudnn.allow_tf32 = False

    def logits(self, photos: Tensor) -> Tensor:
        """See `Engine.logits`."""
        import torch

        with torch.inference_mode():
            return self._network(torch.from_numpy(photos).to(self.device)).float().cpu().numpy()


class ProgramEngine:
    """Torch on the CPU, running the network as a program, without knowing its architecture.

    A program is code: whoever wrote it can do what you can do. So `start_engine` never takes one from a folder by
    itself; it is for programs of one's own.
    """

    device = "cpu"

    def __init__(self, weights: Weights) -> None:
        import torch

        content = weights.read(PROGRAM)
        try:
            self._network = torch.export.load(io.BytesIO(content)).module()
        except Exception as error:  # a damaged archive makes torch raise nearly every kind of exception
            raise WeightsError(f"torch cannot load {weights.folder / PROGRAM}: {error}") from error

    def logits(self, photos: Tensor) -> Tensor:
        """See `Engine.logits`."""
        import torch

        with torch.inference_mode():
            return self._network(torch.from_numpy(photos)).numpy()


def start_session(content: bytes, path: Path, threads: int = 0) -> InferenceSession:
    """ONNX Runtime on the CPU, ready to run the network in `content`; raises WeightsError, naming `path`."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Waiting threads that spin take the cores from everyone else, the web server included.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own exceptions have no common public base
        raise WeightsError(f"ONNX Runtime cannot load {path}: {error}") from error


def start_engine(weights: Weights, device: str = "auto", threads: int = 0) -> Engine:
    """The engine for `device`: auto takes torch where there is a GPU that it can use, and ONNX Runtime elsewhere.

    ONNX Runtime gets the file that the card says, or else the one that is there.

    Raises WeightsError for files that do not fit their card, SettingError for a GPU that is asked for and not there.
    """
    if device == "cuda" or (device == "auto" and weights.has(SAFETENSORS) and _gpu_is_usable()):
        return TorchEngine(weights, "cuda")
    file = next((file for file in (weights.card.serves, ONNX, INT8) if weights.has(file)), None)
    return OnnxEngine(weights, threads, file) if file else TorchEngine(weights)


def _gpu_is_usable() -> bool:
    # Importing torch takes seconds: only where a driver is installed is it worth asking.
    if not shutil.which("nvidia-smi"):
        return False
    import torch

    return torch.cuda.is_available()
