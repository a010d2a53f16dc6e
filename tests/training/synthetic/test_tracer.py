"""What only the renderer can show; skipped in words where it is not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from training.synthetic import tracer
from training.synthetic.geometry import moved, turned, vector
from training.synthetic.missing import MissingError
from training.synthetic.scene import Camera, Material, Mesh, Scene, plain
from training.synthetic.solids import sheet

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def renderer() -> None:
    try:
        tracer.mitsuba()
    except MissingError as error:
        pytest.skip(str(error))


def card(name: str, colour: list[float], at: tuple[float, float, float], side: float, hand: bool = False) -> Mesh:
    """A square that faces -y; the right half of a hand's is past the wrist."""
    mesh = sheet(name, side, side, Material(plain(colour), 0.8, 0.2)).carried(moved(*at) @ turned((1, 0, 0), 90))
    past = mesh.vertices[:, 0].astype(np.float32) if hand else None
    colours = np.tile(np.float32(colour), (4, 1)) if hand else None
    return Mesh(mesh.name, mesh.vertices, mesh.faces, mesh.material, colours, mesh.uv, past_wrist=past)


def scene(*meshes: Mesh, backdrop: np.ndarray | None = None) -> Scene:
    camera = Camera(vector(0, -1, 0), vector(0, 0, 0), vector(0, 0, 1), fov=53.13)
    return Scene(list(meshes), camera, np.full((8, 16, 3), 0.8, np.float32), backdrop)


@pytest.mark.usefixtures("renderer")
def test_the_mask_begins_at_the_wrist_and_ends_where_something_is_before_the_hand() -> None:
    hand, thing = (
        card("hand", [0.6, 0.4, 0.3], (0, 0, 0), 0.5, hand=True),
        card("thing", [0, 0, 1], (0.125, -0.1, 0.3), 0.5),
    )
    seen = tracer.render(scene(hand, thing), size=64, samples=4)
    # The hand is half as wide as the picture; its left half is forearm, its upper part is hidden.
    assert seen.hand[40, 36:46].min() == 1
    assert seen.hand[40, 18:31].max() == 0
    assert seen.hand[18, 34:46].max() == 0
    assert seen.hand[:, 50:].max() == 0


@pytest.mark.usefixtures("renderer")
def test_colours_arrive_where_they_are() -> None:
    seen = tracer.render(scene(card("red", [0.8, 0.02, 0.02], (0, 0, 0), 0.5)), size=48, samples=8)
    red, green, blue = seen.light[24, 24]
    assert red > 5 * green
    assert red > 5 * blue


@pytest.mark.usefixtures("renderer")
def test_nothing_is_opaque_before_a_photo_but_the_scene() -> None:
    seen = tracer.render(scene(card("red", [0.8, 0, 0], (0, 0, 0), 0.5), backdrop=np.ones((4, 4, 3))), 48, 4)
    assert seen.opacity[24, 24] == 1
    assert seen.opacity[2, 2] == 0


@pytest.mark.usefixtures("renderer")
def test_the_same_scene_gives_the_same_bits() -> None:
    wanted = scene(
        card("hand", [0.6, 0.4, 0.3], (0, 0, 0), 0.5, hand=True), card("wall", [0.2, 0.5, 0.3], (0, 0.5, 0), 9)
    )
    first, second = (tracer.render(wanted, size=32, samples=4) for _ in range(2))
    assert (first.light == second.light).all()
    assert (first.hand == second.hand).all()


@pytest.mark.usefixtures("renderer")
def test_print_is_upright() -> None:
    page = np.zeros((2, 2, 3), np.float32) + 0.02
    page[0] = 0.9
    mesh = card("page", [1, 1, 1], (0, 0, 0), 0.9)
    upright = Mesh("page", mesh.vertices, mesh.faces, Material(page, 0.8, 0.2), uv=mesh.uv)
    seen = tracer.render(scene(upright), size=48, samples=8)
    assert seen.light[10, 24].mean() > 2 * seen.light[38, 24].mean()


def test_what_is_missing_is_said_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mitsuba", None)
    tracer.mitsuba.cache_clear()
    with pytest.raises(MissingError, match=r"pip install -r training/synthetic/requirements\.txt"):
        tracer.mitsuba()
    tracer.mitsuba.cache_clear()


def test_the_command_line_starts_without_the_renderer() -> None:
    code = "import sys, training.__main__; print(*[name for name in sys.modules if 'synthetic' in name])"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == ""


def test_what_is_asked_for_can_be_rendered_or_is_refused_in_words(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training", "synthesize", "--output", str(tmp_path), "--count", "1", "--size", "3"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode != 0
    assert "3 pixels" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.usefixtures("renderer")
def test_scenes_share_their_kernels_however_they_differ() -> None:
    import drjit

    wall = card("wall", [0.2, 0.5, 0.3], (0, 0.5, 0), 9)
    compiled, count = [], 10
    for number in range(count):
        hands = [card("hand", [0.6, 0.4, 0.3], (x / 5, 0, 0), 0.3, hand=True) for x in range(number % 3 + 1)]
        things = [card("thing", [0.1 * number, 0.5, 0.3], (0.1, -0.2, 0.1), 0.2)] * (number % 5)
        camera = Camera(vector(0.02 * number, -0.8, 0.1), vector(0, 0, 0), vector(0, 0, 1), 40 + number, 0.001 * number)
        wanted = scene(*hands, *things, wall)
        with drjit.scoped_set_flag(drjit.JitFlag.KernelHistory, True):
            tracer.render(Scene(wanted.meshes, camera, wanted.sky), size=32, samples=2)
            compiled.append({entry["hash"] for entry in drjit.kernel_history([drjit.KernelType.JIT])})
    # A few variants of those for light, for colours and for the mask; else three for each scene after the first.
    assert len(set().union(*compiled) - compiled[0]) < 2 * count
