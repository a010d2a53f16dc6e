"""The only module that knows Mitsuba: a scene in, light, hand coverage and opacity out.

All surfaces are meshes with one and the same kind of material, so that DrJit compiles its kernels once per process and
not once per scene. Each process renders in one thread: then the same scene gives the same bits.
"""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.synthetic.denoise import denoise
from training.synthetic.missing import needs
from training.synthetic.scene import Camera, Material, Mesh, Scene

OLDEST_LLVM = 16
"""DrJit ends the process with LLVM 14 and 15: "Cannot select ... fminimum"."""

DEPTH = 5
"""Bounces of light."""

HAND_AT = 100.0
"""Hands tell how far past the wrist they are, in u above this; the u of textures stays far below."""

GUIDE_SAMPLES = 4
"""Rays through each pixel for the colours and normals that lead the denoiser."""


@dataclass(frozen=True)
class Rendered:
    """What the camera received, all (H, W) or (H, W, 3) float32."""

    light: NDArray[np.float32]
    """Linear RGB of what is opaque, premultiplied by `opacity`."""
    opacity: NDArray[np.float32]
    hand: NDArray[np.float32]
    """The share of each pixel in which a hand is what one sees."""


@cache
def mitsuba() -> Any:
    """Mitsuba, with the fastest variant that works here. Raises MissingError without it."""
    library = _llvm()
    if library:
        os.putenv("DRJIT_LIBLLVM_PATH", library)
    with needs("mitsuba"):
        import drjit
        import mitsuba as mi
    mi.set_variant("llvm_ad_rgb" if library else "scalar_rgb")
    mi.set_log_level(mi.LogLevel.Error)
    drjit.set_thread_count(1)
    return mi


def _llvm() -> str | None:
    """The newest LLVM that DrJit can work with, or None: then rendering takes twice as long."""
    found = {}
    for path in glob.glob("/usr/lib/*/libLLVM*.so*") + glob.glob("/usr/lib/llvm-*/lib/libLLVM*.so*"):
        version = re.search(r"libLLVM(?:-|\.so\.)(\d+)", path)
        if version and int(version[1]) >= OLDEST_LLVM:
            found[int(version[1])] = path
    return found[max(found)] if found else None


def coverage(scene: Scene, size: int, loaded: Any = None) -> NDArray[np.float32]:
    """Which pixels are hand, (size, size), by one ray through each: a quick look."""
    return _coverage(loaded or load(scene), scene, size, 1)


def render(scene: Scene, size: int, samples: int, loaded: Any = None) -> Rendered:
    """Trace `samples` paths through each pixel of a (size, size) picture and remove their noise."""
    loaded = loaded or load(scene)
    sensor = _sensor(scene.camera, size, "rgba", lens=True)
    path = {"type": "path", "max_depth": DEPTH, "hide_emitters": scene.backdrop is not None}
    layers = _layers(loaded, sensor, path, samples)
    guides = _layers(loaded, sensor, {"type": "aov", "aovs": "albedo:albedo,normals:sh_normal"}, GUIDE_SAMPLES)
    light = denoise(layers[..., :3].clip(0, 1e3), guides[..., -6:-3].clip(0, 1), guides[..., -3:])
    return Rendered(light, layers[..., 3].clip(0, 1), _coverage(loaded, scene, size, 2))


def _layers(loaded: Any, sensor: Any, integrator: dict[str, Any], samples: int) -> NDArray[np.float32]:
    mi = mitsuba()
    # The seed is the same for all scenes: it is compiled into the kernel, which would have to be compiled anew.
    layers = mi.render(loaded, sensor=sensor, integrator=mi.load_dict(integrator), spp=samples, seed=0)
    return np.nan_to_num(np.array(layers, dtype=np.float32), posinf=0)


def load(scene: Scene) -> Any:
    """The scene as Mitsuba holds it."""
    mi = mitsuba()
    sky = {
        "type": "envmap",
        "bitmap": mi.Bitmap(np.ascontiguousarray(scene.sky, np.float32)),
        "to_world": mi.ScalarTransform4f().rotate([1, 0, 0], 90),
    }
    shapes = {f"m{number:04d}": _shape(mesh, number) for number, mesh in enumerate(scene.meshes)}
    return mi.load_dict({"type": "scene", "sky": sky, **shapes})


def _coverage(loaded: Any, scene: Scene, size: int, detail: int) -> NDArray[np.float32]:
    if all(mesh.past_wrist is None for mesh in scene.meshes):
        return np.zeros((size, size), np.float32)
    sensor = _sensor(scene.camera, size * detail, "luminance", lens=False)
    layers = _layers(loaded, sensor, {"type": "aov", "aovs": "uv:uv"}, samples=1)
    hand = layers[..., -2] > HAND_AT
    return hand.reshape(size, detail, size, detail).mean(axis=(1, 3), dtype=np.float32)


def _sensor(camera: Camera, size: int, pixels: str, lens: bool) -> Any:
    mi = mitsuba()
    position, target, up = (each.tolist() for each in (camera.position, camera.target, camera.up))
    return mi.load_dict(
        {
            "type": "thinlens",
            "aperture_radius": max(camera.aperture, 1e-5) if lens else 1e-7,
            "focus_distance": camera.focus,
            "fov": camera.fov,
            "near_clip": 0.01,
            "to_world": mi.ScalarTransform4f().look_at(position, target, up),
            "film": {
                "type": "hdrfilm",
                "width": size,
                "height": size,
                "pixel_format": pixels,
                "rfilter": {"type": "box"},
            },
        }
    )


def _shape(mesh: Mesh, number: int) -> Any:
    mi = mitsuba()
    properties = mi.Properties()
    properties["mesh_bsdf"] = mi.load_dict(_bsdf(mesh.material, mesh.colours is not None))
    if mesh.light:
        radiance = {"type": "rgb", "value": [mesh.light] * 3}
        properties["mesh_emitter"] = mi.load_dict({"type": "area", "radiance": radiance})
    uv = mesh.uv
    if mesh.past_wrist is not None:
        uv = np.stack([mesh.past_wrist + HAND_AT, np.zeros_like(mesh.past_wrist)], axis=1)
    # Mitsuba counts v from a bitmap's first row.
    uv = np.zeros((len(mesh.vertices), 2)) if uv is None else uv * (1, -1) + (0, 1)
    smooth = mesh.normals is not None
    shape = mi.Mesh(
        f"m{number:04d}", len(mesh.vertices), len(mesh.faces), has_vertex_normals=smooth, has_vertex_texcoords=True,
        props=properties,
    )  # fmt: skip
    if mesh.colours is not None:
        shape.add_attribute("vertex_color", 3, np.ascontiguousarray(mesh.colours, np.float32).ravel())
    traversed = mi.traverse(shape)
    traversed["vertex_positions"] = np.ascontiguousarray(mesh.vertices, np.float32).ravel()
    traversed["faces"] = np.ascontiguousarray(mesh.faces, np.uint32).ravel()
    traversed["vertex_texcoords"] = np.ascontiguousarray(uv, np.float32).ravel()
    if smooth:
        traversed["vertex_normals"] = np.ascontiguousarray(mesh.normals, np.float32).ravel()
    traversed.update()
    shape.set_id(f"m{number:04d}")
    return shape


def _bsdf(material: Material, coloured: bool) -> dict[str, Any]:
    mi = mitsuba()
    if coloured:
        colour = {"type": "mesh_attribute", "name": "vertex_color"}
    else:
        colour = {
            "type": "bitmap",
            "bitmap": mi.Bitmap(np.ascontiguousarray(material.texture, np.float32)),
            "raw": True,
        }
    return {
        "type": "twosided",
        "inner": {
            "type": "principled",
            "base_color": colour,
            "roughness": float(material.roughness),
            "specular": float(material.specular),
            "flatness": float(material.flatness),
            "sheen": float(material.sheen),
        },
    }
