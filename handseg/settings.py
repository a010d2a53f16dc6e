"""The settings of one process, read once from the environment and passed on from there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from handseg.errors import SettingError

# ONNX Runtime 1.32 keeps an id of the machine and what was run in the user's home, to be sent to its makers. It reads
# this when it is imported, which is later than here.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

SHIPPED = Path(__file__).parent / "shipped"
"""The weights that come with handseg."""

DEFAULT_MODEL = "accurate"
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Settings:
    """Where things are and which of them to use."""

    home: Path = Path("data")
    """HANDSEG_HOME: all state of the app."""
    models: tuple[str, ...] = ()
    """HANDSEG_MODELS: weights folders, folders of them, or owner/name on the Hub, beside those that ship; separated
    like PATH."""
    model: str = DEFAULT_MODEL
    """HANDSEG_MODEL: the name of the default model, or owner/name on the Hub."""
    device: str = "auto"
    """HANDSEG_DEVICE: auto, cpu or cuda."""
    threads: int = 0
    """HANDSEG_THREADS: CPU threads per prediction; 0 means one per core."""
    inpainter: Path | None = None
    """HANDSEG_INPAINTER: an ONNX inpainter (LaMa or MI-GAN) to use instead of the built-in one."""
    assistant: str = ""
    """HANDSEG_ASSISTANT: what proposes masks to annotators; "" means what ships, and needs no download."""
    database: str = ""
    """HANDSEG_DATABASE: an SQLAlchemy URL, as postgresql://...; "" means SQLite in `home`."""
    dataset: str = ""
    """HANDSEG_DATASET: where corrected masks are published, a folder or owner/name on the Hub; "" is one in `home`."""
    reviewed_only: bool = False
    """HANDSEG_REVIEWED_ONLY: publish no mask before a second person has approved it."""
    password: str = field(default="", repr=False)
    """HANDSEG_PASSWORD: what annotators and reviewers must know; "" lets in everybody who reaches the app..."""
    public: bool = False
    """...except on a public Space, where it lets in nobody."""
    runs: Path | None = None
    """HANDSEG_RUNS: the folder of the runs that the maintainers' page shows; None is one in `home`."""
    contribution_licence: str = "CC-BY-4.0"
    """HANDSEG_CONTRIBUTION_LICENCE: under which visitors of the demo give photos away, if they want to."""

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise SettingError(f"HANDSEG_DEVICE is {self.device!r}; choose from: {', '.join(DEVICES)}")
        if self.threads < 0:
            raise SettingError(f"HANDSEG_THREADS is {self.threads}; give 0 (one per core) or more")

    @property
    def dataset_address(self) -> str:
        """Where corrected masks are published."""
        # Absolute, as data/dataset might be the name of a repository.
        return self.dataset or str((self.home / "dataset").absolute())

    @property
    def runs_folder(self) -> Path:
        """Where the runs are that the maintainers' page shows."""
        return (self.runs or self.home / "runs").absolute()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings that `environment` asks for; raises SettingError for a value that cannot be used."""
        threads = environment.get("HANDSEG_THREADS") or "0"
        if not threads.isdecimal():
            raise SettingError(f"HANDSEG_THREADS is {threads!r}; give a whole number, 0 for one per core")
        inpainter, runs = environment.get("HANDSEG_INPAINTER"), environment.get("HANDSEG_RUNS")
        return cls(
            home=Path(environment.get("HANDSEG_HOME") or "data"),
            models=tuple(each for each in environment.get("HANDSEG_MODELS", "").split(os.pathsep) if each),
            model=environment.get("HANDSEG_MODEL") or DEFAULT_MODEL,
            device=environment.get("HANDSEG_DEVICE") or "auto",
            threads=int(threads),
            inpainter=Path(inpainter) if inpainter else None,
            assistant=environment.get("HANDSEG_ASSISTANT", ""),
            database=environment.get("HANDSEG_DATABASE", ""),
            dataset=environment.get("HANDSEG_DATASET", ""),
            reviewed_only=_yes_or_no("HANDSEG_REVIEWED_ONLY", environment),
            password=environment.get("HANDSEG_PASSWORD", ""),
            runs=Path(runs) if runs else None,
            public=bool(environment.get("SPACE_ID")),
            contribution_licence=environment.get("HANDSEG_CONTRIBUTION_LICENCE") or cls.contribution_licence,
        )


def _yes_or_no(name: str, environment: Mapping[str, str]) -> bool:
    value = environment.get(name) or "no"
    if value.lower() not in ("yes", "no", "1", "0", "true", "false"):
        raise SettingError(f"{name} is {value!r}; choose yes or no")
    return value.lower() in ("yes", "1", "true")
