"""The plan of the house: what may import what."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("handseg", "annotation", "training")
ALLOWED = {"handseg": set(), "annotation": {"handseg"}, "training": {"handseg"}}


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively, which this plan cannot follow"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def imports_and_attributes_of(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return imports_of(path) | {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}


def modules_loaded_by(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(answer.stdout.split())


@pytest.mark.parametrize("package", OURS)
def test_each_package_imports_only_what_lies_below_it(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        ours = {name.split(".")[0] for name in imports_of(path)} & set(OURS)
        assert ours <= ALLOWED[package] | {package}, f"{path.relative_to(ROOT)} imports {ours}"


@pytest.mark.parametrize("package", OURS)
def test_no_rooms_of_a_package_import_each_other_in_a_circle(package: str) -> None:
    """Rooms are its packages, and the modules beside them."""
    rooms = {path.stem for path in (ROOT / package).iterdir() if path.is_dir() or path.suffix == ".py"}
    below: dict[str, set[str]] = {room: set() for room in rooms}
    for path in (ROOT / package).rglob("*.py"):
        room = path.relative_to(ROOT / package).parts[0].removesuffix(".py")
        names = [name.split(".") for name in imports_of(path)]
        below[room] |= {name[1] for name in names if name[0] == package and len(name) > 1} & rooms - {room}
    TopologicalSorter(below).prepare()  # raises CycleError


def test_the_roof_takes_only_pages_from_the_wings() -> None:
    taken = {name for name in imports_of(ROOT / "app.py") if name.split(".")[0] in ("annotation", "training")}
    assert all(name.split(".")[1] == "pages" for name in taken)


def test_only_the_demo_knows_gradio_on_the_ground_floor() -> None:
    for path in (ROOT / "handseg").rglob("*.py"):
        if "demo" not in path.parts:
            assert not any(name.split(".")[0] == "gradio" for name in imports_of(path)), path


def test_only_hub_knows_the_hub() -> None:
    for path in (path for package in OURS for path in (ROOT / package).rglob("*.py")):
        if path.parent != ROOT / "handseg" / "hub":
            assert not any(name.split(".")[0] == "huggingface_hub" for name in imports_of(path)), path


def test_only_settings_read_the_environment() -> None:
    for path in (path for package in OURS for path in (ROOT / package).rglob("*.py")):
        if path != ROOT / "handseg" / "settings.py":
            assert not {"os.environ", "os.getenv"} & imports_and_attributes_of(path), path


def test_importing_handseg_and_predicting_on_a_cpu_do_not_import_torch() -> None:
    loaded = modules_loaded_by(
        "import numpy, handseg\n"
        "from handseg.settings import Settings\n"
        "handseg.open_segmenter(Settings(device='cpu')).predict(numpy.zeros((48, 64, 3), numpy.uint8))"
    )
    assert "onnxruntime" in loaded
    assert not {"torch", "transformers", "gradio"} & loaded


def test_importing_the_app_does_not_import_the_machinery_of_training() -> None:
    loaded = modules_loaded_by("import app")
    assert not {"torch", "transformers", "segment_anything", "training.running.run", "datasets"} & loaded
