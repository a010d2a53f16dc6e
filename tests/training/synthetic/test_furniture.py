from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.synthetic.furniture import Furniture
from training.synthetic.scene import linear
from training.synthetic.things import from_furniture

CATALOGUE = """
id=somebody#all
id#1=somebody#mug
name#1=Mug 1\\u20ac
model#1=/things/mug.obj
width#1=6
depth#1=8
height#1=10
creator#1=A. Potter
id#2=somebody#nameless
model#2=/things/nameless.3ds
width#2=6
depth#2=8
height#2=10
"""

# A box without a bottom, y up, its front towards +z; the front has a texture, the back is glass.
MUG = """mtllib mug.mtl
v -1 0 1
v 1 0 1
v 1 4 1
v -1 4 1
v -1 0 -1
v 1 0 -1
v 1 4 -1
v -1 4 -1
vt 0 0
vt 1 0
vt 1 1
vt 0 1
usemtl print
f 1/1 2/2 3/3 4/4
usemtl plain
f 2 6 7 3
f 5 1 4 8
f 4 3 7 8
usemtl glass
f -3 -4 -1 -2
"""
FINISH = """newmtl print
map_Kd print.png
newmtl plain
Kd 1 0 0
Ns 90
newmtl glass
d 0.1
"""


@pytest.fixture
def furniture(tmp_path: Path) -> Furniture:
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:4] = 255
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    with zipfile.ZipFile(tmp_path / "BlendSwap-CC-0.sh3f", "w") as archive:
        archive.writestr("PluginFurnitureCatalog.properties", CATALOGUE)
        archive.writestr("things/mug.obj", MUG)
        archive.writestr("things/mug.mtl", FINISH)
        archive.writestr("things/print.png", buffer.getvalue())
    return Furniture.find(tmp_path, tmp_path / "cache")


def test_a_catalogue_gives_sizes_in_metres_and_whom_to_thank(furniture: Furniture) -> None:
    assert list(furniture.models) == ["BlendSwap-CC-0/mug"]
    model = furniture.models["BlendSwap-CC-0/mug"]
    assert model.size == (0.06, 0.08, 0.10)
    assert model.credit == "Mug 1€ by A. Potter (BlendSwap-CC-0, CC0 1.0)"


def test_a_model_stands_on_the_floor_with_its_front_to_the_front(furniture: Furniture) -> None:
    meshes = furniture.meshes("BlendSwap-CC-0/mug")
    vertices = np.concatenate([mesh.vertices for mesh in meshes])
    np.testing.assert_allclose(vertices.min(axis=0), [-0.03, -0.04, 0], atol=1e-6)
    np.testing.assert_allclose(vertices.max(axis=0), [0.03, 0.04, 0.10], atol=1e-6)
    front = next(mesh for mesh in meshes if mesh.material.texture.shape == (8, 8, 3))
    assert np.isclose(front.vertices[:, 1], -0.04).all()
    assert (front.normals[:, 1] < -0.7).all()


def test_glass_is_left_out_and_colours_and_prints_are_kept(furniture: Furniture) -> None:
    meshes = furniture.meshes("BlendSwap-CC-0/mug")
    assert len(meshes) == 2
    plain = next(mesh for mesh in meshes if mesh.material.texture.shape == (1, 1, 3))
    np.testing.assert_allclose(plain.material.texture[0, 0], linear([0.93, 0.02, 0.02]), atol=1e-5)


def test_what_was_read_is_kept_and_read_again(furniture: Furniture, tmp_path: Path) -> None:
    first = furniture.meshes("BlendSwap-CC-0/mug")
    again = Furniture(furniture.folder, furniture.cache).meshes("BlendSwap-CC-0/mug")
    assert len(list((tmp_path / "cache").glob("*.npz"))) == 1
    assert all((a.vertices == b.vertices).all() for a, b in zip(first, again, strict=True))


def test_fingers_feel_a_model_from_outside(furniture: Furniture) -> None:
    thing = from_furniture("BlendSwap-CC-0/mug", "wrap", furniture)
    assert thing.distance(np.array([[0.06, 0.0, 0.0]]))[0] == pytest.approx(0.03, abs=0.006)
    assert abs(thing.distance(np.array([[0.0, -0.04, 0.0]]))[0]) < 0.006


def test_without_the_package_there_is_no_furniture_and_no_error(tmp_path: Path) -> None:
    nothing = Furniture.find(tmp_path, tmp_path / "cache")
    assert nothing.models == {}
    assert nothing.having(["BlendSwap-CC-0/mug"]) == []
