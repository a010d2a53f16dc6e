"""Whatever is in a scene, the renderer meets one of few forms, and the pictures stay what they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.synthetic.geometry import moved
from training.synthetic.scene import Material, Mesh, plain
from training.synthetic.solids import sheet
from training.synthetic.uniform import NO_HAND, ROUND, SPECK, by_surface, painted, rounded_up


def coloured(name: str, roughness: float, past: float | None = None, smooth: bool = True) -> Mesh:
    mesh = sheet(name, 0.2, 0.3, Material(roughness=roughness, specular=0.4, flatness=0.5))
    count = len(mesh.vertices)
    normals = np.tile([0.0, 0.0, 1.0], (count, 1)) if smooth else None
    past_wrist = None if past is None else np.full(count, past, np.float32)
    colours = np.full((count, 3), roughness, np.float32)
    return Mesh(name, mesh.vertices, mesh.faces, mesh.material, colours, normals=normals, past_wrist=past_wrist)


def test_painted_surfaces_become_one_and_each_vertex_keeps_what_it_had() -> None:
    hand, hair = coloured("hand", 0.4, past=0.05), coloured("hair", 0.7, smooth=False)
    one = painted([hand, hair])
    count = len(hand.vertices)
    assert (one.vertices[one.faces[: len(hand.faces)]] == hand.vertices[hand.faces]).all()
    assert (one.vertices[one.faces[len(hand.faces) :]] == hair.vertices[hair.faces]).all()
    assert (one.past_wrist[:count] == np.float32(0.05)).all()
    assert (one.past_wrist[count:] == NO_HAND).all()
    assert np.allclose(one.roughness, np.repeat([0.4, 0.7], [count, len(hair.vertices)]))
    assert np.allclose(np.linalg.norm(one.normals, axis=1), 1)


def test_without_painted_surfaces_there_is_a_speck() -> None:
    speck = painted([])
    assert len(speck.faces) == 1
    assert np.ptp(speck.vertices, axis=0).max() < 2 * SPECK
    assert speck.past_wrist.max() < 0


def test_what_has_one_colour_is_painted_unless_it_has_the_sheen_of_cloth() -> None:
    red = Material(plain([0.5, 0.1, 0.1]))
    mug, towel = sheet("mug", 1, 1, red), sheet("towel", 1, 1, replace(red, sheen=0.3))
    coloured, textured = by_surface([mug, towel])
    assert [mesh.name for mesh in coloured] == ["mug"]
    assert np.allclose(coloured[0].colours, [[0.5, 0.1, 0.1]] * len(mug.vertices))
    assert [mesh.name for mesh in textured] == ["towel"]


def test_what_shares_a_texture_and_a_finish_becomes_one_and_keeps_its_triangles() -> None:
    print_ = np.random.default_rng(3).random((4, 6, 3), np.float32)
    near, far = (sheet("box", 1, 1, Material(print_)).carried(moved(0, y, 0)) for y in (1, 2))
    glossy, other = sheet("box", 1, 1, Material(print_, roughness=0.1)), sheet("box", 1, 1, Material(print_.copy()))
    coloured, textured = by_surface([near, glossy, far, other])
    assert coloured == []
    assert [len(mesh.faces) for mesh in textured] == [4, 2, 2]
    one, corners = textured[0], np.concatenate([mesh.vertices[mesh.faces] for mesh in (near, far)])
    assert (one.vertices[one.faces] == corners).all()
    assert (one.uv[one.faces] == np.concatenate([mesh.uv[mesh.faces] for mesh in (near, far)])).all()


def test_textured_surfaces_come_in_round_numbers_flat_and_smooth_ones_among_them() -> None:
    wall = sheet("wall", 2, 3, Material(plain([0.5, 0.4, 0.3])))
    for count in (0, 1, 5, 7, 30, 200):
        meshes = rounded_up([wall] * count)
        assert len(meshes) in ROUND
        assert len(meshes) < 2 * (count + 2) or len(meshes) == ROUND[0]
        assert {mesh.normals is None for mesh in meshes} == {True, False}
        assert meshes[:count] == [wall] * count


def test_specks_lie_where_the_scene_is_and_cannot_be_seen() -> None:
    wall = sheet("wall", 2, 3, Material(plain([0.5, 0.4, 0.3])))
    for mesh in rounded_up([wall])[1:]:
        assert np.abs(mesh.vertices - wall.vertices[0]).max() < 2 * SPECK
