"""Furniture and small things from Sweet Home 3D's catalogues, as Debian packs them: sweethome3d-furniture.

    FOLDER/*.sh3f                    zip archives: OBJ models with textures, and a catalogue with sizes and authors
    ASSETS/furniture/<id>.npz        what was read from them, kept for the next time

BlendSwap-CC-0 is CC0; the others are CC BY 3.0 and their authors go into the manifest. Models are used to render;
neither they nor what is kept of them belong into the repository.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from handseg.outputs import write_whole
from training.synthetic.geometry import Points
from training.synthetic.objfile import read_obj
from training.synthetic.scene import Material, Mesh
from training.synthetic.solids import Distance, grid_distance

LICENCES = {
    "BlendSwap-CC-0": "CC0 1.0",
    "BlendSwap-CC-BY": "CC BY 3.0",
    "KatorLegaz": "CC BY 3.0 US",
    "Reallusion": "CC BY 3.0 US",
    "Scopia": "CC BY 3.0",
}
INSTALLED = Path("/usr/share/sweethome3d/furniture")


@dataclass(frozen=True)
class Model:
    """One entry of a catalogue."""

    name: str
    """As `BlendSwap-CC-0/iphone`."""
    size: tuple[float, float, float]
    """Width, depth and height in metres."""
    credit: str
    archive: Path
    path: str
    rotation: tuple[float, ...] | None


@dataclass(frozen=True)
class Furniture:
    """All catalogues in a folder; empty without one."""

    folder: Path | None
    cache: Path

    @classmethod
    def find(cls, given: Path | None, cache: Path) -> Furniture:
        """The catalogues in `given`, or where Debian puts them."""
        folder = given or INSTALLED
        return cls(folder if any(folder.glob("*.sh3f")) else None, cache)

    @cached_property
    def models(self) -> dict[str, Model]:
        """All models by name."""
        archives = sorted(self.folder.glob("*.sh3f")) if self.folder else []
        return {model.name: model for archive in archives for model in read_catalogue(archive)}

    def having(self, names: list[str]) -> list[str]:
        """Those of the names that there are."""
        return [name for name in names if name in self.models]

    @lru_cache(maxsize=64)  # noqa: B019 - there is one Furniture for the whole process
    def meshes(self, name: str) -> list[Mesh]:
        """A model's meshes: front towards -y, standing on z = 0, centred, metres."""
        arrays = self._arrays(name)
        count = int(arrays["count"])
        return [
            Mesh(
                f"{name} {number}",
                arrays[f"vertices{number}"].astype(float),
                arrays[f"faces{number}"],
                Material(arrays[f"texture{number}"], roughness=float(arrays[f"roughness{number}"]), specular=0.4),
                uv=arrays[f"uv{number}"],
                normals=arrays[f"normals{number}"].astype(float),
            )
            for number in range(count)
        ]

    @lru_cache(maxsize=64)  # noqa: B019
    def distance(self, name: str) -> Distance:
        """A model's signed distance, measured on a grid."""
        arrays = self._arrays(name)
        return grid_distance(arrays["distance"], arrays["low"], float(arrays["step"]))

    @lru_cache(maxsize=64)  # noqa: B019
    def _arrays(self, name: str) -> dict[str, NDArray]:
        model = self.models[name]
        path = self.cache / f"{name.replace('/', '--')}.npz"
        if not path.exists():
            buffer = io.BytesIO()
            np.savez(buffer, **prepare(model))
            write_whole(path, buffer.getvalue())
        return dict(np.load(path))


def _unescaped(properties: str) -> str:
    """Java's properties write what Latin-1 has not as backslash, u and four hexadecimal digits."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda escape: chr(int(escape[1], 16)), properties)


def read_catalogue(archive: Path) -> list[Model]:
    """The models of one archive that have a size."""
    with zipfile.ZipFile(archive) as file:
        text = _unescaped(file.read("PluginFurnitureCatalog.properties").decode("latin-1"))
    entries: dict[int, dict[str, str]] = {}
    for key, number, value in re.findall(r"^(\w+)#(\d+)=(.*)$", text, flags=re.MULTILINE):
        entries.setdefault(int(number), {})[key] = value.strip()
    licence = LICENCES.get(archive.stem, "see the archive")
    models = []
    for entry in entries.values():
        if not {"id", "model", "width", "depth", "height"} <= entry.keys() or not entry["model"].endswith(".obj"):
            continue
        author = entry.get("creator", archive.stem)
        rotation = entry.get("modelRotation")
        models.append(
            Model(
                name=f"{archive.stem}/{entry['id'].split('#')[-1]}",
                size=tuple(float(entry[key]) / 100 for key in ("width", "depth", "height")),
                credit=f"{entry.get('name', '')} by {author} ({archive.stem}, {licence})",
                archive=archive,
                path=entry["model"].lstrip("/"),
                rotation=tuple(map(float, rotation.split())) if rotation else None,
            )
        )
    return models


def prepare(model: Model) -> dict[str, NDArray]:
    """The arrays that are kept of a model: its groups by material, and its distances on a grid."""
    with zipfile.ZipFile(model.archive) as file:
        groups = read_obj(file, PurePosixPath(model.path))
    turn = np.eye(3) if model.rotation is None else np.array(model.rotation).reshape(3, 3)
    # Sweet Home 3D has y up and the front towards +z.
    turn = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]]) @ turn
    every = np.concatenate([group.vertices for group in groups]) @ turn.T
    low, high = every.min(axis=0), every.max(axis=0)
    scale = np.array(model.size) / np.maximum(high - low, 1e-9)
    origin = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    arrays: dict[str, NDArray] = {"count": np.array(len(groups))}
    for number, group in enumerate(groups):
        normals = group.normals @ turn.T / scale
        arrays[f"vertices{number}"] = ((group.vertices @ turn.T - origin) * scale).astype(np.float32)
        arrays[f"normals{number}"] = (normals / (np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9)).astype(
            np.float32
        )
        arrays[f"faces{number}"], arrays[f"uv{number}"] = group.faces, group.uv
        arrays[f"texture{number}"], arrays[f"roughness{number}"] = group.texture, np.array(group.roughness)
    if max(model.size) < 0.5:
        vertices = [arrays[f"vertices{number}"] for number in range(len(groups))]
        faces = [group.faces for group in groups]
        arrays |= measure(vertices, faces, step=max(model.size) / 44)
    return arrays


def measure(vertices: list[Points], faces: list[NDArray[np.int32]], step: float) -> dict[str, NDArray]:
    """Signed distances on a grid around triangles, which need not be closed: inside is what outside cannot reach."""
    from scipy.ndimage import binary_fill_holes, distance_transform_edt

    corners = np.concatenate([each[triangles] for each, triangles in zip(vertices, faces, strict=True)])
    points = _scatter(corners, step / 2)
    low = points.min(axis=0) - 4 * step
    shape = np.ceil((points.max(axis=0) + 4 * step - low) / step).astype(int) + 1
    solid = np.zeros(shape, bool)
    solid[tuple(np.round((points - low) / step).astype(int).T)] = True
    solid = binary_fill_holes(solid)
    distance = distance_transform_edt(~solid) - distance_transform_edt(solid)
    # Half a cell: a cell counts as solid when the surface passes anywhere through it.
    distance = (distance - np.sign(distance) * 0.5 + 0.5) * step
    return {"distance": distance.astype(np.float32), "low": low, "step": np.array(step)}


def _scatter(corners: NDArray[np.float64], spacing: float) -> Points:
    """Points all over triangles (N, 3, 3), at most about `spacing` apart, at most some millions."""
    rng = np.random.default_rng(0)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    wanted = 3 * area / spacing**2
    counts = np.ceil(wanted * min(1.0, 2e6 / max(wanted.sum(), 1))).astype(int)
    chosen = np.repeat(np.arange(len(corners)), counts)
    a, b = rng.random((2, len(chosen), 1))
    outside = a + b > 1
    a, b = np.where(outside, 1 - a, a), np.where(outside, 1 - b, b)
    first, second, third = np.moveaxis(corners[chosen], 1, 0)
    return np.concatenate([first + a * (second - first) + b * (third - first), corners.reshape(-1, 3)])
