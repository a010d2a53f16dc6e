"""Where training photos come from: one module for each kind of collection, all yielding the same `Example`."""
