"""How many augmented samples of 512 x 512 pixels one core makes a second, from photos of 1280 x 720.

The peer is a torchvision v2 pipeline of the same operations: affine warp of photo and mask, colour jitter, grayscale,
blur, noise, JPEG, and a black box. It is measured against ours with these operations, and beside that all of ours,
which lays hands onto other photos and textured things over hands, too. Photos are decoded in memory, or JPEGs there.

A core's seconds are counted, not those on the clock, as other programs may use the machine meanwhile. All run in this
process, in turn, on one thread.

    python -m tests.benchmarks.augment
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torchvision import tv_tensors
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms import v2

from handseg import photos
from handseg.segmenter import open_segmenter
from handseg.settings import Settings
from training.augment import AUGMENTATIONS
from training.augmented import AugmentedSamples
from training.sources import labels
from training.sources.examples import Example, Terms
from training.sources.mixture import Mixed, Pool

SIDE, ROUNDS, GOAL = 512, 7, 200
OURS, THEIRS = 100, 8
"""Samples in a round."""

EXAMPLES = Path(__file__).parents[2] / "handseg" / "demo" / "examples"
SAME = replace(AUGMENTATIONS["default"], black=1.0, composite=0.0, empty=0.0, furnish=False)
"""What both can do."""

TERMS = Terms("examples", "CC0-1.0", "")


def main() -> None:
    """Print samples a second, the median of the rounds and the slowest one, and ratios to the peer."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message="RandomErasing")  # torchvision's black box leaves the mask as it is
    mixed = Mixed([Pool(tuple(examples()), "", "")], [1.0])
    calls = {
        "torchvision v2, decoded": (THEIRS, peer(mixed, decoded=True)),
        "torchvision v2, from JPEG": (THEIRS, peer(mixed, decoded=False)),
        "ours, same operations, decoded": (OURS, AugmentedSamples(mixed, SIDE, 0, 0, SAME, keep=True).draw),
        "ours, same operations, from JPEG": (OURS, AugmentedSamples(mixed, SIDE, 0, 0, SAME).draw),
        "ours, all of `default`, decoded": (OURS, AugmentedSamples(mixed, SIDE, 0, keep=True).draw),
        "ours, all of `default`, from JPEG": (OURS, AugmentedSamples(mixed, SIDE, 0).draw),
    }
    rates = measured(calls)
    for name, each in rates.items():
        peers = rates[f"torchvision v2, {name.rpartition(', ')[2]}"]
        ratio = statistics.median(ours / theirs for ours, theirs in zip(each, peers, strict=True))
        print(f"{name:36s} {statistics.median(each):7.0f} /s   slowest {min(each):6.0f} /s   {ratio:6.1f} x")
    slowest = min(min(each) for name, each in rates.items() if name.endswith("`default`, decoded"))
    print(f"goal of {GOAL} a second, decoded photos, all operations: {'reached' if slowest >= GOAL else 'MISSED'}")


def examples() -> list[Example]:
    """The project's own photos in 720p with masks as the model sees them; of the last, again as if it had no hand."""
    segmenter = open_segmenter(Settings(device="cpu"))
    found = []
    for path in sorted(EXAMPLES.glob("*.jpg")):
        photo = cv2.resize(photos.read(path), (1280, 720), interpolation=cv2.INTER_AREA)
        _, code = cv2.imencode(".jpg", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])
        hand = segmenter.predict(photo).mask()
        found.append(Example.of(path.stem, code.tobytes(), labels.of_mask(hand), "", TERMS))
    return [*found, Example.of("none", found[-1].image, np.zeros((720, 1280), np.uint8), "", TERMS)]


def peer(mixed: Mixed, decoded: bool) -> Callable[[int], object]:
    """Make a sample by its number as torchvision does."""
    plan = AUGMENTATIONS["default"]
    transform = v2.Compose(
        [
            v2.Resize(SIDE, antialias=True),
            v2.CenterCrop(SIDE),
            v2.RandomHorizontalFlip(plan.mirror),
            v2.RandomAffine(36, (0.3, 0.3), plan.zoom, interpolation=v2.InterpolationMode.BILINEAR),
            v2.ColorJitter(plan.brightness, None, plan.saturation, plan.hue / 360),
            v2.RandomGrayscale(plan.gray),
            v2.RandomApply([v2.GaussianBlur(7, (0.5, 2.0))], plan.blur),
            v2.RandomApply([v2.GaussianBlur(9, (2.0, 2.0))], plan.shake + plan.detail),
            v2.RandomApply([v2.GaussianNoise(0, 0.03)], plan.noise),
            v2.RandomApply([v2.JPEG((20, 90))], plan.jpeg),
            v2.RandomErasing(plan.cover),
        ]
    )
    kept = {example.name: _tensors(example) for example in mixed.examples} if decoded else {}

    def sample(number: int) -> object:
        torch.manual_seed(number)
        example = mixed[number]
        return transform(*(kept.get(example.name) or _tensors(example)))

    return sample


def measured(calls: dict[str, tuple[int, Callable[[int], object]]]) -> dict[str, list[float]]:
    """Samples per second of this thread, `ROUNDS` times in turn after one that does not count."""
    rates: dict[str, list[float]] = {name: [] for name in calls}
    for round_number in range(ROUNDS + 1):
        for name, (count, call) in calls.items():
            begin = time.thread_time()
            for number in range(round_number * count, (round_number + 1) * count):
                call(number)
            if round_number:
                rates[name].append(count / (time.thread_time() - begin))
    return rates


def _tensors(example: Example) -> tuple[tv_tensors.Image, tv_tensors.Mask]:
    photo = decode_image(torch.frombuffer(bytearray(example.image), dtype=torch.uint8), ImageReadMode.RGB)
    mask = decode_image(torch.frombuffer(bytearray(example.mask), dtype=torch.uint8), ImageReadMode.GRAY)
    return tv_tensors.Image(photo), tv_tensors.Mask(mask)


if __name__ == "__main__":
    main()
