"""Print on packages: brand names nobody has, pictures, bars, tables and barcodes. Textures are linear RGB."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont

from training.synthetic.scene import Texture, linear
from training.synthetic.textures import any_colour

Ink = tuple[int, int, int]

SYLLABLES = (
    "mo",
    "ra",
    "ti",
    "lu",
    "ken",
    "so",
    "vita",
    "bel",
    "nor",
    "pa",
    "zo",
    "fri",
    "dal",
    "ki",
    "sun",
    "mar",
    "ola",
    "tex",
)
WORDS = (
    "FRESH",
    "classic",
    "500 g",
    "NEW",
    "extra",
    "bio",
    "1 L",
    "oat",
    "mild",
    "family",
    "12 x",
    "lemon",
    "dark",
    "0 %",
    "plus",
)

TILE = 112
"""Pixels of one side of a box."""


def ink(rng: Generator) -> Ink:
    """Any colour as 0..255."""
    return tuple(int(255 * value) for value in any_colour(rng))


def brand(rng: Generator) -> str:
    """A name that means nothing."""
    name = "".join(rng.choice(SYLLABLES, size=rng.integers(2, 4)))
    return name.upper() if rng.random() < 0.5 else name.capitalize()


def front(rng: Generator, width: int, height: int, paper: Ink) -> Image.Image:
    """A panel with a name, a picture and some words."""
    panel = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(panel)
    second, third = ink(rng), ink(rng)
    if rng.random() < 0.6:
        edge = rng.uniform(0.15, 0.5) * height
        top = rng.random() < 0.5
        draw.rectangle((0, 0, width, edge) if top else (0, height - edge, width, height), fill=second)
    for _ in range(rng.integers(1, 4)):
        _figure(draw, rng, width, height, ink(rng))
    _write(draw, brand(rng), (width / 2, height * rng.uniform(0.12, 0.4)), width * rng.uniform(0.12, 0.26), third)
    for _ in range(rng.integers(1, 4)):
        place = (width * rng.uniform(0.2, 0.8), height * rng.uniform(0.45, 0.95))
        _write(draw, str(rng.choice(WORDS)), place, width * rng.uniform(0.07, 0.14), ink(rng))
    return panel


def back(rng: Generator, width: int, height: int, paper: Ink) -> Image.Image:
    """A panel with small print and a barcode."""
    panel = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(panel)
    print_ink = (20, 20, 20) if sum(paper) > 330 else (235, 235, 235)
    for line in range(int(rng.integers(4, 12))):
        y = height * (0.08 + 0.045 * line)
        draw.line((width * 0.1, y, width * rng.uniform(0.5, 0.92), y), fill=print_ink, width=max(1, height // 60))
    draw.rectangle((width * 0.15, height * 0.68, width * 0.85, height * 0.92), fill=(250, 250, 250))
    x = width * 0.2
    while x < width * 0.78:
        bar = rng.uniform(0.008, 0.03) * width
        draw.rectangle((x, height * 0.71, x + bar, height * 0.89), fill=(15, 15, 15))
        x += bar + rng.uniform(0.01, 0.03) * width
    return panel


def box_print(rng: Generator) -> Texture:
    """The strip of six panels that `solids.box` wants."""
    paper = ink(rng)
    face = front(rng, TILE, TILE, paper)
    side = back(rng, TILE, TILE, paper)
    lid = Image.new("RGB", (TILE, TILE), paper)
    panels = [face, side, face if rng.random() < 0.5 else back(rng, TILE, TILE, paper), side, lid, lid]
    return linear(np.concatenate([np.asarray(panel) for panel in panels], axis=1) / 255).clip(0.004, 0.9)


def wrap_print(rng: Generator) -> Texture:
    """A label that goes around a bottle or a can, twice the same front."""
    paper = ink(rng)
    face = np.asarray(front(rng, 160, 128, paper))
    small = np.asarray(back(rng, 60, 128, paper))
    return linear(np.concatenate([face, small, face, small], axis=1) / 255).clip(0.004, 0.9)


def card_print(rng: Generator) -> Texture:
    """Paper with text, a form, a ticket, or a bank card."""
    paper = (245, 243, 238) if rng.random() < 0.5 else ink(rng)
    maker = front if rng.random() < 0.5 else back
    return linear(np.asarray(maker(rng, 160, 120, paper)) / 255).clip(0.004, 0.9)


def screen_print(rng: Generator) -> Texture:
    """What a telephone or a tablet shows: bars, tiles and text, or nothing."""
    if rng.random() < 0.35:
        return linear(np.full((1, 1, 3), 0.03))
    panel = Image.new("RGB", (72, 144), ink(rng))
    draw = ImageDraw.Draw(panel)
    for _ in range(rng.integers(3, 12)):
        left, top = rng.uniform(0, 60), rng.uniform(0, 130)
        draw.rectangle((left, top, left + rng.uniform(5, 60), top + rng.uniform(3, 30)), fill=ink(rng))
    return linear(np.asarray(panel) / 255).clip(0.004, 0.9)


def _figure(draw: ImageDraw.ImageDraw, rng: Generator, width: int, height: int, fill: Ink) -> None:
    x, y = rng.uniform(0.2, 0.8) * width, rng.uniform(0.3, 0.85) * height
    across, down = rng.uniform(0.1, 0.35, 2) * width
    bounds = (x - across, y - down, x + across, y + down)
    kind = rng.integers(3)
    if kind == 0:
        draw.ellipse(bounds, fill=fill)
    elif kind == 1:
        draw.rounded_rectangle(bounds, radius=width * 0.05, fill=fill)
    else:
        turns = rng.uniform(0, 2 * np.pi) + np.arange(rng.integers(3, 9)) * 2.4
        draw.polygon([(x + across * np.cos(t), y + down * np.sin(t)) for t in turns], fill=fill)


def _write(draw: ImageDraw.ImageDraw, text: str, place: tuple[float, float], size: float, fill: Ink) -> None:
    draw.text(place, text, font=ImageFont.load_default(max(6, size)), fill=fill, anchor="mm")
