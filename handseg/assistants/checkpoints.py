"""Where the published checkpoints of Segment Anything are, and what they must be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from handseg.hub import Progress, fetch_file

REPO = "ybelkada/segment-anything"


@dataclass(frozen=True)
class Checkpoint:
    """A file of `REPO`."""

    file: str
    sha256: str


CHECKPOINTS = {
    "vit_b": Checkpoint(
        "checkpoints/sam_vit_b_01ec64.pth", "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912"
    ),
    "vit_l": Checkpoint(
        "checkpoints/sam_vit_l_0b3195.pth", "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622"
    ),
    "vit_h": Checkpoint(
        "checkpoints/sam_vit_h_4b8939.pth", "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e"
    ),
}


def fetch_checkpoint(kind: str, progress: Progress | None = None) -> Path:
    """The verified checkpoint of `vit_b`, `vit_l` or `vit_h`, from the Hub on first use; raises HubError."""
    checkpoint = CHECKPOINTS[kind]
    return fetch_file(REPO, checkpoint.file, checkpoint.sha256, progress=progress)
