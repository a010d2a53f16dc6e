"""The only module that knows Mitsuba: a scene in, light, hand coverage and opacity out.

All surfaces are meshes with one and the same kind of material, and scenes have few forms (see `uniform`), so that DrJit
compiles few kernels. Each process renders in one thread: then the same scene gives the same bits.
"""

from __future__ import annotations

import gc
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
from training.synthetic.scene import Camera, Mesh, Scene
from training.synthetic.uniform import Painted, by_surface, painted, rounded_up

OLDEST_LLVM = 16
"""DrJit ends the process with LLVM 14 and 15: "Cannot select ... fminimum"."""

DEPTH = 5
"""Bounces of light."""

HAND_AT = 100.0
"""Hands tell how far past the wrist they are, in u above this; the u of textures stays far below."""

PAINT = ("color", "roughness", "flatness")
"""What painted surfaces have at their vertices."""

LEAST = 1e-4
"""Of what materials may lack: Mitsuba leaves out what is exactly zero, and the scene would have another form."""

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
    gc.collect()  # surfaces of the scene before, while they are there, are compiled into this one's kernels
    sky = {
        "type": "envmap",
        "bitmap": mi.Bitmap(np.ascontiguousarray(scene.sky, np.float32)),
        "to_world": mi.ScalarTransform4f().rotate([1, 0, 0], 90),
    }
    lamps = [mesh for mesh in scene.meshes if mesh.light]
    coloured, textured = by_surface(mesh for mesh in scene.meshes if not mesh.light)
    surfaces = [_painted_shape(painted(coloured)), *map(_textured_shape, [*rounded_up(textured), *lamps])]
    shapes = {f"m{number:04d}": surface for number, surface in enumerate(surfaces)}
    return mi.load_dict({"type": "scene", "sky": sky, **shapes}, parallel=False)


def _coverage(loaded: Any, scene: Scene, size: int, detail: int) -> NDArray[np.float32]:
    if all(mesh.past_wrist is None for mesh in scene.meshes):
        return np.zeros((size, size), np.float32)
    sensor = _sensor(scene.camera, size * detail, "luminance", lens=False)
    layers = _layers(loaded, sensor, {"type": "aov", "aovs": "uv:uv"}, samples=1)
    hand = layers[..., -2] > HAND_AT
    return hand.reshape(size, detail, size, detail).mean(axis=(1, 3), dtype=np.float32)


def _sensor(camera: Camera, size: int, pixels: str, lens: bool) -> Any:
    mi = mitsuba()
    import drjit

    position, target, up = (each.tolist() for each in (camera.position, camera.target, camera.up))
    sensor = mi.load_dict(
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
    # Numbers that the compiler knew would be compiled into the kernel, and need a new one for each scene.
    values = mi.traverse(sensor)
    for name in ("aperture_radius", "focus_distance"):
        unknown = mi.Float(values[name])
        drjit.make_opaque(unknown)
        values[name] = unknown
    values.update()
    return sensor


def _painted_shape(surface: Painted) -> Any:
    colour, roughness, flatness = ({"type": "mesh_attribute", "name": f"vertex_{name}"} for name in PAINT)
    mi = mitsuba()
    properties = mi.Properties()
    bsdf = _bsdf(colour, roughness, flatness, surface.specular, sheen=0.0)
    properties["mesh_bsdf"] = mi.load_dict(bsdf)
    uv = np.stack([surface.past_wrist + HAND_AT, np.zeros_like(surface.past_wrist)], axis=1)
    paint = dict(zip(PAINT, (surface.colours, surface.roughness, surface.flatness), strict=True))
    return _mesh("painted", properties, surface.vertices, surface.faces, uv, surface.normals, paint)


def _textured_shape(mesh: Mesh) -> Any:
    mi, material = mitsuba(), mesh.material
    texture = np.ascontiguousarray(material.texture, np.float32)
    # A texture of one pixel would be another form of texture.
    texture = np.tile(texture, (2, 2, 1)) if texture.shape[:2] == (1, 1) else texture
    colour = {"type": "bitmap", "bitmap": mi.Bitmap(texture), "raw": True}
    properties = mi.Properties()
    shine = float(material.roughness), float(material.flatness), material.specular, material.sheen
    properties["mesh_bsdf"] = mi.load_dict(_bsdf(colour, *shine))
    if mesh.light:
        radiance = {"type": "rgb", "value": [mesh.light] * 3}
        properties["mesh_emitter"] = mi.load_dict({"type": "area", "radiance": radiance})
    # Mitsuba counts v from a bitmap's first row.
    uv = np.zeros((len(mesh.vertices), 2)) if mesh.uv is None else mesh.uv * (1, -1) + (0, 1)
    return _mesh(mesh.name, properties, mesh.vertices, mesh.faces, uv, mesh.normals, {})


def _mesh(
    name: str,
    properties: Any,
    vertices: NDArray[Any],
    faces: NDArray[Any],
    uv: NDArray[Any],
    normals: NDArray[Any] | None,
    paint: dict[str, NDArray[Any]],
) -> Any:
    """`paint` are values at the vertices, by name."""
    mi, smooth = mitsuba(), normals is not None
    shape = mi.Mesh(
        name, len(vertices), len(faces), has_vertex_normals=smooth, has_vertex_texcoords=True, props=properties
    )
    for what, values in paint.items():
        channels = values.shape[1] if values.ndim > 1 else 1
        shape.add_attribute(f"vertex_{what}", channels, np.ascontiguousarray(values, np.float32).ravel())
    traversed = mi.traverse(shape)
    traversed["vertex_positions"] = np.ascontiguousarray(vertices, np.float32).ravel()
    traversed["faces"] = np.ascontiguousarray(faces, np.uint32).ravel()
    traversed["vertex_texcoords"] = np.ascontiguousarray(uv, np.float32).ravel()
    if smooth:
        traversed["vertex_normals"] = np.ascontiguousarray(normals, np.float32).ravel()
    traversed.update()
    return shape


def _bsdf(colour: Any, roughness: Any, flatness: Any, specular: float, sheen: float) -> dict[str, Any]:
    """Two-sided, after Disney; what is exactly zero would be left out, and give another form of material."""
    return {
        "type": "twosided",
        "inner": {
            "type": "principled",
            "base_color": colour,
            "roughness": roughness,
            "specular": float(specular),
            "flatness": flatness if isinstance(flatness, dict) else max(flatness, LEAST),
            "sheen": max(float(sheen), LEAST),
        },
    }
