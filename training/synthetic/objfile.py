"""Wavefront OBJ with its materials, out of a zip archive: what the furniture catalogues are written in."""

from __future__ import annotations

import io
import posixpath
import zipfile
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.synthetic.geometry import Points, unit
from training.synthetic.scene import Texture, linear, plain

TEXTURE_SIDE = 256
SHARPEST = 0.7
"""Cosine between a face and the mean around its corner, below which the edge is not smoothed."""

CLEAR = 0.25
"""Materials less opaque than this are glass, and are left out."""


@dataclass(frozen=True)
class Group:
    """The triangles of one material; corners are not shared."""

    vertices: Points
    faces: NDArray[np.int32]
    uv: NDArray[np.float32]
    normals: NDArray[np.float64]
    texture: Texture
    roughness: float


@dataclass
class _Finish:
    """One entry of an MTL file."""

    colour: list[float] = field(default_factory=lambda: [0.7, 0.7, 0.7])
    picture: str | None = None
    shine: float = 10.0
    opacity: float = 1.0


def read_obj(archive: zipfile.ZipFile, path: PurePosixPath) -> list[Group]:
    """The groups of an OBJ file in an archive, one for each material that can be seen."""
    points, coordinates, corners, libraries = _read_triangles(_lines(archive, str(path)))
    names = {name.lower(): name for name in archive.namelist()}
    finishes: dict[str, _Finish] = {}
    for library in libraries:
        found = names.get(posixpath.join(str(path.parent), library).lower())
        finishes |= _read_finishes(_lines(archive, found)) if found else {}
    smooth = _smooth_normals(points, corners)
    opaque = {name: each for name, each in corners.items() if finishes.get(name, _Finish()).opacity >= CLEAR}
    groups = []
    # A drinking glass would be left out altogether; it is better a grey one.
    for material, triangles in (opaque or corners).items():
        finish = finishes.get(material, _Finish())
        at, uv_at = triangles[..., 0], triangles[..., 1]
        flat = unit(np.cross(points[at[:, 1]] - points[at[:, 0]], points[at[:, 2]] - points[at[:, 0]]))[:, None]
        normals = smooth[at]
        sharp = (normals * flat).sum(axis=-1, keepdims=True) < SHARPEST
        uv = coordinates[uv_at.clip(0)] if len(coordinates) else np.zeros((*at.shape, 2))
        groups.append(
            Group(
                vertices=points[at].reshape(-1, 3),
                faces=np.arange(at.size, dtype=np.int32).reshape(-1, 3),
                uv=uv.reshape(-1, 2).astype(np.float32).clip(-50, 50),
                normals=np.where(sharp, np.broadcast_to(flat, normals.shape), normals).reshape(-1, 3),
                texture=_texture(archive, names, path, finish),
                roughness=0.35 if finish.shine > 60 else 0.6,
            )
        )
    return groups


def _lines(archive: zipfile.ZipFile, name: str) -> list[list[str]]:
    text = archive.read(name).decode("latin-1").replace("\\\n", " ")
    return [words for line in text.splitlines() if (words := line.split())]


def _read_triangles(lines: list[list[str]]) -> tuple[Points, NDArray, dict[str, NDArray[np.int64]], list[str]]:
    """Points, texture coordinates, triangles (N, 3, 2) of both indices by material, and the material files."""
    points, coordinates, libraries = [], [], []
    groups: dict[str, list] = {}
    current: list = groups.setdefault("", [])
    for key, *words in lines:
        if key == "v":
            points.append([float(word) for word in words[:3]])
        elif key == "vt":
            coordinates.append([float(word) for word in words[:2]])
        elif key == "usemtl":
            current = groups.setdefault(" ".join(words), [])
        elif key == "mtllib":
            libraries.append(" ".join(words))
        elif key == "f":
            face = [_corner(word, len(points), len(coordinates)) for word in words]
            current.extend((face[0], face[k], face[k + 1]) for k in range(1, len(face) - 1))
    triangles = {name: np.array(faces) for name, faces in groups.items() if faces}
    return np.array(points), np.array(coordinates), triangles, libraries


def _corner(word: str, points: int, coordinates: int) -> tuple[int, int]:
    """`7/3/1` or `-1//-1` as indices from 0; -1 for no texture coordinate."""
    parts = word.split("/")
    at = int(parts[0])
    uv = int(parts[1]) if len(parts) > 1 and parts[1] else 0
    return at - 1 if at > 0 else points + at, uv - 1 if uv >= 0 else coordinates + uv


def _smooth_normals(points: Points, corners: dict[str, NDArray[np.int64]]) -> NDArray[np.float64]:
    normals = np.zeros_like(points)
    for triangles in corners.values():
        at = triangles[..., 0]
        face = np.cross(points[at[:, 1]] - points[at[:, 0]], points[at[:, 2]] - points[at[:, 0]])
        for corner in range(3):
            np.add.at(normals, at[:, corner], face)
    return unit(normals)


def _read_finishes(lines: list[list[str]]) -> dict[str, _Finish]:
    finishes: dict[str, _Finish] = {}
    current = _Finish()
    for key, *words in lines:
        if key == "newmtl":
            current = finishes.setdefault(" ".join(words), _Finish())
        elif key == "Kd":
            current.colour = [float(word) for word in words[:3]]
        elif key == "map_Kd":
            current.picture = " ".join(words)
        elif key == "Ns":
            current.shine = float(words[0])
        elif key == "d":
            current.opacity = float(words[-1])
    return finishes


def _texture(archive: zipfile.ZipFile, names: dict[str, str], path: PurePosixPath, finish: _Finish) -> Texture:
    found = finish.picture and names.get(posixpath.join(str(path.parent), finish.picture.replace("\\", "/")).lower())
    if not found:
        return plain(linear(np.clip(finish.colour, 0.02, 0.93)))
    try:
        picture = Image.open(io.BytesIO(archive.read(found))).convert("RGB")
    except OSError:
        return plain(linear(np.clip(finish.colour, 0.02, 0.93)))
    picture.thumbnail((TEXTURE_SIDE, TEXTURE_SIDE))
    return linear(np.asarray(picture) / 255).clip(0.004, 0.9)
