"""What a step of training costs a CPU in bfloat16, against float32: python -m tests.benchmarks.bfloat16

Seconds of one core per sample, forward and back, for the networks with depthwise convolutions: in float32, all in
bfloat16, and in bfloat16 but for these (`training.running.depthwise`), which is what `training train --bf16` does.
"""

from __future__ import annotations

import statistics
import time

import torch
from torch import nn

from handseg.models import build_model
from training.losses import hand_loss
from training.running.depthwise import keep_depthwise_exact

MODELS = ("unet-efficientnet-lite2", "unet-efficientnet-lite0", "unet-mobilenetv3")
SIDE, BATCH, ROUNDS = 256, 16, 5


def main() -> None:
    """Print the median of the rounds, and ratios to float32."""
    torch.set_num_threads(1)
    print("| model | float32 | bfloat16 | with exact depthwise convolutions |\n|---|---|---|---|")
    for model in MODELS:
        networks = [build_model(model).to(memory_format=torch.channels_last) for _ in range(3)]
        keep_depthwise_exact(networks[2])
        base, *others = measured(networks)
        told = " | ".join(f"{each:.3f} s, {base / each:.2f} times as fast" for each in others)
        print(f"| `{model}` | {base:.3f} s | {told} |", flush=True)


def measured(networks: list[nn.Module]) -> list[float]:
    """Seconds per sample of each, in turn, after a round that does not count; only the first is in float32."""
    photos = torch.randn(BATCH, 3, SIDE, SIDE).to(memory_format=torch.channels_last)
    labels = torch.randint(0, 2, (BATCH, SIDE, SIDE), dtype=torch.uint8) * 255
    seconds: list[list[float]] = [[] for _ in networks]
    for _ in range(ROUNDS + 1):
        for number, network in enumerate(networks):
            begin = time.thread_time()
            with torch.autocast("cpu", torch.bfloat16, enabled=number > 0):
                logits = network(photos)
            hand_loss(logits.float(), labels).backward()
            seconds[number].append((time.thread_time() - begin) / BATCH)
    return [statistics.median(each[1:]) for each in seconds]


if __name__ == "__main__":
    main()
