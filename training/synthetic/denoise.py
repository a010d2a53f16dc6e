"""Intel's Open Image Denoise, through its C interface; without it pictures stay grainy, and the manifest says so."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.synthetic.missing import needs

CPU = 1
"""OIDN_DEVICE_TYPE_CPU."""

FLOAT3 = 3
"""OIDN_FORMAT_FLOAT3."""

Image = NDArray[np.float32]


@cache
def _library() -> ctypes.CDLL:
    with needs("oidn"):
        import importlib.util

        found = importlib.util.find_spec("oidn")
        if found is None or found.origin is None:
            raise ImportError("it is not installed")
    folder = next(Path(found.origin).parent.glob("lib.*"))
    ctypes.CDLL(str(next(folder.glob("libtbb.so.12*"))), mode=ctypes.RTLD_GLOBAL)
    library = ctypes.CDLL(str(next(folder.glob("libOpenImageDenoise.so*"))))
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    library.oidnNewDevice.restype, library.oidnNewDevice.argtypes = pointer, [ctypes.c_int]
    library.oidnSetDevice1i.argtypes = [pointer, ctypes.c_char_p, ctypes.c_int]
    library.oidnNewFilter.restype, library.oidnNewFilter.argtypes = pointer, [pointer, ctypes.c_char_p]
    library.oidnSetSharedFilterImage.argtypes = [pointer, ctypes.c_char_p, pointer, ctypes.c_int, *[size] * 5]
    library.oidnSetFilter1b.argtypes = [pointer, ctypes.c_char_p, ctypes.c_bool]
    for name in ("CommitDevice", "CommitFilter", "ExecuteFilter", "ReleaseFilter", "ReleaseDevice"):
        getattr(library, f"oidn{name}").argtypes = [pointer]
    library.oidnGetDeviceError.argtypes = [pointer, ctypes.POINTER(ctypes.c_char_p)]
    return library


@cache
def _device() -> int:
    library = _library()
    device = library.oidnNewDevice(CPU)
    library.oidnSetDevice1i(device, b"numThreads", 1)
    library.oidnSetDevice1i(device, b"setAffinity", 0)
    library.oidnCommitDevice(device)
    return device


def denoise(light: Image, albedo: Image, normals: Image) -> Image:
    """Remove the path tracer's noise from (H, W, 3) linear RGB, led by what the surfaces are and how they lie."""
    library, device = _library(), _device()
    height, width = light.shape[:2]
    result = np.zeros_like(light)
    images = {"color": light, "albedo": albedo, "normal": normals, "output": result}
    images = {name: np.ascontiguousarray(image, np.float32) for name, image in images.items()}
    chosen = library.oidnNewFilter(device, b"RT")
    for name, image in images.items():
        library.oidnSetSharedFilterImage(chosen, name.encode(), image.ctypes.data, FLOAT3, width, height, 0, 0, 0)
    library.oidnSetFilter1b(chosen, b"hdr", True)
    library.oidnCommitFilter(chosen)
    library.oidnExecuteFilter(chosen)
    library.oidnReleaseFilter(chosen)
    message = ctypes.c_char_p()
    if library.oidnGetDeviceError(device, ctypes.byref(message)):
        raise RuntimeError(f"the denoiser failed: {message.value!r}")
    return images["output"]
