"""How good a model is: the rulers of the field from one set of predictions, with intervals, by slice, side by side."""
