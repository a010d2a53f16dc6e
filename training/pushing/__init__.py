"""Weights on their way to a model repository of the Hub, with a README that says what they are."""
