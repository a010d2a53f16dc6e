"""What people have about them: phones, cards, books, pens, tools and fruit."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from training.synthetic.geometry import moved
from training.synthetic.labels import box_print, card_print, screen_print
from training.synthetic.noise import picture
from training.synthetic.scene import Material, Mesh, linear, plain
from training.synthetic.solids import ball_distance, box, box_distance, lathe, lathe_distance, rounded
from training.synthetic.textures import any_colour, between, cloth
from training.synthetic.thing import Thing, shifted, standing


def phone(rng: Generator) -> Thing:
    """A telephone, its screen to the front."""
    width, thick, height = rng.uniform(0.062, 0.08), rng.uniform(0.007, 0.012), rng.uniform(0.13, 0.165)
    case = linear(any_colour(rng) if rng.random() < 0.5 else [0.05, 0.05, 0.06])
    body = box("phone", (width, thick, height), Material(plain(case), 0.3, 0.6))
    screen = box("screen", (width * 0.93, thick * 1.02, height * 0.92), Material(screen_print(rng), 0.08, 0.6))
    front = screen.carried(moved(0, -0.0004, 0))
    front = Mesh("screen", front.vertices, front.faces[[0, 6]], front.material, uv=front.uv * (6, 1))
    return Thing("phone", [body, front], box_distance((width, thick, height)), "plate", height)


def card(rng: Generator) -> Thing:
    """A card, a ticket, a letter or a banknote."""
    width, height = rng.uniform(0.05, 0.16), rng.uniform(0.05, 0.21)
    sheet = card_print(rng)
    paper = Material(np.concatenate([sheet] * 6, axis=1), rng.uniform(0.3, 0.8), 0.3)
    size = (width, 0.0015, height)
    return Thing(
        "card", [box("card", size, paper)], box_distance(size), "pinch" if rng.random() < 0.7 else "plate", height
    )


def book(rng: Generator) -> Thing:
    """A book or a tablet."""
    size = (rng.uniform(0.10, 0.2), rng.uniform(0.008, 0.035), rng.uniform(0.14, 0.26))
    return Thing("book", [box("book", size, Material(box_print(rng), 0.5, 0.4))], box_distance(size), "plate", size[2])


def stick(rng: Generator) -> Thing:
    """A pen, a brush, a stick, a toothbrush: something thin."""
    radius, length = rng.uniform(0.003, 0.008), rng.uniform(0.10, 0.22)
    profile = rounded([(0, 0), (radius, 0.012), (radius, length), (0, length)], 0.002)
    body = lathe("stick", profile, Material(plain(linear(any_colour(rng))), rng.uniform(0.2, 0.6), 0.5), sides=16)
    end = lathe(
        "end",
        rounded([(0, 0), (radius * 1.1, 0.013), (radius * 1.1, 0.03)], 0.002),
        Material(plain(linear(any_colour(rng))), 0.4),
        16,
    )
    return standing("stick", [body, end], lathe_distance(profile), "pinch", length)


def handle(rng: Generator) -> Thing:
    """The handle of a tool, an umbrella, a racket: a rod with something at its end."""
    radius, length = rng.uniform(0.010, 0.020), rng.uniform(0.18, 0.5)
    rod = [(0, 0), (radius, 0), (radius, length), (0, length)]
    meshes = [
        lathe(
            "handle",
            rounded(rod, 0.004),
            Material(cloth(rng) if rng.random() < 0.5 else plain(linear(any_colour(rng))), 0.5),
        )
    ]
    size = (rng.uniform(0.03, 0.2), rng.uniform(0.02, 0.06), rng.uniform(0.02, 0.15))
    head = box(
        "head", size, Material(box_print(rng) if rng.random() < 0.4 else plain(linear(any_colour(rng))), 0.4, 0.6)
    )
    meshes.append(head.carried(moved(0, 0, length + size[2] / 2)))
    outline = lathe_distance(rod)
    height = length + size[2]
    thing = standing("handle", meshes, outline, "wrap", height)
    # The hand takes the rod, not the middle of rod and head.
    lift = height / 2 - rng.uniform(0.05, 0.11)
    return Thing(
        thing.name, [m.carried(moved(0, 0, lift)) for m in thing.meshes], shifted(thing.distance, lift), "wrap", height
    )


def fruit(rng: Generator) -> Thing:
    """An apple, an orange, a potato, an egg, a ball: often of skin's own colours."""
    radius = rng.uniform(0.018, 0.046)
    stretch = rng.uniform(0.85, 1.35)
    angles = np.linspace(-np.pi / 2, np.pi / 2, 24)
    profile = np.stack([radius * np.cos(angles), radius * stretch * np.sin(angles)], axis=1)
    share = 0.5 + 0.25 * picture(64, 64, (5, 5), rng) + 0.1 * picture(64, 64, (40, 40), rng)
    peel = between(any_colour(rng), any_colour(rng) * 0.7, share * rng.uniform(0.1, 0.8))
    body = lathe("fruit", profile, Material(peel, rng.uniform(0.2, 0.6), 0.5))
    return Thing(
        "fruit",
        [body],
        lathe_distance(profile) if stretch > 1.05 else ball_distance(radius),
        str(rng.choice(["rest", "wrap"])),
        2 * radius * stretch,
    )
