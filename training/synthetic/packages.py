"""What shops sell: cartons, bottles, cans, jars, cups and bags, all printed."""

from __future__ import annotations

from numpy.random import Generator

from training.synthetic.labels import box_print, wrap_print
from training.synthetic.scene import Material, linear, plain
from training.synthetic.solids import box, box_distance, lathe, lathe_distance, rounded
from training.synthetic.textures import any_colour
from training.synthetic.thing import Thing, standing


def carton(rng: Generator) -> Thing:
    """A printed box, from a matchbox to a cereal carton."""
    width, depth, height = rng.uniform(0.035, 0.20), rng.uniform(0.018, 0.075), rng.uniform(0.05, 0.28)
    material = Material(box_print(rng), roughness=rng.uniform(0.25, 0.7), specular=0.4)
    size = (width, depth, height)
    return Thing("carton", [box("carton", size, material)], box_distance(size), "wrap", height)


def bottle(rng: Generator) -> Thing:
    """A bottle with a printed label and a cap."""
    radius, height = rng.uniform(0.022, 0.045), rng.uniform(0.13, 0.30)
    shoulder, neck = height * rng.uniform(0.55, 0.8), radius * rng.uniform(0.3, 0.6)
    profile = rounded(
        [(0, 0), (radius, 0), (radius, shoulder), (neck, min(shoulder + 0.05, height * 0.92)), (neck, height)], 0.015
    )
    glass = Material(plain(linear(any_colour(rng))), roughness=rng.uniform(0.08, 0.4), specular=0.6)
    label_low, label_high = sorted(rng.uniform(0.05, 0.98, 2) * shoulder)
    label = lathe(
        "label", [(radius * 1.01, label_low), (radius * 1.01, label_high)], Material(wrap_print(rng), 0.4, 0.4)
    )
    top = rounded([(neck * 1.15, height * 0.93), (neck * 1.15, height), (0, height)], 0.002)
    cap = lathe("cap", top, Material(plain(linear(any_colour(rng))), 0.4, 0.5))
    closed = [*profile, (0.0, height)]
    return standing("bottle", [lathe("bottle", profile, glass), label, cap], lathe_distance(closed), "wrap", height)


def can(rng: Generator) -> Thing:
    """A tin or a drinks can, printed all around."""
    radius, height = rng.uniform(0.024, 0.05), rng.uniform(0.06, 0.17)
    side = lathe("can", [(radius, 0), (radius, height)], Material(wrap_print(rng), rng.uniform(0.2, 0.5), 0.7))
    lid = rounded([(radius, height - 0.001), (radius * 0.93, height), (0, height - 0.003)], 0.002)
    metal = Material(plain(linear([0.75, 0.75, 0.77])), 0.3, 1.0)
    ends = [lathe("lid", lid, metal), lathe("base", [(0, 0.001), (radius, 0)], metal)]
    outline = [(0, 0), (radius, 0), (radius, height), (0, height)]
    return standing("can", [side, *ends], lathe_distance(outline), "wrap", height)


def jar(rng: Generator) -> Thing:
    """A jar with a wide lid."""
    radius, height = rng.uniform(0.028, 0.045), rng.uniform(0.06, 0.14)
    body = rounded([(0, 0), (radius, 0), (radius, height * 0.8), (radius * 0.85, height * 0.86)], 0.008)
    lid = rounded([(radius * 0.9, height * 0.84), (radius * 0.9, height), (0, height)], 0.003)
    inside = Material(plain(linear(any_colour(rng))), roughness=0.15, specular=0.6)
    label = lathe(
        "label", [(radius * 1.01, height * 0.15), (radius * 1.01, height * 0.7)], Material(wrap_print(rng), 0.5, 0.3)
    )
    meshes = [lathe("jar", body, inside), label, lathe("lid", lid, Material(plain(linear(any_colour(rng))), 0.35, 0.7))]
    outline = [(0, 0), (radius, 0), (radius, height), (0, height)]
    return standing("jar", meshes, lathe_distance(outline), "wrap", height)


def cup(rng: Generator) -> Thing:
    """A cup or a paper cup, open at the top."""
    low, high, height = rng.uniform(0.022, 0.035), rng.uniform(0.032, 0.045), rng.uniform(0.07, 0.13)
    wall = [(0, 0), (low, 0), (high, height), (high - 0.003, height), (low - 0.003, 0.006), (0, 0.006)]
    print_ = wrap_print(rng) if rng.random() < 0.5 else plain(linear(any_colour(rng)))
    meshes = [lathe("cup", rounded(wall, 0.003), Material(print_, rng.uniform(0.15, 0.6), 0.5))]
    level = 0.8
    radius = low + (high - low) * level - 0.004
    drink = linear([0.22, 0.11, 0.05] if rng.random() < 0.6 else any_colour(rng))
    meshes.append(lathe("drink", [(radius, height * level), (0, height * level)], Material(plain(drink), 0.08, 0.6)))
    return standing("cup", meshes, lathe_distance([(0, 0), (low, 0), (high, height), (0, height)]), "wrap", height)


def bag(rng: Generator) -> Thing:
    """A packet that is fuller in the middle: crisps, rice, coffee."""
    width, height = rng.uniform(0.07, 0.14), rng.uniform(0.10, 0.24)
    thick = rng.uniform(0.015, 0.04)
    base = box("bag", (width, thick, height), Material(box_print(rng), rng.uniform(0.15, 0.6), 0.6))
    return Thing("bag", [base], box_distance((width, thick, height)), "wrap", height)
