"""Where training photos come from: one module per collection, all yielding the same `Example`."""
